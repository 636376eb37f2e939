"""Ringing several numbers of a flow at once: the first that answers has the caller.

All of them are the same leg to the call; the carrier's handles tell them apart. What is known of
them is folded from all the carrier's news, so that a restart knows it again. A carrier of documents
rings them all by one document, and lets those go who were slower; of another each is rung by a
command of its own, and stopped by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Set
from functools import partial
from typing import Any

import trio

from actors.shelter import Shelter
from auctiond.calls.leads import Leads, Rung
from auctiond.calls.phone import ENDED_GRACE_S, Phone
from auctiond.calls.whispering import plays_documents
from auctiond.logs import Log
from market.call import BuyerJoined, Call, Event, HungUp, LegEnded
from market.ids import id_for
from market.phone import (
    CarrierError,
    CarrierEvent,
    Command,
    DialAny,
    Ended,
    Hangup,
    Joined,
    LegGone,
    RingToo,
)

HANG_UP_S = 5.0  # Nobody waits for it, but somebody's phone rings.


class RingAll:
    def __init__(
        self, phone: Phone, leads: Leads, shelter: Shelter, log: Log, now_ms: Callable[[], int]
    ) -> None:
        self._phone = phone
        self._leads = leads
        self._shelter = shelter
        self._log = log
        self._now_ms = now_ms

    async def ring(
        self, call: Call, numbers: Sequence[str], ring_s: float, longest_s: float
    ) -> Event:
        """Ring them all, and return what no webhook told."""
        rung = self._rung(call)
        rung.numbers = len(numbers)
        for command in self._commands(call, numbers, ring_s, longest_s):
            if not await self._sent(call, command):
                rung.numbers -= len(numbers) if isinstance(command, DialAny) else 1
        if rung.is_over:
            return LegEnded(at_ms=self._now_ms(), leg=call.leg, cause="carrier_error")
        return await self._watch(call, rung, trio.current_time() + ring_s)

    def _commands(
        self, call: Call, numbers: Sequence[str], ring_s: float, longest_s: float
    ) -> Iterator[Command]:
        told: dict[str, Any] = {
            "leg": call.leg,
            "caller_id": call.tracking_number,
            "ring_s": ring_s,
            "longest_s": longest_s,
        }
        ref = self._leads.get(call.id).refs[0]
        if plays_documents(self._phone, call):
            id_ = id_for(call.id, f"dial_any:{call.leg}")
            yield DialAny(call.id, ref, id_, destinations=tuple(numbers), **told)
            return
        for at, number in enumerate(numbers):
            id_ = id_for(call.id, f"ring_too:{call.leg}:{at}")
            yield RingToo(call.id, ref, id_, destination=number, **told)

    async def _watch(self, call: Call, rung: Rung, rings_until: float) -> Event:
        """Return the end of the caller, or of all the phones, if its webhooks were lost."""
        while True:
            await trio.sleep(self._phone.poll_every_s)
            gone = await self._phone.is_caller_there(call)
            if gone is None:
                for ref in rung.refs - rung.ended:
                    if await self._died(call, ref):
                        rung.ended.add(ref)
                unheard = trio.current_time() > rings_until and rung.refs <= rung.ended
                if rung.is_over or unheard:
                    cause = "completed" if rung.joined else "no_answer"
                    gone = LegEnded(at_ms=self._now_ms(), leg=call.leg, cause=cause, guess=True)
            if gone is not None:
                await trio.sleep(ENDED_GRACE_S)
                return gone

    async def _died(self, call: Call, ref: str) -> bool:
        try:
            status = await self._phone.carriers.of(self._leads.carrier_of(call.id)).status(ref)
        except CarrierError:
            return False
        return not status.alive

    def hear(self, call: Call, news: CarrierEvent) -> Event | None:
        """Return what news of one of the phones mean to the call; None: nothing yet."""
        if news.leg == 0:
            if isinstance(news, Ended):
                self._stop(call, self._rung(call), keep=set())
                return HungUp(at_ms=news.at_ms, cause=news.cause)
            return None
        if news.leg != call.leg:
            return None
        rung = self._rung(call)
        rung.refs |= {news.ref} if news.ref else set()
        match news:
            case Joined():
                first = not rung.joined
                rung.joined.add(news.ref)
                self._stop(call, rung, keep=rung.joined)
                return BuyerJoined(at_ms=news.at_ms, leg=call.leg) if first else None
            case Ended():
                rung.ended |= {news.ref} if news.ref else set()
                return self._ended(call, rung, news)
        if rung.joined:
            self._stop(call, rung, keep=rung.joined)
        return None

    def _ended(self, call: Call, rung: Rung, news: Ended) -> Event | None:
        """Return that nobody is left. News without a handle are of all the phones."""
        if news.ref and not rung.is_over:
            return None
        cause = "no_answer" if news.cause == "completed" and not rung.joined else news.cause
        return LegEnded(at_ms=news.at_ms, leg=call.leg, cause=cause)

    def _rung(self, call: Call) -> Rung:
        return self._leads.get(call.id).rung.setdefault(call.leg, Rung())

    def _stop(self, call: Call, rung: Rung, keep: Set[str]) -> None:
        """Hang up the phones that ring still, where the carrier does not do that by itself."""
        if plays_documents(self._phone, call):
            return
        for ref in rung.refs - rung.ended - rung.stopped - keep:
            rung.stopped.add(ref)
            id_ = id_for(call.id, f"ring_stop:{call.leg}:{ref}")
            hangup = Hangup(call.id, ref, id_, leg=call.leg)
            self._shelter.start("ring_stop", partial(self._sent, call, hangup))

    async def _sent(self, call: Call, command: Command) -> bool:
        with trio.move_on_after(HANG_UP_S):
            try:
                await self._phone.send(command)
            except LegGone:
                return True  # What became of it, a webhook tells.
            except CarrierError as error:
                self._log.warning("ring_all.failed", call=call.id, reason=error.reason)
                return False
            return True
        return False
