"""What a publisher is paid for a sale: the nouns, and the sum. Pure: data and arithmetic.

One way of counting stands behind all kinds of payout: a base, once, and bonuses beside it, within
bounds. What is paid is never above what the buyer paid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from market.money import Micros, share

PayoutKind = Literal["share", "fixed", "tiered", "rules"]
FREE = Micros(0)


@dataclass(frozen=True, slots=True)
class PayoutTier:
    """What is paid for a talk of at least so long; the longest that fits counts."""

    talk_from_s: float
    amount: Micros | None = None
    percent: int | None = None  # Of the price, in place of an amount.


@dataclass(frozen=True, slots=True)
class PayoutRule:
    """A base or a bonus. The first base whose condition holds is paid, and each bonus beside it."""

    type: Literal["base", "bonus"]
    condition: str = ""  # In the words of routing/payout_text.py; "" always holds.
    amount: Micros | None = None
    percent: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Payout:
    """What is paid, of what it is made up, and why it is nothing, or less than that."""

    amount: Micros
    parts: tuple[str, ...] = ()
    why: str = ""  # A code of UNPAID.


# Why a publisher gets nothing for a sale, or less than the rules would have it.
UNPAID: dict[str, str] = {
    "duplicate": "the publisher was paid for this caller lately (pay_again_days)",
    "talk_unknown": "nobody knows how long they talked, and the payout goes by that",
    "no_tier": "the talk was shorter than the first tier of the payout",
    "no_base": "no base rule of the payout holds",
    "at_price": "the payout would be above what the buyer paid: it is that price",
    "at_most": "the payout would be above payout_max: it is that",
}


def value_of(price: Micros, amount: Micros | None, percent: int | None) -> Micros:
    """Return what one part is worth of `price`."""
    return amount if amount is not None else share(price, percent or 0)


def bounded(
    parts: Iterable[tuple[str, Micros]], price: Micros, least: Micros | None, most: Micros | None
) -> Payout:
    """Return the payout of `parts` together: within its bounds, and never above `price`."""
    named = tuple(parts)
    wanted = max(sum(value for _, value in named), least or FREE)
    ceiling = price if most is None else min(price, most)
    why = ""
    if wanted > ceiling:
        why = "at_price" if ceiling == price else "at_most"
    return Payout(Micros(min(wanted, ceiling)), tuple(name for name, _ in named), why)


def unpaid(why: str) -> Payout:
    """Return that nothing is paid, and why."""
    return Payout(FREE, (), why)
