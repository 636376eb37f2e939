"""Payout runs in the database: each line of a publisher is in one item at most."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row
from auctiond.pg.ledger_reply import refusing
from auctiond.pg.sql_file import read_queries
from ledger.body import body
from ledger.moves import Booking

_SQL = read_queries("payouts")
PAGE = 2000  # Lines of an export read at once.
NOTHING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Terms:
    """From when on a publisher's sales are too young, and what is too little. "" is all others."""

    account: str
    cutoff: datetime
    least: int


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    no: int
    until: datetime
    state: str
    made_by: str
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    items: int
    paid: int
    amounts: Mapping[str, int]  # By currency.


@dataclass(frozen=True, slots=True)
class Item:
    account: str
    amount: int
    lines: int
    since: datetime
    upto: datetime
    state: str
    ref: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RunLine:
    account: str
    transfer_id: UUID
    amount: int
    kind: str
    at: datetime
    call_id: UUID | None
    why: str
    parts: str


@dataclass(frozen=True, slots=True)
class Due:
    account: str
    owed: int
    due: int  # Of that, what is old enough.


class Payouts:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def make(
        self,
        id_: UUID,
        until: datetime,
        terms: Sequence[Terms],
        by: str,
        at: datetime,
    ) -> int | None:
        """Make a run, and return its number; None: nothing is due."""
        columns = _columns(terms)
        no: int | None = await self._pg.fetch_value(_SQL["make"], id_, until, *columns, by, at)
        return no

    async def decide(self, id_: UUID, decision: str, by: str, at: datetime) -> str | None:
        """Approve or cancel a run; returns its state before, or "paid": too late to cancel."""
        state: str | None = await self._pg.fetch_value(_SQL["decide"], id_, decision, by, at)
        return state

    async def pay(
        self, id_: UUID, account: str, ref: str, by: str, at: datetime, move: Booking
    ) -> str | None:
        """Note that an item was paid; returns its state before, or "not_approved"."""
        args = (id_, account, ref, by, at, move.id)
        return await self._moving(move, _SQL["pay"], *args, body(move).decode())

    async def fail(
        self, id_: UUID, account: str, by: str, at: datetime, move: Booking
    ) -> str | None:
        """Note that a payment came back; returns the item's state before."""
        args = (id_, account, by, at, move.id)
        return await self._moving(move, _SQL["fail"], *args, body(move).decode())

    async def _moving(self, move: Booking, query: str, *args: object) -> str | None:
        with refusing(move):
            state: str | None = await self._pg.fetch_value(query, *args)
            return state

    async def due(self, until: datetime, terms: Sequence[Terms]) -> list[Due]:
        """Return what publishers have earned and not been paid."""
        accounts, cutoffs, _ = _columns(terms)
        rows = await self._pg.fetch(_SQL["due"], until, accounts, cutoffs)
        return [Due(row["account"], row["owed"], row["due"]) for row in rows]

    async def recent(self, limit: int, before: int | None) -> list[Run]:
        """Return the newest runs, newest first."""
        return [_run(row) for row in await self._pg.fetch(_SQL["recent"], limit, before)]

    async def get(self, id_: UUID) -> Run | None:
        """Return a run, or None."""
        row = await self._pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _run(row)

    async def items(self, id_: UUID) -> list[Item]:
        """Return what a run pays to whom."""
        names = Item.__dataclass_fields__
        rows = await self._pg.fetch(_SQL["items"], id_)
        return [Item(**{name: row[name] for name in names}) for row in rows]

    async def lines(self, id_: UUID) -> AsyncIterator[RunLine]:
        """Yield what a run is made up of, line by line of the ledger."""
        account, after = "", NOTHING
        while rows := await self._pg.fetch(_SQL["lines"], id_, account, after, PAGE):
            for row in rows:
                yield _line(row)
            account, after = rows[-1]["account"], rows[-1]["transfer_id"]


def _columns(terms: Sequence[Terms]) -> tuple[list[str], list[datetime], list[int]]:
    return [t.account for t in terms], [t.cutoff for t in terms], [t.least for t in terms]


def _run(row: Row) -> Run:
    values = {name: row[name] for name in Run.__dataclass_fields__}
    amounts = orjson.loads(row["amounts"])
    return Run(**values | {"id": UUID(int=row["id"].int), "amounts": amounts})


def _line(row: Row) -> RunLine:
    values = {name: row[name] for name in RunLine.__dataclass_fields__}
    call = row["call_id"]
    ids = {
        "transfer_id": UUID(int=row["transfer_id"].int),
        "call_id": UUID(int=call.int) if call is not None else None,
    }
    return RunLine(**values | ids)
