"""How likely an offered call is connected and billable, from what happened before. Pure.

A rate is shrunk: it begins as the campaign's, as if PRIOR_WEIGHT calls had shown just that, and
what the target itself does moves it from there. So a target with two lucky calls is not the best
one, and one with two thousand is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from market.bids import TargetId
from market.pricing import ONE, Odds

OTHERS = TargetId("")  # Stands for a target that is not named.
PRIOR_WEIGHT = 20  # Calls. As the field uses it: a day's work of a small target.
START_RATE = ONE // 2  # Of a campaign without a history: the same for all, so it ranks nobody.
ALL = 100  # Percent.


@dataclass(frozen=True, slots=True)
class Counts:
    """Of a target, or of all targets of a campaign."""

    offers: int = 0  # Legs that rang and are over.
    answered: int = 0  # Of these: the buyer's side was on the line.
    sold: int = 0  # Of these: long enough to be billable.

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.offers + other.offers, self.answered + other.answered, self.sold + other.sold
        )


@dataclass(frozen=True, slots=True)
class LegCounts:
    """Of one target in one campaign."""

    campaign: str
    target: TargetId
    counts: Counts


@dataclass(frozen=True, slots=True)
class History:
    """What became of one campaign's offers."""

    targets: Mapping[TargetId, Counts]
    whole: Counts


def chances(
    history: History, targets: Iterable[TargetId], odds: Odds, seed: bytes
) -> tuple[tuple[TargetId, int], ...]:
    """Return each target's chance, in millionths, that a call offered to it is sold.

    One with less than the fewest samples has the campaign's; but in a share of the auctions,
    drawn from the call's own `seed`, it is taken at its word, so that it can ever get samples.
    """
    answered = _rate(history.whole.answered, history.whole.offers, START_RATE)
    sold = _rate(history.whole.sold, history.whole.answered, START_RATE)
    new = ONE if _explores(seed, odds.explore_percent) else answered * sold // ONE
    found = [(OTHERS, new)]
    for target in targets:
        own = history.targets.get(target, Counts())
        chance = new
        if own.offers >= odds.samples_min:
            of_answered = _rate(own.answered, own.offers, answered)
            chance = of_answered * _rate(own.sold, own.answered, sold) // ONE
        found.append((target, chance))
    return tuple(found)


def _rate(successes: int, trials: int, prior: int) -> int:
    """Return a rate in millionths, between what was seen and `prior`."""
    return (successes * ONE + PRIOR_WEIGHT * prior) // (trials + PRIOR_WEIGHT)


def _explores(seed: bytes, percent: int) -> bool:
    return int.from_bytes(sha256(b"explore" + seed).digest(), "big") % ALL < percent
