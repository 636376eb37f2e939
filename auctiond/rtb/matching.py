"""Which bid a call came for, and what it gets: by the door's policies, each with a reason. Pure.

By SIP the call names its bid. A number of a pool is leased to one bid. A shared number tells
bids apart by the caller alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from auctiond.rtb.live import LiveBid, LiveBids
from market.rtb import ID_PREFIX, Deal, RtbDoor

BID_ID = re.compile(rf"{ID_PREFIX}([0-9a-f]{{32}})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Knock:
    """A call as it comes to a door."""

    call_id: UUID
    dialled: str  # A number in E.164, or a SIP address.
    at_ms: int
    caller: bytes = b""  # A keyed index; b"": withheld.
    bid: str = ""  # What a header said.


@dataclass(frozen=True, slots=True)
class Match:
    how: str  # A code of CALL_REASONS.
    deal: Deal
    door: RtbDoor | None = None  # None: nobody's.
    bid: LiveBid | None = None


def match(knock: Knock, live: LiveBids, doors: Mapping[str, RtbDoor]) -> Match | None:
    """Return what the call came for; None: nothing of ours. `doors` are by their numbers."""
    named = _named(knock)
    door = doors.get(knock.dialled)
    if named is not None:
        bid = live.get(named)
        if bid is not None:
            return _judge(knock, bid)
        if door is None:
            return Match("rtb_unknown_bid", "refuse")
    if door is None:
        return None
    bid = live.of_number(knock.dialled) or _of_caller(knock, live, door)
    return _judge(knock, bid) if bid is not None else Match("rtb_unmatched", door.unmatched, door)


def bid_id(written: str) -> UUID | None:
    """Return the bid in a bid id, or in the user of a SIP address."""
    text = written.removeprefix("sips:").removeprefix("sip:")
    found = BID_ID.fullmatch(text.partition("@")[0].partition(";")[0].strip())
    return UUID(found[1]) if found else None


def _named(knock: Knock) -> UUID | None:
    return bid_id(knock.bid) or bid_id(knock.dialled)


def _of_caller(knock: Knock, live: LiveBids, door: RtbDoor) -> LiveBid | None:
    """Return the caller's bid at a shared number: one that can still be called, if there is."""
    if knock.dialled != door.shared_number:
        return None
    bids = live.of_caller(knock.caller)
    own = [bid for bid in bids if bid.number == knock.dialled and not bid.test]
    free = [bid for bid in own if bid.used_by in (None, knock.call_id)]
    in_time = [bid for bid in free if bid.expires_ms >= knock.at_ms]
    return next((bids[-1] for bids in (in_time, free, own) if bids), None)


def _judge(knock: Knock, bid: LiveBid) -> Match:
    door = bid.door
    if bid.test:
        return Match("rtb_test_bid", "refuse", door, bid)
    if bid.used_by not in (None, knock.call_id):
        return Match("rtb_second_call", door.second_call, door, bid)
    is_late = knock.at_ms > bid.expires_ms
    if is_late and not door.honor_expired:
        return Match("rtb_expired", "ordinary" if door.route_stale else "refuse", door, bid)
    if bid.caller and bid.caller != knock.caller:  # Withheld is another: it cannot be checked.
        return Match("rtb_other_caller", door.other_caller, door, bid)
    return Match("late_honored" if is_late else "promised", "promise", door, bid)
