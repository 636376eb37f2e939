"""How a call went, and how it would have gone on another network, as far as one can know. Pure.

What a leg did then, it does again. Of who gets the call instead it is assumed that he answers
and that the caller talks as long as he did; where nobody talked, nothing is assumed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import product

from auctiond.calls.call_view import Life, talk_ms
from auctiond.calls.replay import History
from market.bids import Bid, BuyerId, TargetId
from market.call import Outcome
from market.money import Micros
from routing.snapshot import Snapshot
from routing.what_if import Past, next_tier, suppose

OVER = {"caller_gone", "under_duration", "released"}  # The caller left.


@dataclass(frozen=True, slots=True)
class Sale:
    target: TargetId
    buyer: BuyerId
    price: Micros
    assumed: bool = False  # It was not this buyer who talked with the caller then.


@dataclass(frozen=True, slots=True)
class Course:
    """How a call goes. `is_open`: it is offered to somebody, and nobody knows what came of it."""

    sale: Sale | None = None
    is_open: bool = False
    unknown: tuple[TargetId, ...] = ()  # They could have bid, and were never asked.


class Leg(Enum):
    SOLD = auto()
    NEXT = auto()  # The next bid is tried.
    OVER = auto()  # The caller left.
    OPEN = auto()  # Nobody knows.


def course_of(life: Life) -> Course:
    """Return how a call went."""
    for leg, bid in life.offers.items():
        settled = life.settlement(leg)
        if settled is not None and settled.outcome is Outcome.CAPTURE:
            return Course(Sale(bid.target, bid.buyer, bid.pays))
    reviewed = any(reason == "review" for reason in life.leg_reasons.values())
    return Course(is_open=reviewed)


def supposed_course(past: History, was: Snapshot, new: Snapshot) -> Course | None:
    """Return how the call would have gone on `new`; None where it has no place in it."""
    if not past.held or past.held[0].past.inputs.campaign not in new.campaigns:
        return None
    campaign = new.campaign(past.held[0].past.inputs.campaign)
    unknown: list[TargetId] = []
    rounds = _rounds(past)
    legs, last = 0, past.held[0].past
    for round_, tier in product(rounds, range(len(campaign.tiers))):
        last = round_.held.get(tier) or Past(past.call_id, next_tier(last.inputs))
        found = suppose(last, was, new)
        unknown += found.unknown
        for bid in found.closed.ranked[: campaign.legs_max - legs]:
            legs += 1
            reason = _end_of(past.life, bid.target, tier, round_ if len(rounds) > 1 else None)
            leg = _leg(past.life, bid, reason)
            if leg is not Leg.NEXT:
                sale = Sale(bid.target, bid.buyer, _pays(past.life, bid), not reason)
                sold = sale if leg is Leg.SOLD else None
                return Course(sold, leg is Leg.OPEN, tuple(unknown))
    return Course(unknown=tuple(unknown))


@dataclass(slots=True)
class _Round:
    """The auctions of all tiers once; a flow may have a call auctioned again."""

    held: dict[int, Past] = field(default_factory=dict)  # By tier.
    numbers: set[int] = field(default_factory=set)  # Of its auctions, in the call's.


def _rounds(past: History) -> list[_Round]:
    rounds = [_Round()]
    for number, one in enumerate(past.held):
        tier = one.past.inputs.tier
        if tier in rounds[-1].held:
            rounds.append(_Round())
        rounds[-1].held[tier] = one.past
        rounds[-1].numbers.add(number)
    return rounds


def _pays(life: Life, bid: Bid) -> Micros:
    """Return what `bid` comes to: it may have been confirmed at another price then."""
    same = (one for one in life.offers.values() if replace(one, agreed=None) == bid)
    return next((one.pays for one in same), bid.price)


def _leg(life: Life, bid: Bid, reason: str) -> Leg:
    """Return what comes of offering the call to `bid`; `reason`: how its leg ended then."""
    if reason == "won":
        return Leg.SOLD
    if reason == "review":
        return Leg.OPEN
    if reason in OVER:
        went_on = life.offers and life.offers[max(life.offers)].target != bid.target
        return Leg.NEXT if went_on else Leg.OVER
    if reason:
        return Leg.NEXT
    talked_ms = max((talk_ms(call) for call in life.decided.values()), default=0)
    if not talked_ms:
        return Leg.OPEN
    return Leg.SOLD if talked_ms >= bid.billable_after_s * 1000 else Leg.OVER


def _end_of(life: Life, target: TargetId, tier: int, round_: _Round | None) -> str:
    """Return how the leg of `target` ended, in that tier or else in any; "": it had none.

    Of a call that was auctioned several times, in that round alone.
    """
    legs = [leg for leg, bid in life.offers.items() if bid.target == target]
    if round_ is not None:
        legs = [leg for leg in legs if life.won_in.get(leg) in round_.numbers]
    legs.sort(key=lambda leg: life.tiers[leg] != tier)
    return life.leg_reasons.get(legs[0], "") if legs else ""
