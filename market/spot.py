"""Where a call is in its flow. Pure: data only."""

from __future__ import annotations

from typing import Literal

from market.value import dataclass

Came = Literal["begin", "unsold", "unanswered", "closed", ""]


@dataclass(frozen=True, slots=True)
class Spot:
    """`visit` counts every move, so that news of an earlier node cannot move it again."""

    flow: str
    node: str = ""
    turn: int = 0  # Tries of a question that are used up, or numbers of a group.
    visit: int = 0
    came: Came = "begin"  # What the flow has still to be told; "closed": it ended the call.
    taken: tuple[str, ...] = ()  # Bounded ways, each as often as it was taken.
    auctions: int = 0  # How many were held, each of all tiers.
    unsalable: bool = False  # Nobody may be offered it any more: a lead may have been taken.
    agreed: bool | None = None  # To be recorded; None: nobody has told or asked.
    since_ms: int = 0  # When it came to where it is.
    longest_s: float = 0.0  # How long its node may take.
