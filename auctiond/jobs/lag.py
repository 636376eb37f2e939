"""How late what begins begins: the one sign of overload that comes before the damage."""

from __future__ import annotations

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


def refused_share(wait_ms: float, shed_after_ms: float) -> float:
    """Return which share of new calls is refused at such a wait. Pure."""
    start_ms = shed_after_ms * REFUSE_FROM
    share = (wait_ms - start_ms) / (shed_after_ms - start_ms)
    return min(max(share, 0.0), 1.0) * REFUSED_MOST


class Lag:
    """How late tasks start, and how long the line of auctions is that wait for their turn."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._loop_ms = 0.0
        self._wait_ms = 0.0
        self.turnstile = Turnstile()

    def ms(self) -> float:
        """Return how late tasks start at present, in milliseconds, smoothed."""
        return self._loop_ms

    def wait_ms(self) -> float:
        """Return how long what is to begin has to wait at present: for the loop, or in the line."""
        return self._wait_ms

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            wanted = trio.current_time() + TICK_S
            await trio.sleep_until(wanted)
            late_s = trio.current_time() - wanted
            wait_s = max(late_s, self.turnstile.wait_s())
            self._metrics.loop_lag_seconds.observe(late_s)
            self._loop_ms += WEIGHT * (late_s * 1000 - self._loop_ms)
            self._wait_ms += WEIGHT * (wait_s * 1000 - self._wait_ms)
