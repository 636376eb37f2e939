"""Sees to payments for ever: what is wanted is asked for, news are looked at, wallets filled.

All that is to be done lies in the database and is taken by a lease: a restart neither loses nor
doubles it, and two servers share it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

import trio

from auctiond.billing.asking import CALL_S, Asker
from auctiond.billing.hearing import Hearing
from auctiond.billing.recharging import Recharger
from auctiond.billing.seen import ProcessorError
from auctiond.logs import Log
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import QueueFull
from auctiond.pg.intents import Intents
from auctiond.pg.payers import News, Payers
from ledger.rules import LedgerError

AT_ONCE = 8  # Of wishes, and of news, taken at one look: no more than are begun at once.
HOLD_S = CALL_S + 5.0  # So long whoever took something may hold it, and then stops.
LEASE_MS = 35_000  # Longer than that, by more than a pause of ours: then somebody else may look.
NEWS_LEASE_MS = 60_000  # What could not be looked at is looked at again after it.
LOOK_EVERY_S = 5.0  # At balances, and in case that nobody woke us.
AWAY_S = 5.0
TRIES_MAX = 2_000  # Of a webhook: more than a day. The nightly reconciliation finds the rest.
KEEP_NEWS_MS = 30 * 86_400_000
# What an object of the processor's may lead to that is not as we know them.
UNREAD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(slots=True)
class Collector:
    intents: Intents
    payers: Payers
    asker: Asker
    hearing: Hearing
    recharger: Recharger
    log: Log
    now_ms: Callable[[], int]
    _news: trio.Event = field(default_factory=trio.Event)

    def wake(self) -> None:
        """There is something to do. Never waits."""
        self._news.set()

    async def run(self) -> None:
        """See to payments for ever. While the database is away there are none."""
        while True:
            self._news = trio.Event()
            try:
                more = await self.look()
                wait_s = 0.0 if more else await self._wait_s()
            except (PgAway, PgError) as error:
                self.log.warning("payments.put_off", reason=type(error).__name__)
                wait_s = AWAY_S
            with trio.move_on_after(wait_s):
                await self._news.wait()

    async def look(self) -> bool:
        """Look once at all that is due, and tell whether there may be more."""
        await self.recharger.look()
        now_ms, until = self.now_ms(), trio.current_time() + HOLD_S
        news = await self.payers.take_news(now_ms, now_ms + NEWS_LEASE_MS, AT_ONCE)
        intents = await self.intents.take(now_ms, now_ms + LEASE_MS, AT_ONCE)
        async with trio.open_nursery() as nursery:
            for each in news:
                nursery.start_soon(self._guard, partial(self._hear, each), until)
            for intent in intents:
                nursery.start_soon(self._guard, partial(self.asker.see_to, intent), until)
        await self.payers.prune_news(now_ms - KEEP_NEWS_MS)
        return len(intents) >= AT_ONCE or len(news) >= AT_ONCE

    async def _hear(self, news: News) -> None:
        if news.tries > TRIES_MAX:
            self.log.error("payments.news_given_up", id=news.event_id, kind=news.kind)
            await self.payers.end_news(news.event_id, "given_up", self.now_ms())
            return
        try:
            with trio.fail_after(CALL_S):
                await self.hearing.see_to(news)
        except (ProcessorError, trio.TooSlowError) as error:  # Its lease runs out.
            reason = error.reason if isinstance(error, ProcessorError) else "no_answer"
            self.log.warning("payments.news_put_off", kind=news.kind, reason=reason)

    async def _guard(self, work: Callable[[], Awaitable[None]], until: float) -> None:
        """Do it until then: after that somebody else may have it. No fault stops the others."""
        try:
            with trio.fail_at(until):
                await work()
        except trio.TooSlowError:
            self.log.warning("payment.put_off", reason="held_too_long")
        except (PgAway, PgError) as error:
            self.log.warning("payment.put_off", reason=type(error).__name__)
        except QueueFull as error:
            self.log.warning("payment.put_off", reason=type(error).__name__)
        except LedgerError as error:  # Somebody has to look; it is tried again meanwhile.
            self.log.error("payment.not_booked", error)
        except UNREAD as error:  # Likewise. One strange object may not stop the others.
            self.log.error("payment.not_understood", reason=type(error).__name__)

    async def _wait_s(self) -> float:
        due_ms = await self.intents.next_due_ms()
        if due_ms is None:
            return LOOK_EVERY_S
        return min(max(due_ms - self.now_ms(), 0) / 1000, LOOK_EVERY_S)
