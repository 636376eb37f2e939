"""Whom we do not call, by keyed index; and what look-ups answered, until it is too old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("suppressions")


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What came of putting numbers on a list."""

    added: int  # Numbers that were not on it before.
    ended: int  # Callbacks that waited, and are over now.
    calls: tuple[UUID, ...]  # Calls to these numbers that are under way.


@dataclass(frozen=True, slots=True)
class SuppressionList:
    name: str
    count: int
    newest_ms: int


class Suppressions:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def add(self, name: str, indexes: Sequence[bytes], at_ms: int, by: str) -> Suppressed:
        """Put numbers on a list. Callbacks of theirs that wait are over with the same commit."""
        row = await self._pg.fetch_row(_SQL["add"], name, list(indexes), at_ms, by)
        assert row is not None
        calls = tuple(UUID(int=one.int) for one in row["calls"])
        return Suppressed(row["added"], row["ended"], calls)

    async def remove(self, name: str, indexes: Sequence[bytes], at_ms: int, by: str) -> int:
        """Take numbers off a list; return how many were on it."""
        gone: int = await self._pg.fetch_value(_SQL["remove"], name, list(indexes), at_ms, by)
        return gone

    async def list_of(self, number_index: bytes) -> str:
        """Return the first list that a number came on, or ""."""
        found: str | None = await self._pg.fetch_value(_SQL["of_number"], number_index)
        return found or ""

    async def lists(self) -> list[SuppressionList]:
        """Return the lists there are."""
        rows = await self._pg.fetch(_SQL["lists"])
        return [SuppressionList(row["list"], row["count"], row["newest_ms"]) for row in rows]


class LookupCache:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def keep(
        self, number_index: bytes, lookup: str, answer: str, at_ms: int, gone_ms: int
    ) -> None:
        """Keep what a look-up answered."""
        await self._pg.execute(_SQL["keep_lookup"], number_index, lookup, answer, at_ms, gone_ms)

    async def answers(self, number_index: bytes, now_ms: int) -> dict[str, str]:
        """Return what is known of a number, by look-up, and is not too old."""
        rows = await self._pg.fetch(_SQL["answers"], number_index, now_ms)
        return {row["lookup"]: row["answer"] for row in rows}

    async def prune(self, before_ms: int) -> int:
        """Delete what is too old; return how many."""
        gone: int = await self._pg.fetch_value(_SQL["prune_lookups"], before_ms)
        return gone
