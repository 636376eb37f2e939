"""How late what begins begins: the one sign of overload that comes before the damage."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import random

import trio

from actors.turnstile import Turnstile
from auctiond.metrics import Metrics

TICK_S = 0.01  # Often enough to see a wave of webhooks, rarely enough to cost nothing.
WEIGHT = 0.3  # Of the newest tick: three late ones in a row are overload, one is chance.


# Of the wait after which auctions are left out: from here on new calls are refused, more and more
# of them, so that those that are taken still have their auction. Some are always taken: where it
# is not us who make all late, refusing mends nothing. Full at two thirds, it cost a quarter of the
# goodput at 120 % load on a machine that others used; full at the whole, nothing.
REFUSE_FROM, REFUSED_MOST = 1 / 3, 0.97
# A call has some ten webhooks one after the other before people talk: if each takes so long to be
# stored, callers notice, and calls that are under way end badly. A slow disk may need half of it.
STORED_WITHIN_MS, STORED_FROM = 120.0, 1 / 2


def refused_share(wait_ms: float, shed_after_ms: float, start: float = REFUSE_FROM) -> float:
    """Return which share of new calls is refused at such a wait. Pure."""
    start_ms = shed_after_ms * start
    share = (wait_ms - start_ms) / (shed_after_ms - start_ms)
    return min(max(share, 0.0), 1.0) * REFUSED_MOST


class UnderWay:
    """What is under way, and for how long the first of it has been."""

    def __init__(self) -> None:
        self._since: dict[object, float] = {}  # In the order they began.

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of it while the block lasts."""
        key = object()
        self._since[key] = trio.current_time()
        try:
            yield
        finally:
            del self._since[key]

    def oldest_s(self) -> float:
        """Return for how long the first has been under way; 0 if there is none."""
        return trio.current_time() - next(iter(self._since.values()), trio.current_time())


class Lag:
    """How late tasks start, how long the line of auctions is that wait for their turn, and how long
    it takes to store what the carrier tells. All in milliseconds, and smoothed.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._loop_ms = 0.0
        self._turn_ms = 0.0
        self._store_ms = 0.0
        self.turnstile = Turnstile()
        self.storing = UnderWay()

    def ms(self) -> float:
        """Return how late tasks start at present."""
        return self._loop_ms

    def refused_share(self, shed_after_ms: float) -> float:
        """Return which share of new calls is to be refused at present."""
        return max(
            refused_share(max(self._loop_ms, self._turn_ms), shed_after_ms),
            refused_share(self._store_ms, STORED_WITHIN_MS, STORED_FROM),
        )

    def has_no_room(self, shed_after_ms: float) -> bool:
        """Draw whether what is about to begin is to be refused."""
        return random() < self.refused_share(shed_after_ms)

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            wanted = trio.current_time() + TICK_S
            await trio.sleep_until(wanted)
            late_s = trio.current_time() - wanted
            self._metrics.loop_lag_seconds.observe(late_s)
            self._loop_ms = _smoothed(self._loop_ms, late_s)
            self._turn_ms = _smoothed(self._turn_ms, self.turnstile.wait_s())
            self._store_ms = _smoothed(self._store_ms, self.storing.oldest_s())


def _smoothed(before_ms: float, now_s: float) -> float:
    return before_ms + WEIGHT * (now_s * 1000 - before_ms)
