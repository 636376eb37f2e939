"""Whether head is slower than base, from paired rounds: a median ratio and how sure it is. Pure.

The two take turns, so what slows a round slows its pair. Every generation is a fresh pair of
processes, since one and the same program runs some percent faster or slower each time it is
started (where its memory lies). So generations are resampled first, and pairs within them:
a percentile bootstrap in two stages (Davison and Hinkley, Bootstrap Methods, 3.8).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from bench.harness import median, percentile

RESAMPLES = 2000
SHARE = 0.95  # Of the resamples, that the interval holds.
SLOWER_MOST = 1.10  # Below it a difference may be the weather; it is shown all the same.


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU microseconds of one unit, in two rounds that followed each other."""

    base_us: float
    head_us: float

    @property
    def ratio(self) -> float:
        return self.head_us / self.base_us


@dataclass(frozen=True, slots=True)
class Verdict:
    base_us: float
    head_us: float
    ratio: float
    low: float  # The interval of the ratio.
    high: float
    bound: float

    @property
    def slower(self) -> bool:
        """Whether head is slower than is allowed, and no luck of the draw."""
        return self.low > self.bound


def compare(generations: Sequence[Sequence[Pair]], bound: float = SLOWER_MOST) -> Verdict:
    """Return what the pairs say."""
    pairs = [pair for generation in generations for pair in generation]
    ratios = [[pair.ratio for pair in generation] for generation in generations]
    drawn = _resampled(ratios)
    return Verdict(
        base_us=median([pair.base_us for pair in pairs]),
        head_us=median([pair.head_us for pair in pairs]),
        ratio=median([pair.ratio for pair in pairs]),
        low=percentile(drawn, (1 - SHARE) / 2),
        high=percentile(drawn, (1 + SHARE) / 2),
        bound=bound,
    )


def _resampled(generations: Sequence[Sequence[float]]) -> list[float]:
    """Return the medians of resamples. The seed is fixed: the same pairs, the same verdict."""
    chance = random.Random(1)
    medians = []
    for _ in range(RESAMPLES):
        drawn: list[float] = []
        for generation in chance.choices(generations, k=len(generations)):
            drawn += chance.choices(generation, k=len(generation))
        medians.append(median(drawn))
    return medians
