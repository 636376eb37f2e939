"""Rings who asked to be called, or a buyer before: phone calls that we begin ourselves.

A command whose id the carrier has forgotten is not given again: a person could be rung twice.
Whether that phone rang, nobody knows then, and the call ends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from auctiond.calls.phone import Phone
from market.call import Call, Event, HungUp, LegEnded, TimedOut
from market.phone import CallOut, CarrierError, Command, Dial, LegGone

ID_KNOWN_S = 45.0  # Carriers know a command's id for a minute (Telnyx: 60 s).


@dataclass(frozen=True, slots=True)
class Ringer:
    phone: Phone
    learn_session: Callable[[UUID, str], object]  # By what handle the carrier knows it.

    async def call_person(self, call: Call) -> Event:
        """Ring who asked to be called, alone or for a buyer who waits; return what nobody told."""
        lead, ring_s, longest_s = self.phone.leads.get(call.id), call.person_ring_s, call.longest_s
        if 0 in lead.refs:  # After a restart: a second command could ring again.
            failed = None
        elif call.first != "buyer":
            failed = await self._call_out(call, 0, lead.caller, ring_s, longest_s)
        else:
            dial = self.phone.make(
                Dial,
                call,
                leg=0,
                ref_of=call.leg,
                own=call.leg,
                destination=lead.caller,
                caller_id=call.tracking_number,
                ring_s=ring_s,
                longest_s=longest_s,
            )
            failed = await self._send_ring(call, dial, 0)
        return failed or await self.phone.watch_ring(call, ring_s, 0)

    async def call_buyer(self, call: Call, to: str, ring_s: float, longest_s: float) -> Event:
        """Ring a buyer while nobody is on the line yet, and return what no webhook told of it."""
        failed = await self._call_out(call, call.leg, to, ring_s, longest_s)
        return failed or await self.phone.watch_ring(call, ring_s, call.leg)

    async def _call_out(
        self, call: Call, leg: int, to: str, ring_s: float, longest_s: float
    ) -> Event | None:
        if leg in self.phone.leads.get(call.id).refs:  # As above.
            return None
        if self._is_stale(call):
            return self._unheard(call, leg)
        command = self.phone.make(
            CallOut,
            call,
            leg=leg,
            destination=to,
            caller_id=call.tracking_number,
            ring_s=ring_s,
            longest_s=longest_s,
        )
        return await self._send_ring(call, command, leg)

    def _is_stale(self, call: Call) -> bool:
        """Tell whether a ring was begun so long ago that the carrier may not know its id any more.

        Then a second one would ring for the same person. It happens after a restart alone.
        """
        began_ms = call.dialled_ms if call.dialled_ms is not None else call.arrived_ms
        return self.phone.now_ms() - began_ms > ID_KNOWN_S * 1000

    def _unheard(self, call: Call, leg: int) -> Event:
        if leg:
            return TimedOut(at_ms=self.phone.now_ms())
        return HungUp(at_ms=self.phone.now_ms(), cause="carrier_error", guess=True)

    async def _send_ring(self, call: Call, command: Command, leg: int) -> Event | None:
        """Give a command that rings somebody; return why nobody rings."""
        try:
            placed = await self.phone.send(command)
        except LegGone:
            return LegEnded(at_ms=self.phone.now_ms(), leg=call.leg, guess=True)
        except CarrierError as error:
            self.phone.log.warning("dial.failed", call=call.id, leg=leg, reason=error.reason)
            if error.reason != "refused":  # It may ring all the same: first that leg must end.
                return TimedOut(at_ms=self.phone.now_ms())
            if leg:
                return LegEnded(at_ms=self.phone.now_ms(), leg=leg, cause="carrier_error")
            return HungUp(at_ms=self.phone.now_ms(), cause="carrier_error")
        if placed is not None:
            self.phone.leads.learn_leg(call.id, leg, placed.ref, self.phone.now_ms())
            self.learn_session(call.id, placed.call_ref)
        return None
