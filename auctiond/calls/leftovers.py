"""Money that no live call will settle: settled by what the log says, then by what the carrier says.

What neither knows waits for a person, visibly, for as long as that takes. A decision is noted
in the call's log before the ledger hears of it, as everywhere: a restart makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import trio

from actors.call_desk import CallDesk
from auctiond.calls.bank import PAYOUT, Bank
from auctiond.calls.call_view import SETTLED, Life, fold, summary
from auctiond.calls.news import News
from auctiond.calls.records import Record, Records
from auctiond.calls.switchboard import ended_ms
from auctiond.carriers import Lines
from auctiond.logs import Log
from auctiond.networks.editions import Editions
from auctiond.pg.calls import EventRow
from ledger.moves import Hold, release_for
from ledger.rules import LedgerError, NotOpen
from market.bids import Bid
from market.call import Call, Outcome, Settlement
from market.call_state import NEVER_ANSWERED, settle
from market.phone import Answered, CarrierError, CarrierEvent, Ended, Joined

# So long news may still come that decides: carriers repeat for minutes, and forget calls then.
ASKED_S = 900.0
ANY_AGE = timedelta(0)


class SettleRefused(Exception):
    """It cannot be settled so; the text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Review:
    """What is held for one leg, and waits for a person."""

    hold: Hold
    bid: Bid | None
    why: str


@dataclass(frozen=True, slots=True)
class Leftovers:
    records: Records
    editions: Editions
    news: News
    carriers: Lines
    desk: CallDesk
    bank: Bank
    log: Log
    now_ms: Callable[[], int]
    reviews: dict[UUID, Review] = field(default_factory=dict)  # By hold.
    lock: trio.Lock = field(default_factory=trio.Lock)  # One at a time decides what is left.

    async def settle(self, older_than: timedelta = ANY_AGE) -> int:
        """Settle holds older than that which no live call will settle; return how many."""
        settled = 0
        async with self.lock:
            found = await self.bank.open_holds(older_than)
            for gone in self.reviews.keys() - {each.hold.id for each in found}:
                del self.reviews[gone]
            for each in found:
                if each.hold.id not in self.reviews or each.age_s < ASKED_S:
                    settled += await self._settle(each.hold)
                elif self.now_ms() >= each.hold.expires_ms:  # No leg lives so long.
                    await self._free_slots(each.hold)
        return settled

    async def by_hand(self, call_id: UUID, leg: int, outcome: Outcome, by: str) -> None:
        """Settle what is held for a leg as a person decided. Raises SettleRefused."""
        async with self.lock:
            found = await self.bank.open_holds(ANY_AGE)
            mine = (e.hold for e in found if (e.hold.call_id, e.hold.leg) == (call_id, leg))
            hold = next(mine, None)
            record = await self.records.get(call_id)
            life = record.life() if record is not None else None
            if hold is None or record is None or life is None or leg not in life.offers:
                raise SettleRefused(404, f"Nothing is held for leg {leg} of call {call_id}.")
            decided = life.settlement(leg)
            if record.is_over and (decided is None or decided.outcome is not Outcome.REVIEW):
                raise SettleRefused(409, "It is decided already, and is being settled.")
            if not record.is_over or decided is None:
                raise SettleRefused(409, "The call is not over; then it may settle by itself.")
            if outcome is Outcome.CAPTURE and life.call.sold:
                raise SettleRefused(409, "The call was sold to another buyer, and is sold once.")
            settlement = replace(decided, outcome=outcome, talk_ms=None, call_ms=None, why="")
            if not await self._can(life, settlement):
                raise SettleRefused(409, "The network of that time cannot be read any more.")
            reason = "won" if outcome is Outcome.CAPTURE else "released"
            await self._note(record, life, settlement, reason, by)
            await self._apply(life, settlement, hold)

    async def _settle(self, hold: Hold) -> bool:
        live = self.desk.find(hold.call_id)
        if live is not None and live.leg <= hold.leg:
            return False  # Not decided, or just being settled.
        record = await self.records.get(hold.call_id)
        life = record.life() if record is not None else None
        settlement = life.settlement(hold.leg) if life is not None else None
        if record is None or life is None or (settlement is None and record.is_over):
            await self._expire(hold)
            return True
        if settlement is None:
            return False  # The last of its log is still being written.
        if settlement.outcome is Outcome.REVIEW:
            # While the call goes on it may be sold to another, and a call is sold once.
            return record.is_over and await self._ask(record, life, settlement, hold)
        if not await self._can(life, settlement):
            await self._review(hold, settlement.bid, "no_network", is_gone=True)
            return False
        if record.is_over and (paid := self._payout(record, life, settlement, record.next_seq)):
            await self._append(record, life.call, paid)
        await self._apply(life, settlement, hold)
        return True

    async def _ask(self, record: Record, life: Life, settlement: Settlement, hold: Hold) -> bool:
        """Settle by the news that came too late for the call, if they tell now."""
        known = await self._learn(record, life.decided[settlement.leg])
        learned = settle(known)
        captures = learned.outcome is Outcome.CAPTURE
        if learned.outcome is Outcome.REVIEW or (captures and life.call.sold):
            why = learned.why or "sold_to_another"
            await self._review(hold, settlement.bid, why, known.leg_ended_ms is not None)
            return False
        if not await self._can(life, learned):
            await self._review(hold, settlement.bid, "no_network", is_gone=True)
            return False
        reason = "won" if captures else "under_duration"
        if known.joined_ms is None and known.leg_cause in NEVER_ANSWERED:
            reason = known.leg_cause if known.leg_cause != "cancelled" else "no_answer"
        await self._note(record, life, learned, reason, "carrier")
        await self._apply(life, learned, hold)
        return True

    async def _learn(self, record: Record, call: Call) -> Call:
        """Return the call with all that its inbox and the carrier know of this leg by now."""
        ref = ""
        for news in await self.news.of_call(record.row):
            call = learn(call, news)
            ref = news.ref if news.leg == call.leg else ref
        if not ref or not (call.leg_ended_ms is None or call.leg_end_is_guess):
            return call
        try:
            status = await self.carriers.of(record.row.carrier).status(ref)
        except CarrierError:
            return call
        if status.alive:
            return call
        if status.ended_ms is None:  # It is gone, if nobody knows since when: its slot is free.
            ended_ms = call.leg_ended_ms or self.now_ms()
            return replace(call, leg_ended_ms=ended_ms, leg_end_is_guess=True)
        return replace(call, leg_ended_ms=status.ended_ms, leg_end_is_guess=False)

    async def _can(self, life: Life, settlement: Settlement) -> bool:
        """Tell whether it can be done: a capture needs to know what the publisher gets."""
        is_capture = settlement.outcome is Outcome.CAPTURE
        return not is_capture or await self.editions.need(life.call.network)

    async def _note(
        self, record: Record, life: Life, settlement: Settlement, reason: str, by: str
    ) -> None:
        """Put a late decision on record, and sum the call up anew."""
        data = {
            "leg": settlement.leg,
            "outcome": settlement.outcome.name,
            "talk_ms": settlement.talk_ms,
            "call_ms": settlement.call_ms,
            "reached": settlement.reached.name,
            "reason": reason,
            "by": by,
        }
        paid = self._payout(record, life, settlement, record.next_seq)
        seq = record.next_seq + len(paid)
        rows = [*paid, EventRow(record.row.id, seq, SETTLED, self.now_ms(), data)]
        await self._append(record, fold(record.start(), [*record.events, *rows]).call, rows)

    def _payout(
        self, record: Record, life: Life, settlement: Settlement, seq: int
    ) -> list[EventRow]:
        """Return the row of what the publisher gets, where it is to have one and has none."""
        told = self.bank.payout_told(life.call, settlement)
        mine = (e for e in record.events if e.kind == PAYOUT and e.data["leg"] == settlement.leg)
        if told is None or next(mine, None) is not None:
            return []
        return [EventRow(record.row.id, seq, PAYOUT, self.now_ms(), told)]

    async def _append(self, record: Record, call: Call, rows: list[EventRow]) -> None:
        """Put rows on record, and after them what the call comes to: its last row sums it up."""
        last = rows[-1]
        ended = EventRow(record.row.id, last.seq + 1, "ended", last.at_ms, summary(call))
        await self.records.calls.append_late([*rows, ended])

    async def _apply(self, life: Life, settlement: Settlement, hold: Hold) -> None:
        try:
            await self.bank.apply(self.bank.settling_move(life.call, settlement, hold))
        except NotOpen:  # The call's own actor was first, with the same.
            return
        self.reviews.pop(hold.id, None)
        how = settlement.outcome.name.lower()
        self.log.info("hold.settled_late", call=hold.call_id, leg=hold.leg, how=how)

    async def _expire(self, hold: Hold) -> None:
        """Give back what was held for a leg that the log does not know: it was never rung."""
        try:
            await self.bank.apply(release_for(hold, expired=True))
        except NotOpen:
            return
        self.log.warning("hold.expired", call=hold.call_id, leg=hold.leg)

    async def _review(self, hold: Hold, bid: Bid | None, why: str, is_gone: bool) -> None:
        """Leave the money to a person; the slots are free as soon as the leg `is_gone`."""
        if hold.id not in self.reviews:
            self.log.warning("hold.review", call=hold.call_id, leg=hold.leg, why=why)
        self.reviews[hold.id] = Review(hold, bid, why)
        if is_gone or self.now_ms() >= hold.expires_ms:
            await self._free_slots(hold)

    async def _free_slots(self, hold: Hold) -> None:
        """Give back the slots alone. What is held in their place is seen at the next sweep."""
        try:
            if await self.bank.free_slots(hold):
                self.log.info("slots.freed", call=hold.call_id, leg=hold.leg)
        except LedgerError as error:
            self.log.error("slots.not_freed", error, call=hold.call_id, leg=hold.leg)


def learn(call: Call, news: CarrierEvent) -> Call:
    """Return `call` with what `news` tells of its present leg, where it did not know it."""
    if isinstance(news, Ended) and news.leg == 0:
        return replace(call, hung_up_ms=news.at_ms, hung_up_is_guess=False)
    if news.leg != call.leg:
        return call
    match news:
        case Answered():
            return replace(call, buyer_answered_ms=call.buyer_answered_ms or news.at_ms)
        case Joined():
            return replace(call, joined_ms=call.joined_ms or news.at_ms)
        case Ended():
            return replace(
                call,
                leg_ended_ms=ended_ms(news, call),
                leg_cause=news.cause,
                leg_end_is_guess=False,
            )
    return call


def told(review: Review) -> Mapping[str, Any]:
    """Return a review for people."""
    return {
        "call": str(review.hold.call_id),
        "leg": review.hold.leg,
        "buyer": review.bid.buyer if review.bid is not None else None,
        "price_micros": review.bid.pays if review.bid is not None else None,
        "why": review.why,
    }
