"""Where people are: states by population, their zips and area codes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from random import Random

# States with their shares of the people, per thousand; the small ones together.
SHARES = {
    "CA": 117, "TX": 90, "FL": 67, "NY": 58, "PA": 39, "IL": 37, "OH": 35, "GA": 33, "NC": 32,
    "MI": 30, "NJ": 28, "VA": 26, "WA": 23, "AZ": 22, "TN": 21, "MA": 21, "IN": 20, "MO": 18,
    "MD": 18, "WI": 18, "CO": 17, "MN": 17, "SC": 16, "AL": 15, "LA": 14, "KY": 13, "OR": 13,
    "OK": 12, "CT": 11, "UT": 10, "IA": 10, "NV": 9, "AR": 9, "MS": 9, "KS": 9, "NM": 6, "NE": 6,
    "ID": 6, "WV": 5, "HI": 4, "NH": 4, "ME": 4, "MT": 3, "RI": 3, "DE": 3, "SD": 3, "ND": 2,
    "AK": 2, "VT": 2, "WY": 2,
}  # fmt: skip
STATES = list(SHARES)
SUMS = list(accumulate(SHARES.values()))


def some_state(draw: Random) -> str:
    """Return a state, by how many people live there."""
    return draw.choices(STATES, cum_weights=SUMS)[0]


def some_zip(draw: Random, state: str) -> str:
    """Return one of 600 zips of the state; they begin with its number."""
    return f"{10 + STATES.index(state)}{draw.randrange(600):03d}"


def some_area_code(draw: Random, state: str) -> str:
    """Return one of twelve area codes of the state."""
    return str(200 + STATES.index(state) * 12 + draw.randrange(12))


def once(values: Iterable[str]) -> tuple[str, ...]:
    """Return `values`, each once, in an order that is the same in each run."""
    return tuple(sorted(set(values)))
