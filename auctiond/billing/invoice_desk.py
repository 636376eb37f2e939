"""Takes wishes about plans and invoices: set a plan, subscribe, give a credit note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from auctiond.billing.biller import Biller, before, month_of
from auctiond.billing.desk import TENANT, Refused
from auctiond.billing.seen import CENT
from auctiond.billing.telling import buyer_of
from auctiond.calls.bank import Usage
from auctiond.pg.errors import PgError
from auctiond.pg.invoices import TOO_MUCH, InvoiceRow, Invoices
from auctiond.pg.ledger_book import PgBook
from auctiond.returns.sales import tail_of
from billing.invoices import Invoice
from billing.plans import Item, Plan
from ledger.moves import ANY_FLOOR, Booking, Floor, Line
from market.money import Micros, dollars

REASONS = ("goodwill", "error", "outage", "dispute", "duplicate", "other")


@dataclass(frozen=True, slots=True)
class InvoiceDesk:
    invoices: Invoices
    biller: Biller
    book: PgBook
    usage: Usage
    now_ms: Callable[[], int]

    async def set_plan(self, name: str, plan: Plan, by: str) -> None:
        """Set a plan; who has subscribed to it before keeps the terms."""
        await self.invoices.set_plan(name, plan, by, self.now_ms())

    async def subscribe(self, name: str, month: date | None, by: str) -> date:
        """Subscribe to a plan, from this month on or from a later one. Raises Refused."""
        plan = (await self.invoices.plans()).get(name)
        if plan is None:
            raise Refused(404, f"There is no plan {name!r}.")
        this_month = month_of(self.now_ms())
        month = this_month if month is None else month
        if month < before(this_month):
            raise Refused(400, "from: expected this month, the one before, or a later one.")
        if not await self.invoices.subscribe(TENANT, month, name, plan, by, self.now_ms()):
            raise Refused(409, f"{month:%Y-%m} was charged already; subscribe from the next month.")
        return month

    async def credit(self, id_: UUID, no: int, amount: Micros, reason: str, by: str) -> InvoiceRow:
        """Give a part of an invoice back, by a credit note. Raises Refused."""
        row = await self.invoices.get(no)
        if row is None or row.kind != "invoice":
            raise Refused(404, f"There is no invoice {no}.")
        if reason not in REASONS:
            raise Refused(400, f"reason: expected one of {', '.join(REASONS)}.")
        if amount <= 0 or amount % CENT:
            raise Refused(400, "amount: expected whole cents, more than 0.")
        source = "revenue:credits" if row.payer == TENANT else f"margin{tail_of(row.payer)}"
        lines = (Line(source, -amount), Line(row.payer, amount))
        floors = (Floor(row.payer, ANY_FLOOR),)
        move = Booking(
            id_, "adjustment", lines, floors, ref=f"credit:{id_}", actor=by, reason=reason
        )
        items = (Item("credit", f"Credit on {row.number}", -amount),)
        step = self.invoices.credit(no, items, reason, by, id_, self.now_ms())
        try:
            await self.book.apply_with(move, step)
        except PgError as error:
            if error.sqlstate != TOO_MUCH:
                raise
            text = f"More than the {dollars(row.total)} of the invoice, less earlier credit notes."
            raise Refused(409, text) from None
        self.usage.update(await self.book.balances(row.payer))
        note = await self.invoices.by_move(id_)
        assert note is not None
        return note

    async def printed(self, row: InvoiceRow) -> Invoice:
        """Return an invoice as it is printed."""
        original = await self.invoices.get(row.of) if row.of is not None else None
        return Invoice(
            row.number,
            row.kind,
            row.seller,
            buyer_of(row.payer) or row.payer,
            f"{row.month:%Y-%m}",
            f"{datetime.fromtimestamp(row.issued_ms / 1000, UTC):%Y-%m-%d}",
            row.currency.upper(),
            row.items,
            row.total,
            original.number if original is not None else "",
            row.reason,
        )
