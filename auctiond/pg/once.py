"""Requests with a client's key: begun once, answered once, and the answer kept for a while."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("once")


@dataclass(frozen=True, slots=True)
class OnceKey:
    """Whose key, and which: a hash, as the key itself may be anything."""

    api_key: str
    hash: bytes


@dataclass(frozen=True, slots=True)
class Begun:
    verdict: Literal["new", "again", "running", "other", "done"]
    id: UUID | None
    status: int = 0
    body: bytes = b""


class OnceStore:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def begin(
        self,
        key: OnceKey,
        asked: bytes,
        id_: UUID,
        run: UUID,
        at: datetime,
        stale_before: datetime,
        takes: bool,
    ) -> Begun:
        """Begin what `key` is for, or tell what became of it."""
        args = (key.api_key, key.hash, asked, id_, run, at, stale_before, takes)
        row = await self._pg.fetch_row(_SQL["begin"], *args)
        assert row is not None
        known = row["known_id"]
        return Begun(
            row["verdict"],
            UUID(int=known.int) if known is not None else None,
            row["answer_status"] or 0,
            row["answer_body"] or b"",
        )

    async def end(self, key: OnceKey, status: int, body: bytes) -> None:
        """Keep the answer."""
        await self._pg.execute(_SQL["end"], key.api_key, key.hash, status, body)

    async def drop(self, key: OnceKey) -> None:
        """Forget that it was begun: nothing was done."""
        await self._pg.execute(_SQL["drop"], key.api_key, key.hash)

    async def prune(self, before: datetime) -> int:
        """Forget what was begun before then; return how many."""
        gone: int = await self._pg.fetch_value(_SQL["prune"], before)
        return gone
