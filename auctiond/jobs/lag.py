"""How late tasks start: the one sign of overload that comes before the damage."""

from __future__ import annotations

import trio

from auctiond.metrics import Metrics

TICK_S = 0.01  # Often enough to see a wave of webhooks, rarely enough to cost nothing.
WEIGHT = 0.3  # Of the newest tick: three late ones in a row are overload, one is chance.


# Of the lag at which auctions are left out: from here on new calls are refused, more and more of
# them, so that those that are taken still have their auction. Some are always taken: where it is
# not us who make all late, refusing mends nothing. Full at two thirds, it cost a quarter of the
# goodput at 120 % load on a machine that others used; full at the whole, nothing.
REFUSE_FROM, REFUSED_MOST = 1 / 3, 0.97


def refused_share(lag_ms: float, shed_after_ms: float) -> float:
    """Return which share of new calls is refused at such a lag. Pure."""
    start_ms = shed_after_ms * REFUSE_FROM
    share = (lag_ms - start_ms) / (shed_after_ms - start_ms)
    return min(max(share, 0.0), 1.0) * REFUSED_MOST


class Lag:
    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._ms = 0.0

    def ms(self) -> float:
        """Return how late tasks start at present, in milliseconds, smoothed."""
        return self._ms

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            wanted = trio.current_time() + TICK_S
            await trio.sleep_until(wanted)
            late_s = trio.current_time() - wanted
            self._metrics.loop_lag_seconds.observe(late_s)
            self._ms += WEIGHT * (late_s * 1000 - self._ms)
