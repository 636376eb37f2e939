"""How late what begins begins: the one sign of overload that comes before the damage."""

from __future__ import annotations

from random import random

import trio

from actors.turnstile import Turnstile
from auctiond.jobs.admission import Admission, pace
from auctiond.jobs.under_way import Idle, UnderWay
from auctiond.metrics import Metrics

TICK_S = 0.01  # Often enough to see a wave of webhooks.
# While nothing is under way, ten times as many ticks were nearly all that a server did. An idle
# machine wakes us up to so late.
CALM_TICK_S, CALM_MS = 0.1, 2.0
WEIGHT = 0.3  # Of the newest tick: three late ones in a row are overload, one is chance.


# Of the wait after which auctions are left out: from here on publishers' pings are refused, more
# and more of them. Some are always taken: where it is not us who make all late, refusing mends
# nothing. Full at two thirds, it cost a quarter of the goodput at 120 % load on a machine that
# others used; full at the whole, nothing. New calls are paced instead (admission.py).
REFUSE_FROM, REFUSED_MOST = 1 / 3, 0.97
# A call has some ten webhooks one after the other before people talk: if each takes so long to be
# stored, callers notice, and calls that are under way end badly. A slow disk may need half of it.
STORED_WITHIN_MS, STORED_FROM = 120.0, 1 / 2


def refused_share(wait_ms: float, shed_after_ms: float, start: float = REFUSE_FROM) -> float:
    """Return which share of what begins is refused at such a wait. Pure."""
    start_ms = shed_after_ms * start
    share = (wait_ms - start_ms) / (shed_after_ms - start_ms)
    return min(max(share, 0.0), 1.0) * REFUSED_MOST


class Lag:
    """How late tasks start, how long the line of auctions is that wait for their turn, and how long
    it takes to store what the carrier tells. All in milliseconds, and smoothed.
    """

    def __init__(self, metrics: Metrics, shed_after_ms: float) -> None:
        self._metrics = metrics
        self._shed_after_ms = shed_after_ms
        self._loop_ms = 0.0
        self._turn_ms = 0.0
        self._store_ms = 0.0
        self._news = trio.Event()
        self.turnstile = Turnstile(self._stir)
        self.storing = UnderWay(self._stir)
        self.admission = Admission(shed_after_ms)

    def ms(self) -> float:
        """Return how late tasks start at present."""
        return self._loop_ms

    def refused_share(self) -> float:
        """Return which share of publishers' pings is to be refused at present."""
        return max(refused_share(self._late_ms(), self._shed_after_ms), self._stored_late())

    def has_no_room(self) -> bool:
        """Draw whether what is about to begin is to be refused."""
        return random() < self.refused_share()

    async def run(self) -> None:
        """Measure for ever: often while something is under way or late, rarely while nothing is."""
        idle = Idle()
        trio.lowlevel.add_instrument(idle)
        try:
            await self._measure(idle)
        finally:
            trio.lowlevel.remove_instrument(idle)

    async def _measure(self, idle: Idle) -> None:
        at, idle_s = trio.current_time(), 0.0
        while True:
            if (late_s := await self._tick()) is not None:
                self._look(late_s)
            now = trio.current_time()
            passed_s, at = now - at, now
            idled_s, idle_s = idle.total_s - idle_s, idle.total_s
            now_pace = pace(self._late_ms(), self._shed_after_ms) * (1.0 - self._stored_late())
            self.admission.tick(passed_s, passed_s - idled_s, now_pace)
            self._metrics.call_cost_seconds.set(self.admission.cost_s)

    async def _tick(self) -> float | None:
        """Return how late we woke up after a tick; None: something has begun before."""
        is_calm = self._is_calm()
        due = trio.current_time() + (CALM_TICK_S if is_calm else TICK_S)
        if is_calm:
            self._news = trio.Event()
            with trio.move_on_at(due):
                await self._news.wait()
                return None
        else:
            await trio.sleep_until(due)
        return trio.current_time() - due

    def _is_calm(self) -> bool:
        is_late = max(self._late_ms(), self._store_ms) >= CALM_MS
        return not (is_late or self.admission.owed_s or self.storing or self.turnstile.has_line)

    def _stir(self) -> None:
        self._news.set()

    def _look(self, late_s: float) -> None:
        self._metrics.loop_lag_seconds.observe(late_s)
        self._loop_ms = _smoothed(self._loop_ms, late_s)
        self._turn_ms = _smoothed(self._turn_ms, self.turnstile.wait_s())
        self._store_ms = _smoothed(self._store_ms, self.storing.oldest_s())

    def _late_ms(self) -> float:
        return max(self._loop_ms, self._turn_ms)

    def _stored_late(self) -> float:
        return refused_share(self._store_ms, STORED_WITHIN_MS, STORED_FROM)


def _smoothed(before_ms: float, now_s: float) -> float:
    return before_ms + WEIGHT * (now_s * 1000 - before_ms)
