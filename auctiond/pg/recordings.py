"""Recordings: one row each, from before the carrier is told to begin until its file is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from auctiond.pg.door import Pg, Row
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("recordings")
State = Literal["asked", "told", "kept", "deleting", "gone", "lost", "elsewhere"]
Kind = Literal["talk", "message"]
SERVER = "server"


@dataclass(frozen=True, slots=True)
class RecordingRow:
    id: UUID
    call_id: UUID
    person_id: UUID
    kind: Kind
    leg: int
    began_ms: int
    state: State
    why: str
    news: str | None
    duration_ms: int | None
    channels: int | None
    bytes: int | None
    type: str
    store: str
    tries: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class RecordingEvent:
    at_ms: int
    what: str
    why: str
    by: str


@dataclass(frozen=True, slots=True)
class Move:
    """From one state to another; `due_ms` is when it is looked at next."""

    id: UUID
    before: State
    after: State
    at_ms: int
    due_ms: int = 0
    why: str = ""
    by: str = SERVER


@dataclass(frozen=True, slots=True)
class RecordingBook:
    pg: Pg

    async def begin(
        self, id_: UUID, call_id: UUID, kind: Kind, leg: int, at_ms: int, due_ms: int
    ) -> bool:
        """Write down that a recording is about to begin. False: it may not."""
        may: bool = await self.pg.fetch_value(_SQL["begin"], id_, call_id, kind, leg, at_ms, due_ms)
        return may

    async def tell(
        self,
        call_id: UUID,
        news: str,
        began_ms: int,
        at_ms: int,
        duration_ms: int | None,
        channels: int,
        command: UUID | None = None,
    ) -> UUID | None:
        """Take down that the carrier has a recording; None: nobody asked for it."""
        found = await self.pg.fetch_value(
            _SQL["tell"], call_id, news, began_ms, at_ms, duration_ms, channels, command
        )
        return None if found is None else UUID(int=found.int)

    async def take(self, now_ms: int, until_ms: int, most: int) -> list[RecordingRow]:
        """Lease those that something is to be done to."""
        return [_row(row) for row in await self.pg.fetch(_SQL["take"], now_ms, until_ms, most)]

    async def take_one(self, id_: UUID, now_ms: int, until_ms: int) -> RecordingRow | None:
        """Lease one, if something is to be done to it and nobody else does."""
        row = await self.pg.fetch_row(_SQL["take_one"], id_, now_ms, until_ms)
        return None if row is None else _row(row)

    async def move(self, move: Move) -> bool:
        """Move a recording on. False: it was somewhere else."""
        moved: bool = await self.pg.fetch_value(
            _SQL["move"],
            move.id,
            move.before,
            move.after,
            move.why,
            move.at_ms,
            move.by,
            move.due_ms,
        )
        return moved

    async def keep(
        self, id_: UUID, size: int, media: str, store: str, at_ms: int, until_ms: int
    ) -> bool:
        """Take down where its file is. False: somebody wanted it deleted meanwhile."""
        kept: bool = await self.pg.fetch_value(
            _SQL["keep"], id_, size, media, store, at_ms, until_ms
        )
        return kept

    async def shorten(self, keep_ms: int) -> int:
        """Let nothing be kept for longer; return of how many the end moved."""
        moved: int = await self.pg.fetch_value(_SQL["shorten"], keep_ms)
        return moved

    async def note(self, id_: UUID, at_ms: int, what: str, why: str, by: str) -> None:
        """Put on record what somebody did with it."""
        await self.pg.execute(_SQL["note"], id_, at_ms, what, why, by)

    async def get(self, id_: UUID) -> RecordingRow | None:
        """Return a recording, or None."""
        row = await self.pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _row(row)

    async def going(self) -> list[RecordingRow]:
        """Return the recordings of live calls' talks whose end the carrier has not told."""
        return [_row(row) for row in await self.pg.fetch(_SQL["going"])]

    async def recent(
        self, limit: int, before: UUID | None, call_id: UUID | None, state: str | None
    ) -> list[RecordingRow]:
        """Return the newest, newest first."""
        rows = await self.pg.fetch(_SQL["recent"], limit, before, call_id, state)
        return [_row(row) for row in rows]

    async def events(self, id_: UUID) -> list[RecordingEvent]:
        """Return what happened to it, and who listened."""
        rows = await self.pg.fetch(_SQL["events"], id_)
        return [RecordingEvent(row["at_ms"], row["what"], row["why"], row["by"]) for row in rows]


def _row(row: Row) -> RecordingRow:
    return RecordingRow(
        UUID(int=row["id"].int),
        UUID(int=row["call_id"].int),
        UUID(int=row["person_id"].int),
        row["kind"],
        row["leg"],
        row["began_ms"],
        row["state"],
        row["why"],
        row["news"],
        row["duration_ms"],
        row["channels"],
        row["bytes"],
        row["type"],
        row["store"],
        row["tries"],
        row["due_ms"],
    )
