"""How far a winner's price may move when it confirms its bid, and what is set aside. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from market.money import Micros, share


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
