"""The desk for payouts: runs over what publishers have earned, approved, paid, and come back."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from auctiond.logs import Log
from auctiond.money_refused import MoneyRefused
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.payouts import Due, Item, Payouts, Run, Terms
from auctiond.returns.sales import owner_of, tail_of
from ledger.moves import Booking, Line
from ledger.refusals import LedgerError
from market.ids import id_for
from market.money import UNIT, dollars
from market.network import Network, Publisher

CENT = UNIT // 100  # The least that a bank pays.
DEFAULTS = Publisher("", "")  # The terms of publishers who are in the network no more.
COLUMNS = (
    "run",
    "publisher",
    "currency",
    "call",
    "entry",
    "kind",
    "at",
    "amount",
    "made_of",
    "why",
)


@dataclass(frozen=True, slots=True)
class PayoutDesk:
    store: Payouts
    networks: NetworkBook
    log: Log
    now_ms: Callable[[], int]

    async def make(self, until: datetime | None, by: str, id_: UUID) -> Run:
        """Set aside what is due: sales up to `until`, and older than each publisher's are held."""
        now = self._now()
        upto = min(until or now, now)
        no = await self.store.make(id_, upto, self._terms(upto), by, now)
        if no is None:
            raise MoneyRefused(
                409,
                "Nothing is due yet. What is owed, and what is due, tells: auctiond payout due.",
            )
        self.log.info("payout.made", run=no, by=by)
        return await self.get(id_)

    async def due(self, until: datetime | None = None) -> list[Due]:
        """Return what publishers have earned and not been paid, and what a run would pay now."""
        upto = min(until or self._now(), self._now())
        return await self.store.due(upto, self._terms(upto))

    async def decide(self, id_: UUID, decision: str, by: str) -> Run:
        """Approve a run, or cancel it. Raises MoneyRefused."""
        was = (await self.get(id_)).state
        state = await self.store.decide(id_, decision, by, self._now())
        if state == "paid":
            raise MoneyRefused(409, "Some of it was paid: it cannot be cancelled any more.")
        if state == "cancelled" or (decision == "approved" and state != "made"):
            raise MoneyRefused(409, f"It is {state or was} already.")
        self.log.info("payout.decided", run=str(id_), how=decision, by=by)
        return await self.get(id_)

    async def pay(self, id_: UUID, publisher: str, ref: str, by: str) -> Item:
        """Note that a publisher was paid; `ref` is the bank's. Raises MoneyRefused."""
        run = await self.get(id_)
        item = await self._item(id_, publisher)
        move = _payout(run, item, by)
        told = (ref, by, self._now())
        try:
            state = await self.store.pay(id_, item.account, *told, move)
        except LedgerError as error:
            raise MoneyRefused(409, f"The ledger refused it: {error}.") from None
        if state == "not_approved":
            raise MoneyRefused(409, f"The run is {run.state}: approve it first.")
        if state == "paid" and item.ref == ref:
            return item  # The very same was said before.
        if state != "open":
            raise MoneyRefused(409, f"It is {state} already.")
        self.log.info("payout.paid", run=run.no, publisher=publisher, by=by)
        return await self._item(id_, publisher)

    async def fail(self, id_: UUID, publisher: str, reason: str, by: str) -> Item:
        """Note that a payment came back: it is owed again, and due at the next run."""
        run = await self.get(id_)
        item = await self._item(id_, publisher)
        move = _returned(run, item, by, reason)
        try:
            state = await self.store.fail(id_, item.account, by, self._now(), move)
        except LedgerError as error:
            raise MoneyRefused(409, f"The ledger refused it: {error}.") from None
        if state != "paid":
            raise MoneyRefused(409, f"It is {state}: nothing of it can come back.")
        self.log.warning("payout.failed", run=run.no, publisher=publisher, by=by)
        return await self._item(id_, publisher)

    async def get(self, id_: UUID) -> Run:
        """Return a run. Raises MoneyRefused."""
        run = await self.store.get(id_)
        if run is None:
            raise MoneyRefused(404, f"There is no payout run {id_}.")
        return run

    async def export(self, id_: UUID) -> str:
        """Return a run as CSV: each line of the ledger that it pays, and its call."""
        run = await self.get(id_)
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(COLUMNS)
        async for line in self.store.lines(id_):
            whose = (owner_of(line.account), currency_of(line.account, self._network().currency))
            about = (line.call_id or "", line.transfer_id, line.kind, line.at.isoformat())
            rows.writerow((run.no, *whose, *about, dollars(line.amount), line.parts, line.why))
        return text.getvalue()

    async def _item(self, id_: UUID, publisher: str) -> Item:
        items = await self.store.items(id_)
        found = [one for one in items if one.account.removeprefix("publisher:") == publisher]
        if not found:
            names = ", ".join(one.account.removeprefix("publisher:") for one in items[:5])
            raise MoneyRefused(404, f"The run pays nothing to {publisher!r}; it pays {names}.")
        return found[0]

    def _terms(self, upto: datetime) -> list[Terms]:
        known = [("", DEFAULTS)]
        known += [(f"publisher:{one.id}", one) for one in self._network().publishers]
        return [
            Terms(
                account,
                upto - timedelta(days=one.payout_hold_days),
                max(one.payout_least, CENT),
            )
            for account, one in known
        ]

    def _network(self) -> Network:
        current = self.networks.current
        if current is None:
            raise MoneyRefused(409, "There is no network yet: auctiond network apply FILE.")
        return current.snapshot.network

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)


def currency_of(account: str, default: str) -> str:
    """Return the currency of an account, as people write it."""
    return tail_of(account)[1:].upper() or default


def pays_of(item: Item) -> int:
    """Return what the bank is to pay: whole cents. The fraction that is left is rounded off."""
    return item.amount // CENT * CENT


def _payout(run: Run, item: Item, by: str) -> Booking:
    tail, pays = tail_of(item.account), pays_of(item)
    lines = [Line(item.account, -item.amount), Line(f"world{tail}", pays)]
    if item.amount > pays:
        lines.append(Line(f"rounding{tail}", item.amount - pays))
    whose = item.account.removeprefix("publisher:").replace("@", ":")  # A ref has no "@".
    name = f"payout:{run.no}:{whose}"
    id_ = id_for(run.id, f"payout:{item.account}")
    return Booking(id_, "payout", tuple(lines), ref=name, actor=by)


def _returned(run: Run, item: Item, by: str, reason: str) -> Booking:
    paid = _payout(run, item, by)
    lines = tuple(Line(line.account, -line.amount) for line in paid.lines)
    id_ = id_for(run.id, f"payout_failed:{item.account}")
    return Booking(id_, "reversal", lines, reverses=paid.id, actor=by, reason=reason)
