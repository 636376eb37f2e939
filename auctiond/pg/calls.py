"""The calls, and all that happened to each: a log that is only added to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import orjson
import trio

from auctiond.pg.claims import Fenced
from auctiond.pg.door import Pg, Row
from auctiond.pg.group import GroupStatistics, GroupWriter
from auctiond.pg.openings import CallRow as CallRow
from auctiond.pg.openings import Opening, OpeningWriter
from auctiond.pg.people import Person
from auctiond.pg.sql_file import read_queries
from market.bids import TargetId
from market.ids import unix_ms
from market.value import dataclass, replace
from routing.odds import Counts, LegCounts

_SQL = read_queries("calls")
# From one group of calls that begin to the next: a caller hears ringing meanwhile.
PAUSE_S = 0.01
_OTHER, _FENCED = 2, 3  # What append_call_events says: another was there; it is not ours.


class EventConflict(Exception):
    """The log has another event in that place: somebody else leads this call now."""

    def __init__(self, call_id: UUID) -> None:
        super().__init__(f"call {call_id}: its log was continued by somebody else")
        self.call_id = call_id


@dataclass(frozen=True, slots=True)
class EventRow:
    """`data` holds nothing personal."""

    call_id: UUID
    seq: int
    kind: str
    at_ms: int
    data: Mapping[str, Any]
    recorded_at: datetime | None = None  # Set by the database.


@dataclass(frozen=True, slots=True)
class EarlierCall:
    """A call of the same caller. `talks`: as its last row tells; None: it goes on."""

    id: UUID
    campaign: str
    publisher: str
    arrived_ms: int
    talks: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True, slots=True)
class OpenCall:
    row: CallRow
    events: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class LegRef:
    leg: int
    ref: str


@dataclass(frozen=True, slots=True)
class _Columns:
    """Events ready to be sent: what cannot be encoded fails at once, and its caller alone."""

    events: tuple[EventRow, ...]
    datas: tuple[str, ...]
    epoch: int | None


class Calls:
    """`epoch` is ours: of calls that another leads we write nothing."""

    def __init__(self, pg: Pg, epoch: int = 0) -> None:
        self._pg = pg
        self._epoch = epoch
        self._writer: GroupWriter[_Columns, int] = GroupWriter(self._write)
        self._opener = GroupWriter[Opening, bool](OpeningWriter(pg), pause_s=PAUSE_S)

    async def run(self) -> None:
        """Write calls that begin and what is appended, until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._opener.run)
            nursery.start_soon(self._writer.run)

    def statistics(self) -> GroupStatistics:
        """Return the writer's numbers."""
        return self._writer.statistics()

    async def wait_idle(self) -> None:
        """Wait until nothing is left to write."""
        await self._opener.wait_idle()
        await self._writer.wait_idle()

    async def open_call(self, row: CallRow, person: Person | None = None) -> bool:
        """Write down a call and its person, all or nothing. False: the call was there already."""
        mine = replace(row, node_epoch=row.node_epoch or self._epoch)
        return await self._opener.submit(Opening(mine, person))

    async def append_events(self, events: Sequence[EventRow]) -> None:
        """Write events for good. The same event twice is one; another in its place a conflict.

        Raises EventConflict, or Fenced when another process leads one of the calls.
        """
        await self._append(events, self._epoch)

    async def append_late(self, events: Sequence[EventRow]) -> None:
        """Write events of calls that are over, which nobody leads. Raises as `append_events`."""
        await self._append(events, None)

    async def _append(self, events: Sequence[EventRow], epoch: int | None) -> None:
        datas = tuple(orjson.dumps(dict(event.data)).decode() for event in events)
        if not events:
            return
        code = await self._writer.submit(_Columns(tuple(events), datas, epoch))
        if code == _FENCED:
            raise Fenced(events[0].call_id, epoch)
        if code == _OTHER:
            raise EventConflict(events[0].call_id)

    async def open_calls(self) -> list[OpenCall]:
        """Return the calls of ours without an "ended" event, with their events."""
        calls = [_call(row) for row in await self._pg.fetch(_SQL["open_calls"], self._epoch)]
        events = await self.events_of([call.id for call in calls])
        return [OpenCall(call, tuple(events[call.id])) for call in calls]

    async def recent(self, limit: int, before_id: UUID | None = None) -> list[CallRow]:
        """Return the newest calls, newest first; or those older than a given one."""
        return [_call(row) for row in await self._pg.fetch(_SQL["recent"], limit, before_id)]

    async def of_caller(self, caller_index: bytes, limit: int) -> list[CallRow]:
        """Return the newest calls of one caller, newest first."""
        return [_call(row) for row in await self._pg.fetch(_SQL["of_caller"], caller_index, limit)]

    async def earlier(
        self, caller_index: bytes, before: UUID, since_ms: int, limit: int
    ) -> list[EarlierCall]:
        """Return the newest calls of one caller before another, since then; not the refused."""
        since = UUID(int=max(since_ms, 0) << 80)  # Ids begin with their time.
        rows = await self._pg.fetch(_SQL["earlier"], caller_index, before, since, limit)
        return [_earlier(row) for row in rows]

    async def get(self, call_id: UUID) -> CallRow | None:
        """Return a call, or None."""
        row = await self._pg.fetch_row(_SQL["get"], call_id)
        return None if row is None else _call(row)

    async def by_ref(self, carrier: str, call_ref: str) -> CallRow | None:
        """Return the call that a carrier knows by that handle, or None."""
        row = await self._pg.fetch_row(_SQL["by_ref"], carrier, call_ref)
        return None if row is None else _call(row)

    async def events(self, call_id: UUID) -> list[EventRow]:
        """Return all that happened to a call, in order."""
        return [_event(row) for row in await self._pg.fetch(_SQL["events"], call_id)]

    async def events_of(self, call_ids: Sequence[UUID]) -> dict[UUID, list[EventRow]]:
        """Return all that happened to each of some calls, in order."""
        found: dict[UUID, list[EventRow]] = {call_id: [] for call_id in call_ids}
        for row in await self._pg.fetch(_SQL["events_of"], list(call_ids)):
            found[row["call_id"]].append(_event(row))
        return found

    async def summaries(self, call_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
        """Return the data of the "ended" event of each of these calls that has one."""
        rows = await self._pg.fetch(_SQL["summaries"], list(call_ids))
        return {row["call_id"]: orjson.loads(row["data"]) for row in rows}

    async def put_leg(self, call_id: UUID, leg: int, ref: str) -> None:
        """Keep the carrier's handle of a leg."""
        await self._pg.execute(_SQL["put_leg"], call_id, leg, ref)

    async def legs(self, call_id: UUID) -> list[LegRef]:
        """Return the carrier's handles of a call's legs."""
        rows = await self._pg.fetch(_SQL["legs"], call_id)
        return [LegRef(row["leg"], row["ref"]) for row in rows]

    async def leg_counts(self, since_ms: int) -> list[LegCounts]:
        """Return what became of the legs that ended since, by campaign and target."""
        rows = await self._pg.fetch(_SQL["leg_counts"], since_ms)
        return [
            LegCounts(
                row["campaign"],
                TargetId(row["target"]),
                Counts(row["offers"], row["answered"], row["sold"]),
            )
            for row in rows
        ]

    async def _write(self, items: list[_Columns]) -> list[int]:
        events = [event for item in items for event in item.events]
        rows = await self._pg.fetch(
            _SQL["append"],
            [event.call_id for event in events],
            [event.seq for event in events],
            [event.kind for event in events],
            [event.at_ms for event in events],
            [data for item in items for data in item.datas],
            [item.epoch for item in items for _ in item.events],
        )
        codes = iter([row[0] for row in rows])
        return [max(islice(codes, len(item.events))) for item in items]


def _plain(id_: UUID) -> UUID:
    """Return a UUID of Python's: the driver's own kind is no JSON, and so no move's id."""
    return UUID(int=id_.int)


def _call(row: Row) -> CallRow:
    return CallRow(
        id=_plain(row["id"]),
        carrier=row["carrier"],
        call_ref=row["call_ref"],
        caller_leg_ref=row["caller_leg_ref"],
        caller_index=row["caller_index"],
        person_id=_plain(row["person_id"]) if row["person_id"] is not None else None,
        tracking_number=row["tracking_number"],
        campaign=row["campaign"],
        publisher=row["publisher"],
        network=row["network"],
        arrived_at=row["arrived_at"],
        node_epoch=row["node_epoch"],
    )


def _earlier(row: Row) -> EarlierCall:
    id_, talks = _plain(row["id"]), row["talks"]
    told = orjson.loads(talks) if talks is not None else None
    return EarlierCall(id_, row["campaign"], row["publisher"], unix_ms(id_), told)


def _event(row: Row) -> EventRow:
    return EventRow(
        call_id=_plain(row["call_id"]),
        seq=row["seq"],
        kind=row["kind"],
        at_ms=row["at_ms"],
        data=orjson.loads(row["data"]),
        recorded_at=row["recorded_at"],
    )
