"""Sees to callbacks: who may be called now is called, who may not yet waits, and ends are noted.

What is to be done lies in the database, taken by a lease, so that a restart neither loses nor
doubles a call. Each attempt is written down before its phone rings, and its call's id, and so the
ids of all its commands, follow from the callback and the number of the attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import trio

from auctiond.callbacks.deciding import Decider
from auctiond.callbacks.ending import after_call
from auctiond.calls.records import Record, Records
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.callbacks import CallbackBook, CallbackRow, CallbackState, Move
from auctiond.pg.errors import PgAway, PgError
from market.call import Call

TAKEN_MAX = 32  # At one look; there is another right after it.
AT_ONCE = 8  # Looked at together: each is some queries, and a question to services.
LEASE_MS = 30_000  # Longer than any look: then somebody else may look.
LOOK_EVERY_S = 10.0  # When nothing is due, and in case that nobody woke us.
CALL_LOOK_MS = 60_000  # A call that goes on is looked at again; its end wakes us anyway.
WRITTEN_MS = 200  # The last row of a call that is just over is being written.
AWAY_S = 5.0


class Desk(Protocol):
    def find(self, call_id: UUID) -> Call | None: ...


@dataclass(slots=True)
class Dialler:
    book: CallbackBook
    records: Records
    desk: Callable[[], Desk]  # Of live calls.
    decider: Decider
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    _news: trio.Event = field(default_factory=trio.Event)
    _ended: list[UUID] = field(default_factory=list)

    def wake(self) -> None:
        """There is something to do: a request came."""
        self._news.set()

    def ended(self, call_id: UUID) -> None:
        """A call of ours is over: its callback is looked at now, not when it is due."""
        self._ended.append(call_id)
        self._news.set()

    async def run(self) -> None:
        """See to callbacks for ever. While the database is away there are none."""
        while True:
            self._news = trio.Event()
            try:
                more = await self.look()
                wait_s = 0.0 if more else await self._wait_s()
            except (PgAway, PgError) as error:
                self.log.warning("callbacks.put_off", reason=type(error).__name__)
                wait_s = AWAY_S
            with trio.move_on_after(wait_s):
                await self._news.wait()

    async def look(self) -> bool:
        """Look once at all that is due, and tell whether there may be more."""
        now_ms = self.now_ms()
        taken = await self.book.take(now_ms, now_ms + LEASE_MS, TAKEN_MAX)
        for call_id in [self._ended.pop() for _ in range(len(self._ended))]:
            row = await self.book.of_call(call_id)
            if row is not None and row.state == "calling" and row.call_id == call_id:
                taken.append(row)
        limiter = trio.CapacityLimiter(AT_ONCE)

        async def see_to(row: CallbackRow) -> None:
            async with limiter:
                await self._see_to(row)

        async with trio.open_nursery() as nursery:
            for row in taken:
                nursery.start_soon(see_to, row)
        self.metrics.callbacks_waiting.set((await self.book.counts()).get("waiting", 0))
        return len(taken) >= TAKEN_MAX

    async def _wait_s(self) -> float:
        due_ms = await self.book.next_due_ms()
        if due_ms is None:
            return LOOK_EVERY_S
        return min(max(due_ms - self.now_ms(), 0) / 1000, LOOK_EVERY_S)

    async def _see_to(self, row: CallbackRow) -> None:
        try:
            with trio.move_on_after(LEASE_MS / 1000):
                if row.state == "waiting":
                    await self.decider.decide(row)
                else:
                    await self._follow(row)
        except (PgAway, PgError) as error:  # Its lease runs out, and it is looked at again.
            self.log.warning("callback.put_off", callback=row.id, reason=type(error).__name__)

    async def _follow(self, row: CallbackRow) -> None:
        """Note the end of a call; go on with one that this run does not know of."""
        assert row.call_id is not None
        now_ms = self.now_ms()
        if self.desk().find(row.call_id) is not None:
            await self._move(row, "calling", "", now_ms + CALL_LOOK_MS, "goes_on")
            return
        record = await self.records.get(row.call_id)
        if record is None or not record.events:  # Nobody rang: that is on record before.
            await self.decider.start(row, row.attempts, row.call_id)
            await self._move(row, "calling", "", now_ms + CALL_LOOK_MS, "goes_on")
            return
        if not record.is_over:  # It is being brought back, or its end is not written yet.
            await self._move(row, "calling", "", now_ms + WRITTEN_MS, "goes_on")
            return
        await self._end(row, _summary(record))

    async def _end(self, row: CallbackRow, summary: Mapping[str, Any]) -> None:
        terms = self.decider.terms(row)
        next_ = after_call(row, terms, summary, self.now_ms())
        await self._move(row, next_.state, next_.reason, next_.due_ms, next_.what)
        if next_.state == "over":
            self.metrics.callbacks("reached" if next_.reason == "reached" else "given_up").inc()

    async def _move(
        self, row: CallbackRow, to: CallbackState, reason: str, due_ms: int, what: str
    ) -> None:
        await self.book.move(
            Move(
                row.id,
                "calling",
                row.attempts,
                to,
                reason,
                due_ms,
                self.now_ms(),
                what,
            )
        )


def _summary(record: Record) -> Mapping[str, Any]:
    return next(row.data for row in reversed(record.events) if row.kind == "ended")
