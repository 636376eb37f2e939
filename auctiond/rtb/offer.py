"""From what our buyers bid to what a publisher is promised, or why nothing is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from market.bids import Bid, NoBid
from market.call import BidsClosed
from market.money import Micros
from market.reasons import reason_of
from market.rtb import RtbDoor, promise_of

CALL_MS = 3000  # From a call's arrival to its buyer's ring: award, confirm, a command.
FULL = frozenset(("cap", "concurrency", "balance", "throttled"))


@dataclass(frozen=True, slots=True)
class Offer:
    promised: Micros
    expires_ms: int
    min_duration_s: float


def offer_of(
    door: RtbDoor,
    auctions: Sequence[BidsClosed],
    now_ms: int,
    can_pay: Callable[[Bid], bool],
    legs_max: int,
) -> Offer | str:
    """Return the promise for the best bid that lives long enough and can be paid, or why none.

    The duration is the longest of the buyers whom the call may be offered to: whoever buys it,
    the publisher was told no less.
    """
    ranked = auctions[-1].ranked if auctions else ()
    least_ms = now_ms + round(door.dial_s * 1000) + CALL_MS
    able = [bid for bid in ranked if lives_until(bid, least_ms) and can_pay(bid)]
    if not able:
        return "no_capacity" if ranked else why_none(auctions)
    promised = promise_of(door, able[0].price)
    if promised <= 0:
        return "below_margin"
    expires_ms = now_ms + round(door.expiry_s * 1000)
    if able[0].expires_ms is not None:
        expires_ms = min(expires_ms, able[0].expires_ms - CALL_MS)
    duration_s = max(bid.billable_after_s for bid in able[:legs_max])
    return Offer(promised, expires_ms, duration_s)


def lives_until(bid: Bid, at_ms: int) -> bool:
    """Tell whether `bid` still lives at `at_ms`."""
    return bid.expires_ms is None or bid.expires_ms >= at_ms


def why_none(auctions: Sequence[BidsClosed]) -> str:
    """Return the one reason that says most, of all candidates of all tiers."""
    codes = {no_bid.reason.partition(":")[0] for closed in auctions for no_bid in closed.others}
    if "shed" in codes:
        return "busy"
    if "below_reserve" in codes:
        return "below_reserve"
    if any(reason_of(code).stage != "not_pinged" for code in codes):
        return "no_bids"
    if codes & FULL:
        return "no_capacity"
    return "closed" if codes & {"schedule", "paused"} else "tag_filter"


def still_good(closed: BidsClosed, now_ms: int) -> BidsClosed | None:
    """Return a recorded auction for a call that is here now; None: it must be held again.

    A bid that ends before its buyer could be rung is none any more.
    """
    least_ms = now_ms + CALL_MS
    good = tuple(bid for bid in closed.ranked if lives_until(bid, least_ms))
    if closed.ranked and not good:
        return None
    gone = tuple(NoBid(bid.target, "expired") for bid in closed.ranked if bid not in good)
    return replace(closed, at_ms=now_ms, ranked=good, others=closed.others + gone)
