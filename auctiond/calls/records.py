"""A stored call with its events: what the API shows and what a restart begins from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from auctiond.calls.call_view import Life, fold
from auctiond.pg.calls import CallRow, Calls, EventRow
from market.call import Call
from market.ids import unix_ms

OURS = "callback:"  # Before the call's id: the handle of a call that the carrier did not begin.


@dataclass(frozen=True, slots=True)
class Record:
    row: CallRow
    events: Sequence[EventRow]

    @property
    def arrived_ms(self) -> int:
        """When the call came in, exactly as its id says."""
        return unix_ms(self.row.id)

    @property
    def next_seq(self) -> int:
        """The number of the next row of its log."""
        return self.events[-1].seq + 1 if self.events else 0

    @property
    def is_over(self) -> bool:
        """Whether its end has been summed up."""
        return any(event.kind == "ended" for event in self.events)

    def start(self) -> Call:
        """Return the call before anything happened to it."""
        return Call(
            self.row.id,
            tracking_number=self.row.tracking_number,
            arrived_ms=self.arrived_ms,
            origin="callback" if self.row.call_ref.startswith(OURS) else "",
        )

    def life(self) -> Life:
        """Return the call folded from its events."""
        return fold(self.start(), self.events)


@dataclass(frozen=True, slots=True)
class Records:
    calls: Calls

    async def get(self, call_id: UUID) -> Record | None:
        """Return the record of a call, or None."""
        row = await self.calls.get(call_id)
        return None if row is None else Record(row, await self.calls.events(call_id))

    async def recent(self, limit: int, before: UUID | None) -> list[CallRow]:
        """Return the newest calls, newest first."""
        return await self.calls.recent(limit, before)

    async def page(self, limit: int, before: UUID | None) -> list[Record]:
        """Return the newest calls with all that happened to them, newest first."""
        rows = await self.calls.recent(limit, before)
        events = await self.calls.events_of([row.id for row in rows])
        return [Record(row, events[row.id]) for row in rows]

    async def summaries(self, rows: Sequence[CallRow]) -> dict[UUID, Mapping[str, Any]]:
        """Return the last row of each of these calls that has ended."""
        return await self.calls.summaries([row.id for row in rows])

    async def open(self) -> list[Record]:
        """Return the records of the calls that have not ended."""
        return [Record(found.row, found.events) for found in await self.calls.open_calls()]
