"""What priority, weight and "no limit" mean elsewhere, as a table. Pure.

Ours: the first tier is first, and a weight is a share of the calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Literal

WEIGHT_MOST = 1000  # As in a network file.

Weights = Literal["straight", "inverse"]


@dataclass(frozen=True, slots=True)
class Vendor:
    name: str
    higher_first: bool  # Of priorities.
    least: int  # The lowest priority there is,
    most: int  # and the highest,
    besides: int | None  # but for this one, which comes before all.
    default: int
    weights: Weights | None  # None: its own documents contradict each other, so it must be said.
    unlimited: str  # What stands where there is no cap.

    def priority(self, text: str) -> int | None:
        """Return a priority, or None if it is none of this system."""
        if not text:
            return self.default
        if not text.removeprefix("-").isdecimal():
            return None
        value = int(text)
        return value if self.least <= value <= self.most or value == self.besides else None

    def place(self, priority: int) -> int:
        """Return what priorities are sorted by: the first comes first."""
        return -priority if self.higher_first else priority

    @property
    def priorities(self) -> str:
        """What would be right, for people."""
        first = self.most if self.higher_first else self.least
        always = f", or {self.besides}" if self.besides is not None else ""
        return f"a whole number {self.least}..{self.most}{always}, where {first} is first"


MANY = 1_000_000
VENDORS: Mapping[str, Vendor] = {
    one.name: one
    for one in (
        Vendor("ringba", False, 1, MANY, None, 1, None, "-1"),
        Vendor("trackdrive", False, 0, MANY, None, 1, "straight", ""),
        Vendor("leadexec", False, 0, MANY, None, 0, "straight", ""),
        # "Always match" is the priority 1000.
        Vendor("boberdoo", True, 0, 10, 1000, 5, "straight", ""),
    )
}


def shares(weights: Sequence[Fraction], kind: Weights) -> list[int]:
    """Return whole weights 1..WEIGHT_MOST in the proportion that `weights` (over 0) mean."""
    meant = [one if kind == "straight" else 1 / one for one in weights]
    scale = lcm(*(one.denominator for one in meant))
    whole = [int(one * scale) for one in meant]
    common = gcd(*whole)
    found = [one // common for one in whole]
    if max(found) > WEIGHT_MOST:  # Not exact any more, but nearer than anybody counts.
        most = max(found)
        return [max(1, round(one * WEIGHT_MOST / most)) for one in found]
    return found
