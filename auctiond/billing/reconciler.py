"""Compares Stripe's books with the ledger every night: differences are listed, and told, and left.

Two things only Stripe knows: what it kept as fees, and what it paid into the bank. Each is an event
outside with an id of its own, and is booked under it, so that the clearing account comes to zero.
All else is booked when it happens, and here only compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import trio

from auctiond.billing.collector import UNREAD
from auctiond.billing.seen import CURRENCY, Movement, ProcessorError
from auctiond.billing.stripe_link import StripeLink
from auctiond.billing.till import CLEARING
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.reconciliations import Reconciliation, Reconciliations
from billing.reconcile import FAILED, Entry, compare
from ledger.moves import Booking, Line
from ledger.rules import LedgerError
from market.ids import id_at

EVERY_S = 600.0
AFTER = timedelta(hours=2)  # A day is over, and what it brought has been told.
AROUND = timedelta(days=1)  # What is a moment off midnight is on another day over there.
BACK_DAYS = 7  # Missed days are made up for so long.
ASK_S = 120.0  # A day of a large account is some hundred pages.
COST = "cost:processor"
BANK = "world"
BY = "stripe"


@dataclass(frozen=True, slots=True)
class Reconciler:
    link: StripeLink
    runs: Reconciliations
    book: PgBook
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Compare each day once it is over, for ever."""
        while True:
            try:
                await self.look()
            except (PgAway, PgError, ProcessorError, trio.TooSlowError) as error:
                self.log.warning("reconcile.put_off", reason=type(error).__name__)
            except QueueFull as error:
                self.log.warning("reconcile.put_off", reason=type(error).__name__)
            except LedgerError as error:
                self.log.error("reconcile.not_booked", error)
            except UNREAD as error:
                self.log.error("reconcile.not_understood", reason=type(error).__name__)
            await trio.sleep(EVERY_S)

    async def look(self) -> list[Reconciliation]:
        """Compare the days that are over and were not compared."""
        last = (self._now() - AFTER).date() - timedelta(days=1)
        first = last - timedelta(days=BACK_DAYS - 1)
        known = await self.runs.done(first)
        first = min(known, default=last)  # What was before the first time is none of ours.
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [await self.compare(day, "auto") for day in days if day not in known]

    async def compare(self, day: date, by: str) -> Reconciliation:
        """Compare one day, book its fees and payouts, and keep what was found."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        end, early, late = start + AROUND, start - AROUND, start + 2 * AROUND
        with trio.fail_after(ASK_S):
            moved = await self.link.movements(int(early.timestamp()), int(late.timestamp()))
        of_day = [each for each in moved if start.timestamp() <= each.at_s < end.timestamp()]
        await self._book(of_day)
        theirs = [entry_of(each) for each in moved if each.amount]
        ours = await self.runs.moves(CLEARING, early, late)
        found = compare(theirs, ours, int(start.timestamp()), int(end.timestamp()))
        done = Reconciliation(
            day,
            self.now_ms(),
            by,
            sum(1 for each in of_day if each.amount),
            sum(_fee(each) for each in of_day),
            -sum(each.amount for each in of_day if each.kind == "payout"),
            found,
        )
        await self.runs.note(done)  # In SQL the operator is told with it, if anything differs.
        if found:
            self.log.error("reconcile.differs", day=str(day), count=len(found))
        return done

    async def _book(self, moved: Sequence[Movement]) -> None:
        for each in moved:
            if each.currency != CURRENCY:
                continue
            if each.fee:  # Below zero: they gave one back.
                ref = f"stripe:{each.id}:fee"
                lines = (Line(COST, -each.fee), Line(CLEARING, each.fee))
                kind = "accrual" if each.fee > 0 else "clearing"
                await self.book.apply(_booking(each, kind, lines, ref))
            if each.kind == "fee" and each.amount:  # What they charge for by itself.
                lines = (Line(COST, each.amount), Line(CLEARING, -each.amount))
                kind = "accrual" if each.amount < 0 else "clearing"
                await self.book.apply(_booking(each, kind, lines, f"stripe:{each.id}"))
            if each.kind == "payout":
                lines = (Line(CLEARING, -each.amount), Line(BANK, each.amount))
                await self.book.apply(_booking(each, "clearing", lines, f"stripe:{each.source}"))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)


def _fee(moved: Movement) -> int:
    """Return what they kept of it, or charged by itself; below zero, what they gave back."""
    return moved.fee - (moved.amount if moved.kind == "fee" else 0)


def entry_of(moved: Movement) -> Entry:
    """Return a movement under the name that our ledger has for it."""
    return Entry(f"stripe:{_name(moved)}", moved.kind, moved.amount, moved.at_s)


def _name(moved: Movement) -> str:
    if moved.currency != CURRENCY:
        return f"{moved.id}:{moved.currency}"
    refund = f"refund:{moved.intent}" if moved.intent is not None else moved.source
    names = {
        "charge": moved.payment,
        "refund": refund,
        "refund_failure": f"{refund}{FAILED}",
        "dispute": moved.source,
        "dispute_reversal": f"{moved.source}:won",
        "payout": moved.source,
    }
    return names.get(moved.kind) or moved.id


def _booking(moved: Movement, kind: str, lines: tuple[Line, ...], ref: str) -> Booking:
    return Booking(id_at(moved.at_s * 1000, ref.encode()), kind, lines, ref=ref, actor=BY)
