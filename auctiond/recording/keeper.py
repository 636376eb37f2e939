"""What becomes of a recording: fetched from the carrier, sealed, kept for its time, deleted.

Each is a row that is due at some time; whoever leases it does the next step. A carrier's news that
a recording is there goes straight to fetching it: its address may be good for minutes only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol
from uuid import UUID

import trio

from actors.shelter import Shelter, outlive
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.recordings import Move, RecordingBook, RecordingRow
from auctiond.recording.fetching import Fetcher, Lost, NotYet
from auctiond.recording.store import Store, StoreError
from market.phone import CarrierEvent, RecordingFailed, RecordingSaved
from market.recording import KEEP_DAYS

EVERY_S = 15.0
AT_ONCE = 8  # As many as are fetched at once.
LEASE_MS = 15 * 60_000  # The largest file over a slow line. Then somebody else tries.
AGAIN_MS = (2_000, 10_000, 60_000, 300_000, 1_800_000, 7_200_000)  # After a failure; then lost.
ASK_AGAIN_MS = 300_000  # A recording whose end nobody told is looked for so often,
NEVER_DUE_MS = 2**62  # Nothing is to be done to what lies elsewhere.
NEVER_TOLD_MS = 24 * 3_600_000  # and for so long.
DAY_MS = 86_400_000
TELL_AGAIN_S = 1.0  # After the database was away.
TELLS_MOST = 120  # Then the inbox has it, and the sweep finds it there.


class Heard(Protocol):
    """Who reads again what carriers told of a call."""

    async def saved(self, call_id: UUID) -> Sequence[RecordingSaved]: ...
    async def call_of(self, news: CarrierEvent) -> UUID | None: ...
    async def lies_elsewhere(self, call_id: UUID) -> bool: ...


@dataclass(slots=True)
class Keeper:
    book: RecordingBook
    store: Store
    stores: dict[str, Store]  # By their names: also those of former settings that are there still.
    fetcher: Fetcher
    heard: Heard
    keep_days: Callable[[], int | None]  # None: the network does not say.
    shelter: Shelter
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    _lines: trio.CapacityLimiter = field(default_factory=lambda: trio.CapacityLimiter(AT_ONCE))
    _keeps: int = 0

    async def run(self) -> None:
        """See to what is due, for ever."""
        while True:
            try:
                await self.sweep()
            except (PgAway, PgError) as error:
                self.log.warning("recordings.put_off", reason=type(error).__name__)
            await trio.sleep(EVERY_S)

    async def sweep(self) -> None:
        """Do once all that is due."""
        days = self.keep_days()
        if days is not None and days != self._keeps:
            await self.book.shorten(days * DAY_MS)
            self._keeps = days
        now_ms = self.now_ms()
        rows = await self.book.take(now_ms, now_ms + LEASE_MS, AT_ONCE * 4)
        async with trio.open_nursery() as nursery:
            for row in rows:
                nursery.start_soon(outlive, "recording", partial(self._see_to_due, row))

    def tell(self, news: RecordingSaved | RecordingFailed) -> None:
        """Hear that a recording is there, or never will be. Never waits."""
        self.shelter.start("recording_told", partial(self._told, news))

    async def delete(self, id_: UUID, by: str, why: str = "deleted") -> bool:
        """Delete a recording now. False: there is nothing any more."""
        row = await self.book.get(id_)
        if row is None or row.state in ("gone", "lost", "elsewhere"):
            return False
        if row.state != "deleting":
            now_ms = self.now_ms()
            await self.book.move(Move(id_, row.state, "deleting", now_ms, now_ms, why, by))
        due = await self.book.take_one(id_, self.now_ms(), self.now_ms() + LEASE_MS)
        if due is not None:
            await self._see_to(due, None)
        return True

    async def _see_to_due(self, row: RecordingRow) -> None:
        """See to one of a sweep: what goes wrong with it is no other's, and is tried again."""
        try:
            await self._see_to(row, None)
        except (PgAway, PgError) as error:  # Its lease runs out, and it is looked at again.
            self.log.warning("recording.put_off", recording=row.id, reason=type(error).__name__)

    async def _told(self, news: RecordingSaved | RecordingFailed) -> None:
        for _ in range(TELLS_MOST):
            try:
                id_ = await self._take_down(news)
                row = None
                if id_ is not None:
                    row = await self.book.take_one(id_, self.now_ms(), self.now_ms() + LEASE_MS)
                if row is not None and isinstance(news, RecordingFailed):
                    await self._lose(row, "carrier")
                elif row is not None:
                    await self._see_to(row, news if isinstance(news, RecordingSaved) else None)
                return
            except PgAway:
                await trio.sleep(TELL_AGAIN_S)
            except PgError as error:
                self.log.error("recording.not_noted", error)
                return

    async def _take_down(self, news: RecordingSaved | RecordingFailed) -> UUID | None:
        call_id = await self.heard.call_of(news)
        if call_id is None:
            return None
        began_ms, duration_ms, channels = news.at_ms, None, 1
        if isinstance(news, RecordingSaved):
            began_ms = news.began_ms or news.at_ms - news.duration_ms
            duration_ms = news.duration_ms or None
            channels = 2 if news.channels == "dual" else 1
        id_ = await self.book.tell(
            call_id, news.event_id, began_ms, self.now_ms(), duration_ms, channels, news.command
        )
        if id_ is None:
            self.log.warning("recording.unasked", call=call_id)
        return id_

    async def _see_to(self, row: RecordingRow, news: RecordingSaved | None) -> None:
        async with self._lines:
            match row.state:
                case "asked":
                    await self._ask_again(row)
                case "told":
                    await self._fetch(row, news)
                case "kept":
                    now_ms = self.now_ms()
                    moved = Move(row.id, "kept", "deleting", now_ms, now_ms, "expired")
                    if await self.book.move(moved):
                        await self._delete(row, "expired")
                case "deleting":
                    await self._delete(row, row.why)

    async def _ask_again(self, row: RecordingRow) -> None:
        """Look in the inbox for news of a recording's end that was stored, and no more."""
        for news in await self.heard.saved(row.call_id):
            await self._take_down(news)
        now_ms = self.now_ms()
        if await self.heard.lies_elsewhere(row.call_id) and not await self._goes_on(row):
            moved = Move(row.id, "asked", "elsewhere", now_ms, NEVER_DUE_MS)
            if await self.book.move(moved):
                self.metrics.recordings("elsewhere").inc()
        elif now_ms - row.began_ms > NEVER_TOLD_MS:
            await self._lose(row, "never_told")
        else:  # Where it was told just now, it is no longer asked for, and this moves nothing.
            await self.book.move(Move(row.id, "asked", "asked", now_ms, now_ms + ASK_AGAIN_MS))

    async def _goes_on(self, row: RecordingRow) -> bool:
        """Tell whether it may be under way: after a restart its row says so."""
        return any(one.id == row.id for one in await self.book.going())

    async def _fetch(self, row: RecordingRow, news: RecordingSaved | None) -> None:
        try:
            found = await self.fetcher.fetch(row, news or await self._news_of(row))
            await self.store.put(str(row.id), found.file)
        except Lost as error:
            await self._lose(row, error.reason)
        except (NotYet, StoreError) as error:
            await self._try_later(row, error.reason)
        else:
            now_ms = self.now_ms()
            until_ms = row.began_ms + (self.keep_days() or KEEP_DAYS) * DAY_MS
            await self.book.keep(row.id, found.size, found.type, self.store.name, now_ms, until_ms)
            self.metrics.recordings("kept").inc()
            self.log.info("recording.kept", call=row.call_id, recording=row.id, bytes=found.size)

    async def _news_of(self, row: RecordingRow) -> RecordingSaved:
        told = await self.heard.saved(row.call_id)
        news = next((one for one in told if one.event_id == row.news), None)
        if news is None:
            raise Lost("news_gone")
        return news

    async def _try_later(self, row: RecordingRow, reason: str) -> None:
        self.log.warning("recording.failed", call=row.call_id, recording=row.id, reason=reason)
        if row.state == "told" and row.tries >= len(AGAIN_MS):
            await self._lose(row, reason)
            return
        due_ms = self.now_ms() + AGAIN_MS[min(row.tries, len(AGAIN_MS) - 1)]
        await self.book.move(Move(row.id, row.state, row.state, self.now_ms(), due_ms, why=reason))

    async def _lose(self, row: RecordingRow, reason: str) -> None:
        self.metrics.recordings("lost").inc()
        self.log.error("recording.lost", call=row.call_id, recording=row.id, reason=reason)
        await self.book.move(Move(row.id, row.state, "lost", self.now_ms(), why=reason))

    async def _delete(self, row: RecordingRow, why: str) -> None:
        store = self.stores.get(row.store) if row.store else self.store
        try:
            if store is None:
                raise StoreError(f"no settings for {row.store}")
            await store.delete(str(row.id))
        except StoreError as error:
            await self._put_off(row, why, error.reason)
            return
        self.metrics.recordings("deleted").inc()
        await self.book.move(Move(row.id, "deleting", "gone", self.now_ms(), why=why))

    async def _put_off(self, row: RecordingRow, why: str, reason: str) -> None:
        """Try to delete again and again: what is to go, goes."""
        self.log.error("recording.not_deleted", call=row.call_id, recording=row.id, reason=reason)
        due_ms = self.now_ms() + AGAIN_MS[min(row.tries, len(AGAIN_MS) - 1)]
        await self.book.move(Move(row.id, "deleting", "deleting", self.now_ms(), due_ms, why))
