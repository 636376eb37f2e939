"""Write what many ask for in few strokes: whatever queued during one write goes in the next.

Knows trio and no database: how to write is given. A batch of one when idle, so nobody waits
for a timer; up to 500 under load, so that one commit serves them all. Where a pause is given from
one write to the next, what comes meanwhile shares a commit: that costs who comes in a crowd some
milliseconds, who comes alone nothing, and spares us and the database most of the writes.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import islice
from math import inf
from typing import Generic, TypeVar

import outcome
import trio

from auctiond.pg.errors import PgAway, PgError

T = TypeVar("T")
R = TypeVar("R")

BATCH_MAX = 500  # Beyond it a commit's cost is spread thin enough, and one batch takes too long.
# A writer that pauses does so for longer where writes take longer, and is busy for a quarter of its
# time: most of what a small write costs, one four times as large costs no more of.
REST = 4.0  # Times what a write took, from its beginning to that of the next;
REST_S_MAX = 0.03  # not longer, for a caller would notice, and a webhook stored late is overload,
ENOUGH = 32  # nor once so many items wait: what a write costs is spread thin enough then.
QUEUE_MAX = 10_000  # About a second's work. Who comes later would be told too late to matter.
RETRY_S_MIN = 0.05
RETRY_S_MAX = 2.0  # A restarted database should not wait long for us.
# What one bad item can do to its whole batch; anything else is a bug, and ends the program.
ITEM_FAULTS = (PgError, ArithmeticError, LookupError, TypeError, ValueError)


class QueueFull(Exception):
    """Too much waits to be written already. Nothing of this was written."""


class WriterStopped(PgAway):
    """The writer ended before it could tell: what was asked may be written or not."""


@dataclass(frozen=True, slots=True)
class GroupStatistics:
    queued: int
    in_flight: int
    batches: int
    written: int
    failed: int  # Items that failed alone.
    dropped: int  # Items whose caller gave up before they were sent.
    retries: int  # Writes that were repeated because the database was away.
    largest_batch: int


class _Item(Generic[T, R]):
    __slots__ = ("done", "result", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self.done = trio.Event()
        self.result: outcome.Outcome[R] | None = None

    def finish(self, result: outcome.Outcome[R]) -> None:
        if self.result is None:  # The first answer stands.
            self.result = result
            self.done.set()


class GroupWriter(Generic[T, R]):
    """Give `write` lists of items; it returns a result for each, in order, and is atomic.

    Items carry ids by which writing them twice is one effect: after a lost connection the same
    items are written again, until they are or the writer is stopped.
    """

    def __init__(
        self,
        write: Callable[[list[T]], Awaitable[list[R]]],
        *,
        batch_max: int = BATCH_MAX,
        queue_max: int = QUEUE_MAX,
        pause_s: float = 0.0,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._write = write
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._pause_s = pause_s  # From the beginning of one write to that of the next, at least.
        self._jitter = jitter
        self._queue: dict[_Item[T, R], None] = {}  # In order, and quick to leave.
        self._flying: list[_Item[T, R]] = []
        self._wake = trio.Event()
        self._enough = trio.Event()
        self._idle = trio.Event()
        self._stopped = False
        self._batches = self._written = self._failed = self._dropped = self._retries = 0
        self._largest = 0

    def statistics(self) -> GroupStatistics:
        """Return the numbers since the start."""
        return GroupStatistics(
            queued=len(self._queue),
            in_flight=len(self._flying),
            batches=self._batches,
            written=self._written,
            failed=self._failed,
            dropped=self._dropped,
            retries=self._retries,
            largest_batch=self._largest,
        )

    async def submit(self, item: T) -> R:
        """Return the result of writing `item`, once it is durable.

        Cancelled before it was sent, it is not written; later, it is, and nobody is told.
        """
        if self._stopped:
            raise WriterStopped("the writer has stopped")
        if len(self._queue) >= self._queue_max:
            raise QueueFull(f"{self._queue_max} items wait to be written already")
        mine: _Item[T, R] = _Item(item)
        self._queue[mine] = None
        self._wake.set()
        if len(self._queue) == ENOUGH:
            self._enough.set()
        try:
            await mine.done.wait()
        except trio.Cancelled:
            if mine in self._queue:
                del self._queue[mine]
                self._dropped += 1
            raise
        assert mine.result is not None
        return mine.result.unwrap()

    async def wait_idle(self) -> None:
        """Wait until nothing is queued or in flight: before stopping."""
        while self._queue or self._flying:
            self._idle = trio.Event()
            await self._idle.wait()

    async def run(self) -> None:
        """Write, until cancelled. Who still waits then is told that it is unknown."""
        due = -inf
        try:
            while True:
                if not self._queue:
                    self._idle.set()
                    self._wake = trio.Event()
                    await self._wake.wait()
                await self._rest(due)
                began = trio.current_time()
                await self._write_next()
                due = began + self._pause_after(trio.current_time() - began)
        finally:
            self._stopped = True
            self._idle.set()
            for item in [*self._flying, *self._queue]:
                item.finish(outcome.Error(WriterStopped("the writer was stopped")))
            self._queue.clear()
            self._flying = []

    async def _rest(self, due: float) -> None:
        """Return when it is time for the next write, or enough for one has come."""
        if len(self._queue) < ENOUGH and trio.current_time() < due:
            self._enough = trio.Event()
            with trio.move_on_at(due):
                await self._enough.wait()

    def _pause_after(self, took_s: float) -> float:
        """Return how long after the start of a write, which took so long, the next may begin."""
        if not self._pause_s:
            return 0.0
        return max(self._pause_s, min(took_s * REST, REST_S_MAX))

    async def _write_next(self) -> None:
        self._flying = batch = list(islice(self._queue, self._batch_max))
        for item in batch:
            del self._queue[item]
        self._batches += bool(batch)
        self._largest = max(self._largest, len(batch))
        try:
            await self._write_all(batch)
        except ITEM_FAULTS:
            await self._write_each(batch)
        self._flying = []

    async def _write_each(self, batch: list[_Item[T, R]]) -> None:
        """Write one by one, so that who spoiled the batch fails alone."""
        for item in batch:
            try:
                await self._write_all([item])
            except ITEM_FAULTS as error:
                self._failed += 1
                item.finish(outcome.Error(error))

    async def _write_all(self, batch: list[_Item[T, R]]) -> None:
        if not batch:  # All who queued have given up since.
            return
        results = await self._write_stubbornly([item.value for item in batch])
        if len(results) != len(batch):
            raise RuntimeError(f"{len(batch)} items were written, and {len(results)} answered for")
        self._written += len(batch)
        for item, result in zip(batch, results, strict=True):
            item.finish(outcome.Value(result))

    async def _write_stubbornly(self, values: list[T]) -> list[R]:
        wait_s = RETRY_S_MIN
        while True:
            try:
                return await self._write(values)
            except PgAway:
                self._retries += 1
                await trio.sleep(wait_s * (0.5 + self._jitter() / 2))
                wait_s = min(2 * wait_s, RETRY_S_MAX)
