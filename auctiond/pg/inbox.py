"""Webhooks as they came, sealed: stored before they are answered, so that none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auctiond.pg.door import Pg, Row
from auctiond.pg.group import GroupStatistics, GroupWriter
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("inbox")
# Between one write and the next. Calls have a dozen webhooks each, many within a moment; carriers
# are some 50 ms away, so no caller notices, and half of all commits are spared.
PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class InboxRow:
    carrier: str
    event_id: str  # The carrier's: a repeated one is the same news.
    call_ref: str
    sealed_body: bytes
    received_at: datetime


class Inbox:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg
        self._writer: GroupWriter[InboxRow, bool] = GroupWriter(self._write, pause_s=PAUSE_S)

    async def run(self) -> None:
        """Write what is put, until cancelled."""
        await self._writer.run()

    def statistics(self) -> GroupStatistics:
        """Return the writer's numbers."""
        return self._writer.statistics()

    async def put(self, row: InboxRow) -> bool:
        """Store a webhook for good. False: it was there already."""
        return await self._writer.submit(row)

    async def of_call(self, call_ref: str) -> list[InboxRow]:
        """Return all webhooks of a phone call, in the order they came."""
        return [_stored(row) for row in await self._pg.fetch(_SQL["of_call"], call_ref)]

    async def unclaimed(self, since: datetime) -> list[InboxRow]:
        """Return what came since then for phone calls that are not on record."""
        return [_stored(row) for row in await self._pg.fetch(_SQL["unclaimed"], since)]

    async def prune(self, before: datetime) -> int:
        """Delete what came before then; return how many."""
        gone: int = await self._pg.fetch_value(_SQL["prune"], before)
        return gone

    async def _write(self, rows: list[InboxRow]) -> list[bool]:
        carriers, event_ids = [row.carrier for row in rows], [row.event_id for row in rows]
        bodies = [row.sealed_body for row in rows]
        found = await self._pg.fetch(
            _SQL["put"],
            carriers,
            event_ids,
            [row.call_ref for row in rows],
            bodies,
            [row.received_at for row in rows],
        )
        if len(found) < len(rows):
            found += await self._pg.fetch(_SQL["ours"], carriers, event_ids, bodies)
        new = {(row["carrier"], row["event_id"]) for row in found}
        answers = []
        for row in rows:
            answers.append((row.carrier, row.event_id) in new)
            new.discard((row.carrier, row.event_id))  # Twice in one batch: the first is the news.
        return answers


def _stored(row: Row) -> InboxRow:
    return InboxRow(
        row["carrier"], row["event_id"], row["call_ref"], row["sealed_body"], row["received_at"]
    )
