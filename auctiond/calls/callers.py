"""What is known of who calls: earlier calls from the database, and the last seconds from memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import trio

from auctiond.calls.records import Record
from auctiond.logs import Log
from auctiond.pg.calls import CallRow, EarlierCall, EventRow
from auctiond.pg.errors import PgAway, PgError
from market.bids import BuyerId, TargetId
from market.call import Call
from market.reached import with_talk_so_far
from market.repeat import Past, Talk

PAST_MAX = 50  # The newest; who calls oftener is told apart by these as well.
READ_S = 1.0  # The caller hears ringing meanwhile.
RECENT_MAX = 20_000  # Callers of the last seconds: more than any carrier brings in a minute.
DAY_MS = 86_400_000


class Calls(Protocol):
    async def earlier(
        self, caller_index: bytes, before: UUID, since_ms: int, limit: int
    ) -> list[EarlierCall]: ...
    async def events(self, call_id: UUID) -> list[EventRow]: ...
    async def get(self, call_id: UUID) -> CallRow | None: ...


@dataclass(frozen=True, slots=True)
class Callers:
    calls: Calls
    log: Log
    recent: dict[bytes, tuple[UUID, int]] = field(default_factory=dict)  # Of calls that were taken.

    def is_too_soon(self, index: bytes, call: Call, within_s: float) -> bool:
        """Tell whether this caller called within so many seconds before; else remember the call.

        The same call again, after a restart, is not a second one.
        """
        last = self.recent.get(index)
        if last is not None and last[0] != call.id:
            if abs(call.arrived_ms - last[1]) < within_s * 1000:
                return True
            del self.recent[index]
        self.recent[index] = (call.id, call.arrived_ms)
        if len(self.recent) > RECENT_MAX:
            del self.recent[next(iter(self.recent))]
        return False

    async def past(self, call: Call, index: bytes, days: int) -> tuple[Past, ...] | None:
        """Return the earlier calls of who calls; None: they could not be read."""
        since_ms = call.arrived_ms - days * DAY_MS
        with trio.move_on_after(READ_S):
            try:
                found = await self.calls.earlier(index, call.id, since_ms, PAST_MAX)
                return tuple([await self._past(one) for one in found])
            except (PgAway, PgError) as error:
                self.log.error("caller.unknown", error, call=call.id)
        return None

    async def _past(self, one: EarlierCall) -> Past:
        talks = read_talks(one.talks) if one.talks is not None else await self._live(one)
        return Past(one.campaign, one.publisher, one.arrived_ms, talks)

    async def _live(self, one: EarlierCall) -> tuple[Talk, ...]:
        """Return the talks of a call that has no end yet: folded, as after a restart."""
        row = await self.calls.get(one.id)
        if row is None:
            return ()
        life = Record(row, await self.calls.events(one.id)).life()
        return with_talk_so_far(life.call)


def read_talks(found: Sequence[Mapping[str, Any]]) -> tuple[Talk, ...]:
    """Return the talks that a call's last row tells."""
    return tuple(
        Talk(
            TargetId(one["target"]),
            BuyerId(one["buyer"]),
            one["connected_ms"],
            one["billable_ms"],
            one["paid"],
        )
        for one in found
    )
