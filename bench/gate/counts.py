"""What is counted and not timed: alike on every machine, so each has a number that may not grow.

The numbers stand in bench/counts.toml, each with its reason; who needs a larger one says why.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COUNTS = Path(__file__).parents[1] / "counts.toml"
NEAR = 0.8  # Of its bound. What is found below it could have a closer bound.


@dataclass(frozen=True, slots=True)
class Bound:
    """How much there may be of something, and why."""

    most: float
    why: str


@dataclass(frozen=True, slots=True)
class Counted:
    """One count, and what may be said of it."""

    name: str
    found: float
    most: float | None  # None: there is no line for it.

    @property
    def grown(self) -> bool:
        return self.most is None or self.found > self.most

    @property
    def note(self) -> str:
        if self.most is None:
            return f"has no line in {COUNTS.name}"
        if self.grown:
            return f"more than the {self.most:g} of {COUNTS.name}: do less, or say there why"
        return "could have a closer bound" if self.found < NEAR * self.most else ""


class BadCounts(ValueError):
    """The file of bounds is wrong; the text says where."""


def read_bounds(text: str) -> dict[str, Bound]:
    """Return the bounds by name. Raises BadCounts."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadCounts(f"{COUNTS.name}: {error}") from None
    return {name: _bound(name, table) for name, table in tables.items()}


def _bound(name: str, table: object) -> Bound:
    match table:
        case {"most": int() | float() as most, "why": str() as why, **rest} if why and not rest:
            return Bound(float(most), why)
    raise BadCounts(f"{COUNTS.name}: [{name}]: expected `most`, a number, and `why`, a sentence")


def judge(found: Mapping[str, float], bounds: Mapping[str, Bound]) -> list[Counted]:
    """Return each count beside its bound."""
    return [
        Counted(name, value, bounds[name].most if name in bounds else None)
        for name, value in found.items()
    ]
