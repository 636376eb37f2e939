"""The call log as the shell sees it: numbered events of each call, written in batches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from math import inf
from uuid import UUID

import trio

from auctiond.calls.event_codec import to_data
from auctiond.logs import Log
from auctiond.pg.calls import EventConflict, EventRow
from auctiond.pg.errors import PgError
from market.call import Event

ROWS_MAX = 100_000  # Some hours without a database. More would take the memory that calls need.
BATCH_MAX = 1_000
# From one write to the next, unless somebody waits for it: what comes meanwhile, of whatever call,
# shares a commit. A crash may lose it, as it may lose what is being written.
PAUSE_S = 0.05
WANTED_PAUSE_S = 0.01  # The same where somebody waits: a caller does not notice it.
ENDED = "ended"  # The kind of a call's last row.

Append = Callable[[list[EventRow]], Awaitable[None]]


class CallLog:
    """Numbers the rows of each live call. What comes after its end is no longer of interest.

    Rows wait until their call is on record, as events of a call that is not there cannot be
    written: it may hang up before that, and while the database is away it may even be over.
    """

    def __init__(self, append: Append, now_ms: Callable[[], int], log: Log) -> None:
        self._append = append
        self._now_ms = now_ms
        self._log = log
        self._next: dict[UUID, int] = {}
        self._rows: list[EventRow] = []
        self._early: dict[UUID, list[EventRow]] = {}  # Of calls that are not yet on record.
        self._early_count = 0
        self._taken = 0  # Rows ever taken in, and ever written.
        self._written = 0
        self._news = trio.Event()
        self._wanted = trio.Event()
        self._progress = trio.Event()

    def open(self, call_id: UUID) -> None:
        """Begin the log of a call that is not yet on record."""
        self._next[call_id] = 0
        self._early[call_id] = []

    def reopen(self, call_id: UUID, rows: int) -> None:
        """Go on after the `rows` that there are."""
        self._next[call_id] = rows

    def knows(self, call_id: UUID) -> bool:
        """Tell whether the log of this call is open."""
        return call_id in self._next

    def on_record(self, call_id: UUID) -> None:
        """The call is on record: what happened so far can be written."""
        rows = self._early.pop(call_id, [])
        self._early_count -= len(rows)
        self._add(rows)

    def give_up(self, call_id: UUID) -> None:
        """The call can never be put on record, so neither can what happened to it."""
        rows = self._early.pop(call_id, [])
        self._early_count -= len(rows)
        self._next.pop(call_id, None)

    def drop_unrecorded(self, call_id: UUID) -> None:
        """Give up a call that is over, if it never came on record and nobody will put it there."""
        if call_id in self._early:
            self.give_up(call_id)

    def event(self, call_id: UUID, event: Event) -> None:
        """Append an event that moved the call."""
        self._put(call_id, type(event).__name__, event.at_ms, to_data(event))

    def note(self, call_id: UUID, kind: str, data: Mapping[str, object]) -> None:
        """Append what is worth knowing but moves nothing. Its kind is written in lower case."""
        self._put(call_id, kind, self._now_ms(), data)

    def close(self, call_id: UUID, summary: Mapping[str, object]) -> None:
        """The call is over: its last row sums it up, and there are no more."""
        self.note(call_id, ENDED, summary)
        self._next.pop(call_id, None)

    def ends(self) -> dict[UUID, Mapping[str, object]]:
        """Return how those calls ended whose last row is not yet in the database."""
        return {row.call_id: row.data for row in self._rows if row.kind == ENDED}

    def waiting(self) -> int:
        """Return how many rows are not yet in the database."""
        return self._taken - self._written + self._early_count

    async def flushed(self) -> None:
        """Return when all rows so far, of calls on record, are in the database."""
        wanted = self._taken
        while self._written < wanted:
            self._wanted.set()
            await self._progress.wait()

    async def run(self) -> None:
        """Write what comes, for ever: whatever came since one write began goes with the next.

        Raises Fenced when another process leads a call of ours. Then all of us stops.
        """
        due = -inf
        while True:
            if not self._rows:
                self._news = trio.Event()
                await self._news.wait()
            if trio.current_time() < due:
                with trio.move_on_at(due):
                    await self._wanted.wait()
                    await trio.sleep_until(due - PAUSE_S + WANTED_PAUSE_S)
            self._wanted = trio.Event()
            due = trio.current_time() + PAUSE_S
            rows = self._rows[:BATCH_MAX]
            await self._write(rows)
            del self._rows[: len(rows)]
            self._written += len(rows)
            self._progress.set()
            self._progress = trio.Event()

    async def _write(self, rows: list[EventRow]) -> None:
        try:
            await self._append(rows)
        except (PgError, EventConflict):  # One row spoils the batch: the others must not be lost.
            for row in rows:
                await self._write_alone(row)

    async def _write_alone(self, row: EventRow) -> None:
        try:
            await self._append([row])
        except (PgError, EventConflict) as error:
            self._log.error("call_log.row_lost", error, call=row.call_id, kind=row.kind)

    def _put(self, call_id: UUID, kind: str, at_ms: int, data: Mapping[str, object]) -> None:
        seq = self._next.get(call_id)
        if seq is None:
            return
        if self.waiting() >= ROWS_MAX:
            self._log.error("call_log.full", call=call_id)
            return
        self._next[call_id] = seq + 1
        row = EventRow(call_id, seq, kind, at_ms, data)
        if call_id in self._early:
            self._early[call_id].append(row)
            self._early_count += 1
        else:
            self._add([row])

    def _add(self, rows: list[EventRow]) -> None:
        self._rows += rows
        self._taken += len(rows)
        self._news.set()
