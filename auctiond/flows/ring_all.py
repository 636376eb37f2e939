"""Ringing several numbers of a flow at once: the first that answers has the caller.

All of them are the same leg to the call; the carrier's handles tell them apart. What is known of
them is folded from all the carrier's news, so that a restart knows it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import trio

from actors.shelter import Shelter
from auctiond.calls.leads import Leads, Rung
from auctiond.calls.phone import Phone
from auctiond.logs import Log
from market.call import BuyerJoined, Call, Event, HungUp, LegEnded
from market.ids import id_for
from market.phone import (
    CarrierError,
    CarrierEvent,
    Command,
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
        rung, refs = self._rung(call), self._leads.get(call.id).refs
        rung.numbers = len(numbers)
        for at, number in enumerate(numbers):
            command = RingToo(
                call.id,
                refs[0],
                id_for(call.id, f"ring_too:{call.leg}:{at}"),
                leg=call.leg,
                destination=number,
                caller_id=call.tracking_number,
                ring_s=ring_s,
                longest_s=longest_s,
            )
            if not await self._sent(call, command):
                rung.numbers -= 1
        if rung.numbers <= len(rung.ended) and rung.joined is None:
            return LegEnded(at_ms=self._now_ms(), leg=call.leg, cause="carrier_error")
        return await self._phone.watch_talk(call)

    def hear(self, call: Call, news: CarrierEvent) -> Event | None:
        """Return what news of one of the phones mean to the call; None: nothing yet."""
        if news.leg == 0:
            if isinstance(news, Ended):
                self._stop(call, keep=None)
                return HungUp(at_ms=news.at_ms, cause=news.cause)
            return None
        if news.leg != call.leg:
            return None
        rung = self._rung(call)
        rung.refs.add(news.ref)
        match news:
            case Joined():
                rung.joined = rung.joined or news.ref
                self._stop(call, keep=rung.joined)
                ours = rung.joined == news.ref
                return BuyerJoined(at_ms=news.at_ms, leg=call.leg) if ours else None
            case Ended():
                rung.ended.add(news.ref)
                return self._ended(call, rung, news)
        if rung.joined not in (None, news.ref):
            self._stop(call, keep=rung.joined)
        return None

    def _ended(self, call: Call, rung: Rung, news: Ended) -> Event | None:
        if rung.joined is None:
            over = len(rung.ended) >= rung.numbers
            cause = "no_answer" if news.cause == "completed" else news.cause
        else:
            over, cause = rung.joined == news.ref, news.cause
        return LegEnded(at_ms=news.at_ms, leg=call.leg, cause=cause) if over else None

    def _rung(self, call: Call) -> Rung:
        return self._leads.get(call.id).rung.setdefault(call.leg, Rung())

    def _stop(self, call: Call, keep: str | None) -> None:
        """Hang up the phones that ring still, but for the one that is kept."""
        rung = self._rung(call)
        for ref in rung.refs - rung.ended - rung.stopped - {keep}:
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
