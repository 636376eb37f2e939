"""What a bid counts for, and what it must reach: the terms of one auction. Pure.

A bid counts for its price, never for more: less what its target's modifiers take away, less the
margin, less the penalty; and where the campaign ranks by what is expected, times the chance that
the call is connected and billable. So a higher price of one target never counts for less, and what
the highest price would count for is a ceiling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from market.bids import Bid, NoBid, TargetId
from market.money import Micros, share
from market.network import Buyer, Target
from market.pricing import ONE, ReserveStep
from market.value import dataclass, replace
from routing.modifiers import Step, adjust
from routing.odds import OTHERS
from routing.rule_tree import Facts

ALL = 100  # Percent.
NOTHING = Micros(0)


@dataclass(frozen=True, slots=True)
class Terms:
    """Of one target, compiled."""

    steps: tuple[Step, ...] = ()
    margin_percent: int | None = None  # None: the publisher's.
    penalty: Micros | None = None
    standing: bool = False  # Its price is static: the steps change that, and not once more here.


@dataclass(frozen=True, slots=True)
class Reserve:
    """The lowest price that a bid is taken at: the highest of all that go for it."""

    least: Micros = Micros(0)
    steps: tuple[ReserveStep, ...] = ()

    def of(self, billable_after_s: float) -> Micros:
        """Return the reserve of a bid that is sold from so long a talk on."""
        if not self.steps:
            return self.least
        due = [step.reserve for step in self.steps if step.billable_from_s <= billable_after_s]
        return max((self.least, *due))

    def joined(self, other: Reserve) -> Reserve:
        """Return the reserve that holds where both do."""
        return Reserve(max(self.least, other.least), self.steps + other.steps)


@dataclass(frozen=True, slots=True)
class Worth:
    """Of one auction. `chances` are in millionths; none: a bid counts whole."""

    reserve: Reserve
    facts: Facts = field(default_factory=dict)
    terms: Mapping[TargetId, Terms] = field(default_factory=dict)
    margin_percent: int = 0  # For targets that have none of their own, nor a buyer with one.
    penalty: Micros = Micros(0)
    chances: Mapping[TargetId, int] = field(default_factory=dict)

    def value(self, bid: Bid) -> Micros:
        """Return what `bid` counts for; 0: it may not have the call."""
        if bid.price < self.reserve.of(bid.billable_after_s):
            return NOTHING
        effective = self.effective(bid.target, bid.price)
        return effective if effective > 0 else NOTHING

    def counted(self, bid: Bid) -> Bid | NoBid:
        """Return `bid` with what it counts for, or why it may not have the call."""
        effective = self.value(bid)
        if effective:
            return bid if bid.effective == effective else replace(bid, effective=effective)
        under = bid.price < self.reserve.of(bid.billable_after_s)
        return NoBid(bid.target, "below_reserve" if under else "margin", ms=bid.ms)

    def effective(self, target: TargetId, price: Micros) -> Micros:
        """Return what a bid of `price` counts for."""
        terms, value = self.terms.get(target), price
        margin, penalty = self.margin_percent, self.penalty
        if terms is not None:
            if terms.steps and not terms.standing:
                value = adjust(price, terms.steps, self.facts, most=price) or Micros(0)
            margin = margin if terms.margin_percent is None else terms.margin_percent
            penalty = penalty if terms.penalty is None else terms.penalty
        if margin:
            value = share(value, ALL - margin)
        if penalty:
            value = Micros(value - penalty)
        if not self.chances:
            return value
        chance = self.chances.get(target, self.chances.get(OTHERS, ONE))
        return Micros(value * chance // ONE)

    def standing_price(self, target: Target) -> Micros:
        """Return what a static target pays for this call; 0: nothing, so it does not get it."""
        assert target.price is not None
        terms = self.terms.get(target.id)
        if terms is None or not terms.steps:
            return target.price
        return adjust(target.price, terms.steps, self.facts, target.price_max) or Micros(0)

    def standing_bid(self, target: Target) -> Bid:
        """Return the bid of a target with a static price."""
        if target.ping is not None or target.price is None:
            raise ValueError(f"target {target.id} bids for itself: it has no standing bid")
        price = self.standing_price(target)
        return Bid(
            target=target.id,
            buyer=target.buyer,
            price=price,
            effective=self.effective(target.id, price),
            destination=target.destination,
            billable_after_s=target.billable_after_s,
            ring_s=target.ring_s,
            whisper_s=target.whisper_s,
            accept_key=target.accept_key,
            fallback=target.fallback,
        )

    def ceiling(self, target: Target) -> Micros:
        """Return the most that `target` can count for while its answer is out; 0: cannot win."""
        if target.ping is None:
            price = self.standing_price(target)
        else:  # A price beside a ping is agreed, for answers without one.
            price = max(target.price, target.price_max) if target.price else target.price_max
        if price < self.reserve.least:
            return NOTHING
        effective = self.effective(target.id, price)
        return effective if effective > 0 else NOTHING


def terms_of(target: Target, buyer: Buyer, steps: tuple[Step, ...]) -> Terms | None:
    """Return the terms of `target`, or None if it has none of its own."""
    margin = target.margin_percent if target.margin_percent is not None else buyer.margin_percent
    penalty = target.penalty if target.penalty is not None else buyer.penalty
    if not steps and margin is None and penalty is None:
        return None
    return Terms(steps, margin, penalty, standing=target.ping is None)


def plain(reserve: Micros = Micros(0)) -> Worth:
    """Return the terms of an auction where a bid counts for its price."""
    return Worth(Reserve(reserve))
