"""Plans, usage and invoices on record. Terms and lines are JSON, as the API has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row, Step
from auctiond.pg.sql_file import read_queries
from billing.plans import Item, Plan, Used, read_plan, write_plan

_SQL = read_queries("invoices")
TOO_MUCH = "IV001"  # The SQLSTATE of a credit note over what was invoiced.


@dataclass(frozen=True, slots=True)
class Subscription:
    from_month: date
    plan: str
    terms: Plan


@dataclass(frozen=True, slots=True)
class Charged:
    amount: int
    parts: int


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    no: int
    number: str
    seller: str
    kind: str
    payer: str
    month: date
    of: int | None
    currency: str
    total: int
    items: tuple[Item, ...]
    reason: str
    issued_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    """A month of a wallet, and the entries that its invoice is about: up to `upto_seq`."""

    account: str
    month: date
    since: date
    after_seq: int
    upto_seq: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who issues invoices, and how their numbers begin."""

    prefix: str
    seller: str


class Invoices:
    def __init__(self, pg: Pg, issuer: Issuer) -> None:
        self._pg = pg
        self._issuer = issuer

    async def plans(self) -> dict[str, Plan]:
        """Return the plans, by name."""
        rows = await self._pg.fetch(_SQL["plans"])
        return {row["name"]: read_plan(orjson.loads(row["terms"])) for row in rows}

    async def set_plan(self, name: str, plan: Plan, by: str, at_ms: int) -> None:
        """Set a plan; who has subscribed to it before keeps the terms."""
        await self._pg.execute(_SQL["set_plan"], name, _json(write_plan(plan)), by, at_ms)

    async def subscribe(
        self, payer: str, month: date, name: str, plan: Plan, by: str, at_ms: int
    ) -> bool:
        """Subscribe from `month` on. False: it was charged, or invoiced, already."""
        args = (payer, month, name, _json(write_plan(plan)), by, at_ms)
        done: bool = await self._pg.fetch_value(_SQL["subscribe"], *args)
        return done

    async def subscription(self, payer: str, month: date) -> Subscription | None:
        """Return the terms that hold in `month`, or None."""
        row = await self._pg.fetch_row(_SQL["subscription"], payer, month)
        if row is None:
            return None
        return Subscription(row["from_month"], row["plan"], read_plan(orjson.loads(row["terms"])))

    async def first_month(self, payer: str) -> date | None:
        """Return from which month on there are terms, or None."""
        found: date | None = await self._pg.fetch_value(_SQL["first_month"], payer)
        return found

    async def rate(self, payer: str, since_ms: int, round_s: int, now_ms: int) -> int:
        """Rate what has ended, each thing once; return how many things that were."""
        rated: int = await self._pg.fetch_value(_SQL["rate"], payer, since_ms, round_s, now_ms)
        return rated

    async def rate_numbers(self, numbers: Sequence[str], month: date) -> None:
        """Rate the numbers there are, each once a month."""
        await self._pg.execute(_SQL["rate_numbers"], list(numbers), month)

    async def used(self, month: date) -> Used:
        """Return what was used in a month."""
        rows = await self._pg.fetch(_SQL["used"], month)
        return Used(**{row["kind"]: row["quantity"] for row in rows})

    async def charged(self, payer: str, month: date) -> Mapping[str, Charged]:
        """Return what was charged for a month, by topic."""
        rows = await self._pg.fetch(_SQL["charged"], payer, month)
        return {row["topic"]: Charged(row["amount"], row["parts"]) for row in rows}

    def note_charge(
        self, payer: str, month: date, topic: str, no: int, amount: int, move: UUID, at_ms: int
    ) -> Step:
        """Return the step that notes a charge in the transaction of its move."""
        return _SQL["note_charge"], (payer, month, topic, no, amount, move, at_ms)

    async def open_months(self, payer: str, before: date) -> list[date]:
        """Return the months before then that were charged and have no invoice."""
        rows = await self._pg.fetch(_SQL["open_months"], payer, before)
        return [row["month"] for row in rows]

    async def unbilled(self, closed: date) -> list[Span]:
        """Return the months up to `closed` that wallets are to be invoiced for, oldest first."""
        rows = await self._pg.fetch(_SQL["unbilled"], closed)
        return [Span(**{name: row[name] for name in Span.__dataclass_fields__}) for row in rows]

    async def sales(self, span: Span) -> list[tuple[str, int, int]]:
        """Return what a wallet paid for in a span: kind of move, how many, micros."""
        args = (span.account, span.since, span.after_seq, span.upto_seq)
        rows = await self._pg.fetch(_SQL["sales"], *args)
        return [(row["kind"], row["moves"], row["amount"]) for row in rows]

    async def issue_sales(
        self, span: Span, items: Sequence[Item], by: str, at_ms: int
    ) -> int | None:
        """Issue the invoice of a span, and return its number; None: there is nothing in it."""
        total, issuer = sum(item.amount for item in items), self._issuer
        args = (span.account, span.month, span.after_seq, span.upto_seq, total, _items(items))
        no: int | None = await self._pg.fetch_value(
            _SQL["issue_sales"], *args, by, at_ms, issuer.prefix, issuer.seller
        )
        return no

    async def has_invoice(self, payer: str, month: date) -> bool:
        """Tell whether a month has its invoice."""
        found: bool = await self._pg.fetch_value(_SQL["has_invoice"], payer, month)
        return found

    async def issue(
        self, payer: str, month: date, currency: str, items: Sequence[Item], by: str, at_ms: int
    ) -> int:
        """Issue the invoice of a month, and return its number; it has one at the most."""
        total, issuer = sum(item.amount for item in items), self._issuer
        args = (payer, month, currency, total, _items(items), by, at_ms)
        no: int = await self._pg.fetch_value(_SQL["issue"], *args, issuer.prefix, issuer.seller)
        return no

    def credit(
        self, no: int, items: Sequence[Item], reason: str, by: str, move: UUID, at_ms: int
    ) -> Step:
        """Return the step that issues a credit note in the transaction of its move."""
        much, issuer = -sum(item.amount for item in items), self._issuer
        args = (no, much, _items(items), reason, by, move, at_ms, issuer.prefix, issuer.seller)
        return _SQL["credit"], args

    async def get(self, no: int) -> InvoiceRow | None:
        """Return an invoice or credit note, or None."""
        row = await self._pg.fetch_row(_SQL["get"], no)
        return None if row is None else _row(row)

    async def credits_of(self, no: int) -> list[InvoiceRow]:
        """Return the credit notes of an invoice."""
        return [_row(row) for row in await self._pg.fetch(_SQL["credits_of"], no)]

    async def by_move(self, move: UUID) -> InvoiceRow | None:
        """Return the credit note of a move, or None."""
        row = await self._pg.fetch_row(_SQL["by_move"], move)
        return None if row is None else _row(row)

    async def recent(self, limit: int, before: int | None, payer: str | None) -> list[InvoiceRow]:
        """Return the newest, newest first."""
        return [_row(row) for row in await self._pg.fetch(_SQL["recent"], limit, before, payer)]


def _items(items: Sequence[Item]) -> str:
    return _json([[i.topic, i.text, i.amount, i.quantity, i.unit_price] for i in items])


def _json(value: Any) -> str:  # noqa: ANN401  JSON is anything.
    return orjson.dumps(value).decode()


def _row(row: Row) -> InvoiceRow:
    return InvoiceRow(
        row["no"],
        row["number"],
        row["seller"],
        row["kind"],
        row["payer"],
        row["month"],
        row["of"],
        row["currency"],
        row["total"],
        tuple(Item(*each) for each in orjson.loads(row["lines_text"])),
        row["reason"],
        row["issued_ms"],
    )
