"""What is done again and again: leftovers settled, old news forgotten, fullness told."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import trio

from actors.call_desk import CallDesk
from auctiond.calls.call_log import CallLog
from auctiond.calls.leftovers import Leftovers
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire
from auctiond.pg.errors import PgAway
from auctiond.pg.inbox import Inbox
from auctiond.pg.ledger_book import PgBook
from auctiond.pg.ping_counts import KeptPings
from auctiond.pg.posts import Posts
from auctiond.pg.rtb import RtbPings

SWEEP_AGE = timedelta(seconds=5)  # A younger hold belongs to a call that is being settled.
RTB_CALLERS_KEEP = timedelta(days=1)  # A bid lives two hours at the most, its grace included.
IDLE_S = 60.0  # A connection to a buyer nobody asks any more.


@dataclass(frozen=True, slots=True)
class Sweeper:
    leftovers: Leftovers
    book: PgBook
    inbox: Inbox
    posts: Posts
    wire: Wire
    desk: CallDesk
    call_log: CallLog
    metrics: Metrics
    log: Log
    every_s: float
    inbox_keep: timedelta
    rtb_pings: RtbPings
    rtb_keep: timedelta
    pings: KeptPings

    async def run(self) -> None:
        """Sweep for ever. While the database is away there is nothing to sweep."""
        while True:
            await trio.sleep(self.every_s)
            try:
                await self.sweep()
            except PgAway as error:
                self.log.warning("sweep.put_off", reason=type(error).__name__)

    async def sweep(self) -> None:
        """Sweep once."""
        self.metrics.live_calls.set(len(self.desk.live()))
        self.metrics.call_log_queue.set(self.call_log.waiting())
        self.wire.close_idle(IDLE_S)
        await self.leftovers.settle(SWEEP_AGE)
        await self.pings.keep(time.time_ns() // 1_000_000)
        self.metrics.posts_in_doubt.set(await self.posts.count_in_doubt())
        await self.book.make_months()
        now = datetime.now(UTC)
        await self.inbox.prune(now - self.inbox_keep)
        await self.rtb_pings.prune(_ms(now - self.rtb_keep), _ms(now - RTB_CALLERS_KEEP))
        self.metrics.open_holds.set(await self.book.count_open_holds())


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
