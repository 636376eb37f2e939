"""The order in which a tier's bids are offered the call. Pure: chance comes in as a seed.

Equal bids go by routing order, never by speed, so that an auction can be replayed and
explained. First price: a bid is what its buyer pays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from market.bids import Bid, NoBid, TargetId
from market.network import Strategy, Target
from market.value import dataclass
from routing.worth import Worth


@dataclass(frozen=True, slots=True)
class Ranking:
    ranked: tuple[Bid, ...]  # Best first.
    others: tuple[NoBid, ...]  # Bids that may not have the call.


@dataclass(frozen=True, slots=True)
class _Round:
    """What a strategy goes by besides the bids."""

    place: Mapping[TargetId, int]  # In routing order, from 0.
    weight: Mapping[TargetId, int]
    seed: bytes
    turn: int


def rank(
    bids: Sequence[Bid],
    *,
    strategy: Strategy,
    worth: Worth,
    order: Sequence[Target],
    seed: bytes,
    turn: int,
) -> Ranking:
    """Rank `bids` of the targets in `order`; fallback bids stand behind all others.

    `worth` says what each counts for, and which may not have the call.
    `seed` decides the weighted draw (the call and the tier, so that it can be repeated);
    `turn` counts the calls of the tier, for round_robin.
    """
    place = {target.id: at for at, target in enumerate(order)}
    round_ = _Round(place, {target.id: target.weight for target in order}, seed, turn)
    counted = [worth.counted(bid) for bid in bids]
    able = [bid for bid in counted if isinstance(bid, Bid)]
    arrange = STRATEGIES[strategy]
    first = arrange([bid for bid in able if not bid.fallback], round_)
    then = arrange([bid for bid in able if bid.fallback], round_)
    others = tuple(bid for bid in counted if isinstance(bid, NoBid))
    return Ranking((*first, *then), others)


def _auction(bids: list[Bid], round_: _Round) -> list[Bid]:
    return sorted(bids, key=lambda bid: (-bid.effective, round_.place[bid.target]))


def _waterfall(bids: list[Bid], round_: _Round) -> list[Bid]:
    return sorted(bids, key=lambda bid: round_.place[bid.target])


def _round_robin(bids: list[Bid], round_: _Round) -> list[Bid]:
    size = max(len(round_.place), 1)
    return sorted(bids, key=lambda bid: (round_.place[bid.target] - round_.turn) % size)


def _weighted(bids: list[Bid], round_: _Round) -> list[Bid]:
    """Draw one after the other: each draw's chances are the weights of those still in."""
    left = _waterfall(bids, round_)  # The draw may not depend on who answered first.
    drawn: list[Bid] = []
    while left:
        weights = [round_.weight[bid.target] for bid in left]
        at = pick(weights, _draw(round_.seed, len(drawn), sum(weights)))
        drawn.append(left.pop(at))
    return drawn


def pick(weights: list[int], number: int) -> int:
    """Return whose share of the line 0..sum(weights) `number` falls into."""
    for at, weight in enumerate(weights):
        if number < weight:
            return at
        number -= weight
    raise ValueError("the number is past the end of the line")


def _draw(seed: bytes, count: int, below: int) -> int:
    """Return the draw number `count` of `seed`: 256 bits, so the remainder favours nobody."""
    return int.from_bytes(sha256(seed + count.to_bytes(4, "big")).digest(), "big") % below


STRATEGIES: Mapping[Strategy, Callable[[list[Bid], _Round], list[Bid]]] = {
    "auction": _auction,
    "waterfall": _waterfall,
    "weighted": _weighted,
    "round_robin": _round_robin,
}
