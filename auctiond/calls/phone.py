"""What a call asks of its carrier, and how it finds out what no webhook told.

A command that the carrier could not do leaves the call waiting for its state's deadline; a
leg that is gone is the usual outcome of a race, and becomes the event that ends it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import trio

from actors.shelter import Shelter
from auctiond.calls.leads import Leads
from auctiond.calls.unrung import give, was_never_rung
from auctiond.carriers import Lines
from auctiond.logs import Log
from market.call import (
    BuyerJoined,
    Call,
    CallerAnswered,
    Event,
    HungUp,
    LegEnded,
    State,
    TimedOut,
)
from market.calling import picked_up
from market.ids import id_for
from market.phone import (
    Answer,
    CallOut,
    CarrierError,
    Command,
    Dial,
    Gather,
    Hangup,
    LegGone,
    LegStatus,
    Placed,
    Play,
    Reject,
    Say,
    StopPlay,
)
from market.refusing import refusal

ANSWER_POLL_S = 3.0  # An answer takes less than one: by then its webhook was lost.
RING_S_MIN = 5.0  # Carriers ring no shorter, whatever they are told.
RING_GRACE_S = 2.0  # The end of a ring may still be on its way.
RING_POLL_S = 0.5  # A look at the clock; the carrier is asked only after the ring.
JOIN_POLL_S = 4.0  # Just under CONNECTING's deadline: by then a "joined" was lost on its way.
ENDED_GRACE_S = 2.0  # A webhook of an end may still be on its way when the carrier says "dead".
CANCEL_POLL_S = 1.0
UNHEARD_S = 5.0  # A leg that the carrier has told nothing of for so long was never rung.
MUSIC_S = 3.0  # Nobody waits for music.
C = TypeVar("C", bound=Command)


@dataclass(frozen=True, slots=True)
class Phone:
    carriers: Lines
    leads: Leads
    shelter: Shelter
    log: Log
    now_ms: Callable[[], int]
    poll_every_s: float
    run: str = ""  # Tells this run of the server from the others.
    ringback: str = ""  # The address of a ringing tone, if there is one.

    async def answer(self, call: Call) -> Event:
        """Answer; a caller who is there well after that is through, webhook or not."""
        failed = await self._command(call, self.make(Answer, call))
        if failed is not None:
            return failed
        while True:
            await trio.sleep(ANSWER_POLL_S)
            status = await self._status(call, 0)
            if status is not None and status.alive:
                return CallerAnswered(at_ms=self.now_ms())

    async def say(self, call: Call, text: str) -> Event:
        return await self._told(call, self.make(Say, call, text=text))

    async def gather(self, call: Call, prompt: str, timeout_s: float) -> Event:
        return await self.told(call, Gather, prompt=prompt, timeout_s=timeout_s)

    async def told(self, call: Call, kind: type[C], **more: object) -> Event:
        """Give the caller's leg a command whose end a webhook tells; return why none will."""
        return await self._told(call, self.make(kind, call, **more))  # type: ignore[arg-type]

    def play(self, call: Call, url: str) -> None:
        """Let the caller hear music. If that fails, the auction goes on in silence."""
        self.shelter.start("play", partial(self._try, self.make(Play, call, url=url)))

    def stop_play(self, call: Call) -> None:
        """End the music; there may be none."""
        self.shelter.start("stop_play", partial(self._try, self.make(StopPlay, call)))

    async def dial(
        self, call: Call, to: str, ring_s: float, longest_s: float, **screen: object
    ) -> Event:
        """Ring a buyer, and return what no webhook told of it."""
        failed = await self._ring(call, to, ring_s, longest_s, **screen)
        return failed or await self.watch_ring(call, ring_s, call.leg)

    async def pass_on(self, call: Call, to: str, ring_s: float, longest_s: float) -> Event:
        """Ring the fallback, and return the end of the talk if its webhook was lost."""
        failed = await self._ring(call, to, ring_s, longest_s)
        return failed or await self.watch_talk(call)

    async def _ring(
        self, call: Call, to: str, ring_s: float, longest_s: float, **screen: object
    ) -> Event | None:
        told: dict[str, Any] = {"destination": to, "caller_id": call.tracking_number, **screen}
        dial = self.make(Dial, call, leg=call.leg, ring_s=ring_s, longest_s=longest_s, **told)
        try:
            await give(dial, self.leads.get(call.id), self.shelter, self.send)
        except LegGone:
            return await self._caller_gone(call)
        except CarrierError as error:
            self.log.warning("dial.failed", call=call.id, leg=call.leg, reason=error.reason)
            if error.reason != "refused":  # It may ring all the same: first that leg must end.
                return TimedOut(at_ms=self.now_ms())
            return LegEnded(at_ms=self.now_ms(), leg=call.leg, cause="carrier_error")
        return None

    async def watch_ring(self, call: Call, ring_s: float, leg: int) -> Event:
        """Return that who is rung answered if the leg outlives its ring and no webhook said so.

        After a restart that is how a call learns of an answer whose webhook was given up. The
        ring is counted from the first news of the leg: it did not begin later.
        """
        first_ms = self.leads.get(call.id).first_ms
        while True:
            await trio.sleep(RING_POLL_S)
            rung_s = (self.now_ms() - first_ms.get(leg, self.now_ms())) / 1000
            if rung_s < max(ring_s, RING_S_MIN) + RING_GRACE_S:
                continue
            status = await self._status(call, leg)
            if status is not None and status.alive:
                return picked_up(call, leg, self.now_ms())
            if status is not None:
                await trio.sleep(ENDED_GRACE_S)
                return self._ended(call, leg, status)

    async def watch_join(self, call: Call) -> Event:
        """Return that they were joined if both legs live on and no webhook said so.

        The time is that of our look: later than the truth, so no buyer pays too much.
        """
        await trio.sleep(JOIN_POLL_S)
        legs = [await self._status(call, leg) for leg in (0, call.leg)]
        if all(leg is not None and leg.alive for leg in legs):
            return BuyerJoined(at_ms=self.now_ms(), leg=call.leg)
        return await trio.sleep_forever()

    async def watch_talk(self, call: Call) -> Event:
        """Return the end of the talk if its webhook was lost."""
        while True:
            await trio.sleep(self.poll_every_s)
            if (end := await self.who_is_gone(call)) is not None:
                await trio.sleep(ENDED_GRACE_S)
                return end

    async def who_is_gone(self, call: Call) -> HungUp | LegEnded | None:
        """Return the end of the leg that has ended, the buyer's first; None: not known of any."""
        for leg in (call.leg, 0):
            status = await self._status(call, leg)
            if status is not None and not status.alive:
                return self._ended(call, leg, status)
        return None

    async def cancel_leg(self, call: Call) -> Event:
        """End the buyer's leg that rings too long, and return when it is dead, or never was."""
        unheard_until = trio.current_time() + UNHEARD_S
        while True:
            await self._hang_up_leg(call)  # Again and again it is one command: it has one id.
            await trio.sleep(CANCEL_POLL_S)
            status = await self._status(call, call.leg)
            unheard = call.leg not in self.leads.get(call.id).refs
            if unheard and trio.current_time() >= unheard_until:
                return LegEnded(at_ms=self.now_ms(), leg=call.leg, cause="carrier_error")
            if status is not None and not status.alive:
                cause = "completed" if refusal(call) else "cancelled"  # Who refused had answered.
                return replace(self._ended(call, call.leg, status), cause=cause)

    async def close(self, call: Call) -> Event:
        """End what still lives of the call."""
        if call.leg and call.leg_ended_ms is None:
            await self._hang_up_leg(call)
        if call.hung_up_ms is not None:
            return await self._watch_leg_end(call)
        if call.origin and call.left_in is State.SCREENING:  # Nobody was rung.
            return HungUp(at_ms=self.now_ms(), cause="never_rung")
        if not call.answered and not call.origin:
            return await self._refuse(call)
        return await self._told(call, self.make(Hangup, call))

    def drop(self, call: Call) -> None:
        """Let the carrier end all of a call that we cannot lead any more. Never waits."""
        refs = self.leads.get(call.id).refs
        if call.leg in refs and call.leg:
            self.shelter.start("drop", partial(self._try, self.make(Hangup, call, leg=call.leg)))
        self.shelter.start("drop", partial(self._try, self.make(Hangup, call)))

    async def is_caller_there(self, call: Call) -> HungUp | LegEnded | None:
        """Return None while the caller is on the line, else the end of the call."""
        status = await self._status(call, 0)
        return None if status is None or status.alive else self._ended(call, 0, status)

    async def _refuse(self, call: Call) -> Event:
        """Reject the call; one that was answered, though we never heard of it, is hung up."""
        try:
            await self.send(self.make(Reject, call))
        except LegGone:
            return await self._caller_gone(call)
        except CarrierError:
            return await self._told(call, self.make(Hangup, call))
        return await trio.sleep_forever()

    async def _watch_leg_end(self, call: Call) -> Event:
        lead, sure_at = self.leads.get(call.id), trio.current_time() + ENDED_GRACE_S
        while True:
            await trio.sleep(CANCEL_POLL_S)
            if was_never_rung(call, lead) and trio.current_time() >= sure_at:
                return LegEnded(at_ms=self.now_ms(), leg=call.leg, cause="cancelled")
            status = await self._status(call, call.leg)
            if status is not None and not status.alive:
                return self._ended(call, call.leg, status)

    async def _told(self, call: Call, command: Command) -> Event:
        """Give a command whose end a webhook tells, and return why none will."""
        return await self._command(call, command) or await trio.sleep_forever()

    async def _command(self, call: Call, command: Command) -> Event | None:
        if not command.ref:  # The carrier has told nothing of that leg yet.
            return None
        try:
            await self.send(command)
        except LegGone:
            return await self._caller_gone(call)
        except CarrierError as error:
            self.log.warning("command.failed", call=call.id, reason=error.reason)
        return None

    async def _hang_up_leg(self, call: Call) -> None:
        if call.leg in self.leads.get(call.id).refs:  # Else its first news is still on its way.
            await self._try(self.make(Hangup, call, leg=call.leg))

    async def _try(self, command: Command) -> None:
        if not command.ref:
            return
        with trio.move_on_after(MUSIC_S):
            try:
                await self.send(command)
            except (LegGone, CarrierError):
                return

    async def _caller_gone(self, call: Call) -> Event:
        return self._ended(call, 0, await self._status(call, 0))

    async def send(self, command: Command) -> Placed | None:
        """Give the call's carrier a command. Raises LegGone, and CarrierError."""
        return await self.carriers.of(self.leads.carrier_of(command.call_id)).send(command)

    async def _status(self, call: Call, leg: int) -> LegStatus | None:
        lead = self.leads.get(call.id)
        if (ref := lead.refs.get(leg)) is None:
            return None
        try:
            return await self.carriers.of(lead.carrier).status(ref)
        except CarrierError:
            return None

    def _ended(self, call: Call, leg: int, status: LegStatus | None) -> HungUp | LegEnded:
        """Return the end of a leg: by the carrier's clock, or by now, and then it is a guess."""
        known = status.ended_ms if status is not None else None
        at_ms = known if known is not None else self.now_ms()
        if leg == 0:
            return HungUp(at_ms=at_ms, guess=known is None)
        return LegEnded(at_ms=at_ms, leg=leg, guess=known is None)

    def make(
        self, kind: type[C], call: Call, *, leg: int = 0, ref_of: int = 0, **more: object
    ) -> C:
        """Return a command whose id follows from the call: given again, it is done once."""
        refs = self.leads.get(call.id).refs
        ref = refs.get(leg if kind is Hangup else ref_of, "") if kind is not CallOut else ""
        part = f"{kind.__name__}:{call.state.name}:{call.leg}:{call.zip_tries}:{leg}"
        if call.spot is not None:
            part += f":{call.spot.visit}"
        if kind is Say or more.get("once"):  # Said again after a restart: better than silence.
            part += f":{self.run}"
        if kind in (Dial, CallOut, Hangup):
            more["leg"] = leg
        return kind(call.id, ref, id_for(call.id, part), **more)
