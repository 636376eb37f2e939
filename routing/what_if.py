"""An auction of the past on another network: what is known of it decides; the rest is named. Pure.

Answers are taken as they came: nobody knows what a buyer would have bid had it been told
another reserve. Prices that need no answer are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from market.bids import Bid, NoBid, TargetId
from market.call import BidsClosed
from market.inputs import Inputs
from market.network import Target
from routing.decide import Known, choose, close, worth_at
from routing.snapshot import Snapshot, compile_network
from routing.worth import Worth

NOT_ASKED = "not_asked"  # The reason of a target whose answer nobody knows.
UNHEARD = {"closed_early", "shed", "throttled"}  # It was not asked, or its answer not awaited.


@dataclass(frozen=True, slots=True)
class Past:
    """An auction that was held: what it was decided by, and the bids it got afterwards, in time."""

    call_id: UUID
    inputs: Inputs
    came: tuple[Bid, ...] = ()


@dataclass(frozen=True, slots=True)
class Supposed:
    """How an auction would have ended, as far as one can know."""

    closed: BidsClosed
    unknown: tuple[TargetId, ...]  # They could have had the call, and were never asked.


def suppose(past: Past, was: Snapshot, new: Snapshot) -> Supposed:
    """Return how the auction `past`, held on `was`, would have ended on `new`."""
    inputs = past.inputs
    chosen = choose(new, inputs, Known(inputs.used))
    known: dict[TargetId, Bid | NoBid] = {reply.target: reply for reply in inputs.replies}
    known |= {bid.target: bid for bid in past.came}
    unasked = {no_bid.target: no_bid for no_bid in inputs.unasked}
    deadlines = inputs.deadline_ms, _deadline_ms(was, new, inputs)
    worth = worth_at(new, inputs)
    replies = [
        _reply(target, known.get(target.id), was.targets.get(target.id), deadlines, worth)
        for target in chosen.targets
        if target.id not in unasked
    ]
    left = tuple(unasked[target.id] for target in chosen.targets if target.id in unasked)
    supposed = replace(
        inputs, replies=tuple(replies), unasked=left, unfit=(), deadline_ms=deadlines[1]
    )
    unknown = () if inputs.shed else tuple(one.target for one in replies if _is_unknown(one))
    return Supposed(close(new, past.call_id, chosen, supposed), unknown)


def next_tier(inputs: Inputs) -> Inputs:
    """Return what is known of the tier after `inputs`' one, which was not reached."""
    return replace(inputs, tier=inputs.tier + 1, replies=(), unasked=(), shed=False, turn=0)


def paused(snapshot: Snapshot, unfit: Sequence[TargetId]) -> Snapshot:
    """Return `snapshot` as it was when those targets fit their formats no longer."""
    if not unfit:
        return snapshot
    targets = tuple(
        replace(target, paused=True) if target.id in unfit else target
        for target in snapshot.network.targets
    )
    return compile_network(snapshot.version, replace(snapshot.network, targets=targets))


def _deadline_ms(was: Snapshot, new: Snapshot, inputs: Inputs) -> int:
    """Return the deadline on `new`; the one it had, where the two networks do not differ."""
    old, now = (tier_deadline_ms(each, inputs) for each in (was, new))
    return inputs.deadline_ms if old == now else now


def tier_deadline_ms(snapshot: Snapshot, inputs: Inputs) -> int:
    """Return the deadline of the tier; 0 where there is none such."""
    tiers = snapshot.tiers.get(inputs.campaign, ())
    return tiers[inputs.tier].deadline_ms if inputs.tier < len(tiers) else 0


def _reply(
    target: Target,
    known: Bid | NoBid | None,
    was: Target | None,
    deadlines: tuple[int, int],
    worth: Worth,
) -> Bid | NoBid:
    was_ms, new_ms = deadlines
    if target.ping is None:
        return worth.standing_bid(target)
    if was is None or was.ping is None:  # It had a price then, and was never asked.
        return NoBid(target.id, NOT_ASKED)
    match known:
        case Bid() if known.price > target.price_max:
            return NoBid(target.id, "over_ceiling", ms=known.ms)
        case Bid() if (known.ms or 0) > new_ms:
            return NoBid(target.id, "timeout")
        case NoBid() if known.reason == "timeout" and new_ms > was_ms:
            return NoBid(target.id, NOT_ASKED)
        case NoBid() if known.reason == "over_ceiling" and target.price_max > was.price_max:
            return NoBid(target.id, NOT_ASKED)
        case NoBid() if known.reason.partition(":")[0] not in UNHEARD:
            return known
        case Bid():
            return known
    return NoBid(target.id, NOT_ASKED)


def _is_unknown(reply: Bid | NoBid) -> bool:
    return isinstance(reply, NoBid) and reply.reason == NOT_ASKED
