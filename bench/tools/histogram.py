"""How long things took, counted in narrow buckets, in the manner of HdrHistogram. Pure.

A bucket is 1 % wide, whatever it holds: microseconds and minutes are kept alike, in a few hundred
numbers, and two histograms add up to one. A percentile is told as the upper edge of its bucket: it
is at most 1 % too long and never too short, so nothing is flattered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

WIDTH = 1.01
LEAST_MS = 0.001  # What is less is no time: a clock's own cost. It is told as 0.
NINES = (0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999)  # Where a spectrum is drawn.
_LOG = math.log(WIDTH)


@dataclass(slots=True)
class Histogram:
    """Counts by bucket; bucket 0 is "no time", bucket n ends at LEAST_MS * WIDTH**n."""

    counts: dict[int, int] = field(default_factory=dict)
    most_ms: float = 0.0  # Exactly.

    def record(self, took_ms: float) -> None:
        """Count one."""
        bucket = 0
        if took_ms > LEAST_MS:
            bucket = math.ceil(math.log(took_ms / LEAST_MS) / _LOG - 1e-9)
        self.counts[bucket] = self.counts.get(bucket, 0) + 1
        self.most_ms = max(self.most_ms, took_ms)

    @property
    def count(self) -> int:
        """How many were counted."""
        return sum(self.counts.values())

    def percentile(self, share: float) -> float:
        """Return the ms that `share` (0 to 1) of all did not exceed; 0 when nothing was counted."""
        rank, seen = max(1, math.ceil(share * self.count)), 0
        for bucket in sorted(self.counts):
            seen += self.counts[bucket]
            if seen >= rank:
                return min(_edge_ms(bucket), self.most_ms)
        return 0.0

    def spectrum(self) -> list[tuple[float, float]]:
        """Return (share, ms) up to the last percentile that some ten values lie beyond."""
        count = self.count
        return [(nine, self.percentile(nine)) for nine in NINES if count * (1 - nine) >= 9.99]

    def __add__(self, other: Histogram) -> Histogram:
        counts = dict(self.counts)
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
        return Histogram(counts, max(self.most_ms, other.most_ms))

    def told(self) -> dict[str, object]:
        """Return it as JSON has it, for another process."""
        return {"counts": sorted(self.counts.items()), "most_ms": self.most_ms}


def _edge_ms(bucket: int) -> float:
    return LEAST_MS * WIDTH**bucket if bucket else 0.0


def heard(told: Mapping[str, object]) -> Histogram:
    """Return the histogram that another process told."""
    counts, most_ms = told["counts"], told["most_ms"]
    assert isinstance(counts, Sequence)
    assert isinstance(most_ms, float | int)
    return Histogram(dict(counts), float(most_ms))


def histogram_of(values_ms: Iterable[float]) -> Histogram:
    """Return a histogram of values that are there already."""
    found = Histogram()
    for value_ms in values_ms:
        found.record(value_ms)
    return found
