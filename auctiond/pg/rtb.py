"""What publishers asked and were answered, written in batches; and which call used a bid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from auctiond.pg.door import Pg, Row
from auctiond.pg.group import GroupStatistics, GroupWriter
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("rtb")


@dataclass(frozen=True, slots=True)
class RtbRow:
    """`data` holds nothing personal."""

    id: UUID
    door: str
    campaign: str
    publisher: str
    network: int
    test: bool
    at_ms: int
    reason: str  # "" is a bid.
    promised: int
    gone_ms: int  # Until then a call may come for it; 0: never.
    data: Mapping[str, Any]
    caller: bytes | None = field(default=None, repr=False)
    call_id: UUID | None = None  # The call that has its promise.


class RtbPings:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg
        self._writer: GroupWriter[RtbRow, None] = GroupWriter(self._write)

    async def run(self) -> None:
        """Write what is added, until cancelled."""
        await self._writer.run()

    def statistics(self) -> GroupStatistics:
        """Return the writer's numbers."""
        return self._writer.statistics()

    async def add(self, row: RtbRow) -> None:
        """Write a ping down for good."""
        await self._writer.submit(row)

    async def use(self, bid: UUID, call_id: UUID, at_ms: int) -> UUID | None:
        """Note the call that has a bid's promise; return which one has, who came first."""
        first = await self._pg.fetch_value(_SQL["use"], bid, call_id, at_ms)
        return None if first is None else UUID(int=first.int)

    async def known(self, now_ms: int) -> list[RtbRow]:
        """Return the bids that a call may still come for, the oldest first."""
        return [_row(row) for row in await self._pg.fetch(_SQL["known"], now_ms)]

    async def recent(self, limit: int, before: UUID | None, door: str | None) -> list[RtbRow]:
        """Return the newest pings, newest first."""
        return [_row(row) for row in await self._pg.fetch(_SQL["recent"], limit, before, door)]

    async def get(self, id_: UUID) -> RtbRow | None:
        """Return a ping, or None."""
        row = await self._pg.fetch_row(_SQL["get"], id_)
        return None if row is None else _row(row)

    async def prune(self, pings_before_ms: int, callers_before_ms: int) -> int:
        """Delete older pings, and earlier by whom they could be found; return how many pings."""
        gone: int = await self._pg.fetch_value(_SQL["prune"], pings_before_ms, callers_before_ms)
        return gone

    async def _write(self, rows: list[RtbRow]) -> list[None]:
        await self._pg.execute(
            _SQL["add"],
            [row.id for row in rows],
            [row.door for row in rows],
            [row.campaign for row in rows],
            [row.publisher for row in rows],
            [row.network for row in rows],
            [row.test for row in rows],
            [row.at_ms for row in rows],
            [row.reason for row in rows],
            [row.promised for row in rows],
            [row.gone_ms for row in rows],
            [orjson.dumps(dict(row.data)).decode() for row in rows],
            [row.caller for row in rows],
        )
        return [None] * len(rows)


def _row(row: Row) -> RtbRow:
    return RtbRow(
        id=UUID(int=row["id"].int),
        door=row["door"],
        campaign=row["campaign"],
        publisher=row["publisher"],
        network=row["network"],
        test=row["test"],
        at_ms=row["at_ms"],
        reason=row["reason"],
        promised=row["promised"],
        gone_ms=row["gone_ms"],
        data=orjson.loads(row["text"]),
        caller=row["caller_index"],
        call_id=UUID(int=row["call_id"].int) if row["call_id"] is not None else None,
    )
