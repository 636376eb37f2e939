"""How a winner is dealt with: how far its price may move at the confirm, how a post ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.money import Micros, share

# Of handing over a lead. Unknown: it may have arrived, and nobody said so. Unsent: it never left.
PostOutcome = Literal["accepted", "refused", "unsent", "unknown"]

# Seconds from the n-th try of a post to the next: an agent waits, then a server restarts.
POST_AGAIN_S = (2.0, 10.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """In percent of the bid. As it is: the bid is what the buyer pays, and nothing else."""

    least_percent: int = 100  # A lower price than that at the confirm is no sale.
    most_percent: int = 100  # A higher one is taken up to that, which is set aside at the award.


def set_aside(change: PriceChange, price: Micros, ceiling: Micros) -> Micros:
    """Return the most that a bid of `price` may come to cost: its hold covers all of that."""
    return Micros(max(price, min(share(price, change.most_percent), ceiling)))


def agree(
    change: PriceChange, price: Micros, said: Micros, *, least: Micros, ceiling: Micros
) -> Micros | None:
    """Return what is paid when a bid of `price` is confirmed at `said`, or None: no sale.

    Under `least`, the reserve, nothing is sold; over `ceiling` it is a mistake, and no price.
    """
    if said * 100 < price * change.least_percent or said > ceiling:
        return None
    paid = min(said, set_aside(change, price, ceiling))
    return paid if paid >= least else None


def post_again_after_s(outcome: PostOutcome, tries: int, *, idempotent: bool) -> float | None:
    """Return when a post is tried again that ended so at its `tries`-th try, or None: never.

    What may have arrived is sent again only where the buyer knows a repeated post by its key.
    """
    may_again = outcome == "unsent" or (outcome == "unknown" and idempotent)
    return POST_AGAIN_S[tries - 1] if may_again and tries <= len(POST_AGAIN_S) else None
