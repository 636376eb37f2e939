"""Returns in the database: asked for once, decided once, with the ledger's move or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from auctiond.pg.door import Pg, Row
from auctiond.pg.ledger_reply import refusing
from auctiond.pg.sql_file import read_queries
from ledger.body import body, read_body
from ledger.moves import Booking, Capture
from market.money import Micros
from market.returns import ReturnState

_SQL = read_queries("returns")
Asked = Literal["new", "same", "open"]


@dataclass(frozen=True, slots=True)
class Sold:
    """A capture, as the ledger has it."""

    capture: Capture
    at: datetime


@dataclass(frozen=True, slots=True)
class Return:
    id: UUID
    call_id: UUID
    leg: int
    capture_id: UUID
    buyer: str
    target: str
    publisher: str
    reason: str
    charged: Micros
    payout: Micros
    currency: str
    asked: Micros
    at: datetime
    no: int = 0
    state: ReturnState = "pending"
    back: Micros = Micros(0)
    from_publisher: Micros = Micros(0)


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did to a return."""

    act: str
    amount: Micros
    reason: str
    by: str
    at: datetime
    move_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SealedNote:
    id: UUID
    about: UUID
    person_id: UUID | None
    sealed: bytes
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class TargetReturns:
    """Of one target: sales, and how many came back."""

    target: str
    sales: int
    returned: int


class Returns:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def sales(self, ids: list[UUID]) -> list[Sold]:
        """Return those of these moves that are captures."""
        found = []
        for row in await self._pg.fetch(_SQL["sale"], ids):
            move = read_body(row["body"])
            assert isinstance(move, Capture)
            found.append(Sold(move, row["at"]))
        return found

    async def ask(self, one: Return, by: str, *, by_hand: bool) -> Asked:
        """Put a return on record; `by_hand`: a person has to decide, and is told."""
        told = (one.id, one.call_id, one.leg, one.capture_id, one.buyer, one.target)
        more = (one.publisher, one.reason, one.charged, one.payout, one.currency, one.asked)
        asked: Asked = await self._pg.fetch_value(_SQL["ask"], *told, *more, by, one.at, by_hand)
        return asked

    async def decide(
        self,
        id_: UUID,
        decision: ReturnState,
        act: Act,
        from_publisher: Micros,
        move: Booking | None,
    ) -> str | None:
        """Decide a return; returns its state before. Raises LedgerError, and does nothing then."""
        args = (id_, decision, act.amount, from_publisher, act.reason, act.by, act.at, act.move_id)
        return await self._moving(move, _SQL["decide"], *args)

    async def undo(self, id_: UUID, act: Act, move: Booking) -> str | None:
        """Take back a return that was made; returns its state before. Raises LedgerError."""
        return await self._moving(move, _SQL["undo"], id_, act.reason, act.by, act.at, act.move_id)

    async def _moving(self, move: Booking | None, query: str, *args: object) -> str | None:
        text = body(move).decode() if move is not None else None
        with refusing(move) if move is not None else nullcontext():
            state: str | None = await self._pg.fetch_value(query, *args, text)
            return state

    async def get(self, id_: UUID) -> Return | None:
        """Return one, or None."""
        row = await self._pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _return(row)

    async def acts(self, id_: UUID) -> list[Act]:
        """Return what was done to one, in order."""
        return [
            Act(
                row["act"],
                row["amount"],
                row["reason"],
                row["by"],
                row["at"],
                UUID(int=row["move_id"].int) if row["move_id"] is not None else None,
            )
            for row in await self._pg.fetch(_SQL["acts"], id_)
        ]

    async def recent(
        self, limit: int, before: int | None, state: str | None, buyer: str | None
    ) -> list[Return]:
        """Return the newest, newest first."""
        rows = await self._pg.fetch(_SQL["recent"], limit, before, state, buyer)
        return [_return(row) for row in rows]

    async def of_call(self, call_id: UUID) -> list[Return]:
        """Return all of a call."""
        return [_return(row) for row in await self._pg.fetch(_SQL["of_call"], call_id)]

    async def call_of(self, move_id: UUID) -> tuple[bool, UUID | None]:
        """Return whether there is such a move, and the call that it was for."""
        row = await self._pg.fetch_row(_SQL["call_of"], move_id)
        if row is None:
            return False, None
        call = row["call_id"]
        return True, UUID(int=call.int) if call is not None else None

    async def add_note(self, note: SealedNote) -> None:
        """Keep a note; nothing, if its person was erased."""
        told = (note.id, note.about, note.person_id, note.sealed, note.by, note.at)
        await self._pg.execute(_SQL["note"], *told)

    async def notes(self, about: UUID) -> list[SealedNote]:
        """Return the notes about something, in order."""
        return [_note(row) for row in await self._pg.fetch(_SQL["notes"], about)]

    async def rates(self, since_ms: int) -> tuple[list[TargetReturns], Mapping[str, int]]:
        """Return how many sales of targets came back, and when each was last resumed by hand."""
        resumed = {
            row["target"]: row["at_ms"] for row in await self._pg.fetch(_SQL["resumed"], since_ms)
        }
        rows = await self._pg.fetch(_SQL["rates"], since_ms, list(resumed), list(resumed.values()))
        found = [TargetReturns(row["target"], row["sales"], row["returned"]) for row in rows]
        return found, resumed


def _return(row: Row) -> Return:
    values: dict[str, Any] = {name: row[name] for name in Return.__dataclass_fields__}
    for name in ("id", "call_id", "capture_id"):
        values[name] = UUID(int=values[name].int)
    return Return(**values)


def _note(row: Row) -> SealedNote:
    person = UUID(int=row["person_id"].int) if row["person_id"] is not None else None
    ids = (UUID(int=row["id"].int), UUID(int=row["about"].int), person)
    return SealedNote(*ids, row["sealed"], row["by"], row["at"])
