"""Rates usage, charges what it comes to, and issues invoices: again and again, each thing once.

A month's charges grow with its usage: what it comes to by now, less what was charged, is charged.
When the month is over, and the last of its calls has ended, its invoice says what was charged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import trio

from auctiond.billing.desk import TENANT
from auctiond.billing.seen import CURRENCY
from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.networks.network_book import NetworkBook
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.invoices import Charged, Invoices
from auctiond.pg.ledger_book import PgBook
from billing.invoices import sales_items
from billing.plans import Item, items_of
from ledger.moves import ANY_FLOOR, Booking, Floor, Line
from ledger.rules import LedgerError
from market.ids import id_at

EVERY_S = 300.0
HOUR_MS = 3_600_000
CLOSES_AFTER_MS = 6 * HOUR_MS  # Longer than any call: then nothing of the month is under way.
# The ledger dates a move by its own clock, and commits it a moment later.
DATED_WITHIN_MS = HOUR_MS // 4
BY = "auto"


@dataclass(frozen=True, slots=True)
class Biller:
    invoices: Invoices
    book: PgBook
    usage: Usage
    networks: NetworkBook
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Bill for ever. While the database is away there is nothing to bill."""
        while True:
            try:
                await self.look()
            except (PgAway, PgError) as error:
                self.log.warning("billing.put_off", reason=type(error).__name__)
            await trio.sleep(EVERY_S)

    async def look(self) -> list[int]:
        """Rate, charge, and issue what is due; return the numbers of new invoices."""
        await self._charge_usage()
        now_ms = self.now_ms()
        closed = month_of(now_ms - CLOSES_AFTER_MS)
        issued = []
        for month in await self.invoices.open_months(TENANT, closed):
            charged = await self.invoices.charged(TENANT, month)
            subscription = await self.invoices.subscription(TENANT, month)
            assert subscription is not None
            due = items_of(subscription.terms, await self.invoices.used(month))
            lines = [item for item in due if item.amount or item.quantity not in ("", "0")]
            if all(item.amount == _sum(charged, item.topic) for item in due):
                issued.append(await self._issue(TENANT, month, lines))
        issued += await self._issue_sales(before(month_of(now_ms - DATED_WITHIN_MS)))
        return issued

    async def _charge_usage(self) -> None:
        now_ms = self.now_ms()
        this_month = month_of(now_ms)
        first = await self.invoices.first_month(TENANT)
        current = await self.invoices.subscription(TENANT, this_month)
        if first is None or current is None:
            return
        round_s = current.terms.round_to_s
        await self.invoices.rate(TENANT, start_ms(first), round_s, now_ms)
        edition = self.networks.current
        if edition is not None:
            numbers = [each.number for each in edition.snapshot.network.numbers]
            await self.invoices.rate_numbers(numbers, this_month)
        for month in await self._open_months(first, this_month):
            await self._charge_month(month)

    async def _open_months(self, first: date, last: date) -> list[date]:
        """Return the months that have no invoice yet, the oldest first."""
        months: list[date] = []
        while last >= first and not await self.invoices.has_invoice(TENANT, last):
            months.insert(0, last)
            last = before(last)
        return months

    async def _charge_month(self, month: date) -> None:
        subscription = await self.invoices.subscription(TENANT, month)
        if subscription is None:
            return
        charged = await self.invoices.charged(TENANT, month)
        for item in items_of(subscription.terms, await self.invoices.used(month)):
            more = item.amount - _sum(charged, item.topic)
            if more > 0:
                parts = charged[item.topic].parts if item.topic in charged else 0
                try:
                    await self._charge(month, item.topic, parts + 1, more)
                except LedgerError as error:  # Another server charged it at the same moment, or
                    # somebody has to look. What else is due, is due all the same.
                    self.log.error("billing.not_charged", error, topic=item.topic)

    async def _charge(self, month: date, topic: str, no: int, amount: int) -> None:
        """Charge a part. Its id follows from what it is, so two servers charge it once."""
        name = f"{TENANT}:{month:%Y-%m}:{topic}:{no}"
        id_ = charge_id(month, name)
        lines = (Line(TENANT, -amount), Line(f"revenue:{topic}", amount))
        floors = (Floor(TENANT, ANY_FLOOR),)  # The service was given: it is charged all the same.
        move = Booking(id_, "charge", lines, floors, ref=name, actor=BY)
        step = self.invoices.note_charge(TENANT, month, topic, no, amount, id_, self.now_ms())
        await self.book.apply_with(move, step)
        self.usage.update(await self.book.balances(TENANT))
        self.log.info("usage.charged", topic=topic, amount_micros=amount)

    async def _issue_sales(self, closed: date) -> list[int]:
        """Issue the invoices of what buyers bought up to a month that is over."""
        issued = []
        for span in await self.invoices.unbilled(closed):
            try:
                items = sales_items(await self.invoices.sales(span))
                no = await self.invoices.issue_sales(span, items, BY, self.now_ms())
            except PgError as error:  # Of this wallet. The others are invoiced all the same.
                self.log.error("billing.not_invoiced", error, month=f"{span.month:%Y-%m}")
                continue
            if no is not None:
                self.log.info("invoice.issued", no=no)
                issued.append(no)
        return issued

    async def _issue(self, payer: str, month: date, items: Sequence[Item]) -> int:
        no = await self.invoices.issue(payer, month, CURRENCY, items, BY, self.now_ms())
        self.log.info("invoice.issued", no=no)
        return no


def _sum(charged: Mapping[str, Charged], topic: str) -> int:
    return charged[topic].amount if topic in charged else 0


def charge_id(month: date, name: str) -> UUID:
    """Return the id of a charge: of its month, and told apart by its name."""
    return id_at(start_ms(month), name.encode())


def month_of(at_ms: int) -> date:
    """Return the month of a time, by its first day, UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).date().replace(day=1)


def before(month: date) -> date:
    """Return the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def start_ms(month: date) -> int:
    """Return when a month begins, in Unix milliseconds."""
    return int(datetime(month.year, month.month, 1, tzinfo=UTC).timestamp() * 1000)
