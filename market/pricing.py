"""What moves a price, and what a bid counts for: the nouns. Pure: data only.

One meaning of each word, told to operators in docs/network.md: what a buyer bids is what it pays,
and nothing here raises it. A target's modifiers change the price of a static target, and what the
bid of a pinged one counts for. Those of campaigns and publishers change what we bid onward.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.condition import Condition
from market.money import Micros

Action = Literal["add", "multiply", "override", "reject"]
RankBy = Literal["price", "expected"]
ONE = 1_000_000  # Factors and chances are in millionths, like money: no floats where money is.


@dataclass(frozen=True, slots=True)
class Modifier:
    """One step from a price to the next. Without condition and list it is always taken."""

    action: Action
    amount: int | None = None  # Micros to add or to put in place, or the factor in millionths.
    condition: Condition | None = None
    list: str = ""  # Taken for the values of this list, by each value's own amount, if it has one.
    field: str = "zip"  # Whose value is looked up in the list.


@dataclass(frozen=True, slots=True)
class ReserveStep:
    """The reserve of bids that are sold only after so long a talk, or longer."""

    billable_from_s: float
    reserve: Micros


@dataclass(frozen=True, slots=True)
class Odds:
    """How far a target's own history counts, where bids are ranked by what they are expected to
    earn."""

    samples_min: int = 20  # Calls offered to it; with fewer, the campaign's rates stand for it.
    explore_percent: int = 5  # Of auctions, in which targets with fewer are taken at their word.
