"""What came of each target's pings, for Prometheus: plain numbers, told when it asks.

An auction counts twenty of them. The library's own counter and histogram, with a lock each and a
walk through the buckets, take four times as long, which was a twentieth of an auction's CPU.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector


@dataclass(slots=True)
class _Pings:
    """Of one target."""

    buckets: list[int]  # How many took no longer than each bound; at the end, those that did.
    seconds: float = 0.0
    results: Counter[str] = field(default_factory=Counter)


class PingMetrics(Collector):
    """Counts pings of one thread. Of targets beyond `targets_max`, as of one that is `other`."""

    def __init__(self, bounds_s: Sequence[float], targets_max: int, other: str) -> None:
        self._bounds_s = bounds_s
        self._names = [*map(str, bounds_s), "+Inf"]
        self._targets: dict[str, _Pings] = {}
        self._max = targets_max
        self._other = other

    def ended(self, target: str, result: str, took_s: float) -> None:
        """Count a ping to `target`; `result` is one of few words."""
        pings = self._targets.get(target) or self._new(target)
        pings.results[result] += 1
        pings.buckets[bisect_left(self._bounds_s, took_s)] += 1
        pings.seconds += took_s

    def collect(self) -> Iterator[Metric]:
        """Yield what was counted."""
        text = "Pings by what came of them"
        counts = CounterMetricFamily("auctiond_pings", text, labels=("target", "result"))
        text = "From sending to whatever ended it"
        times = HistogramMetricFamily("auctiond_ping_seconds", text, labels=("target",))
        for target, pings in self._targets.items():
            for result, count in pings.results.items():
                counts.add_metric((target, result), count)
            sums = map(float, accumulate(pings.buckets))
            times.add_metric((target,), list(zip(self._names, sums, strict=True)), pings.seconds)
        yield counts
        yield times

    def _new(self, target: str) -> _Pings:
        if len(self._targets) >= self._max:
            target = self._other
        return self._targets.setdefault(target, _Pings([0] * len(self._names)))
