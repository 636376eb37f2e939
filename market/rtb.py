"""Doors for publishers who ping us: what is promised for a call, and why one gets no bid. Pure.

The words of the answer are Ringba's where it has some: publishers' systems know them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from market.money import UNIT, Micros, share

CENT = UNIT // 100
STORE_MS = 50  # Of a door's deadline: kept back to write the promise down, and to answer.
ID_PREFIX = "RTB"  # As publishers' systems expect a bid id to begin.

Deal = Literal["promise", "ordinary", "refuse"]  # What a call gets that came for a bid.


@dataclass(frozen=True, slots=True)
class RtbDoor:
    """Where one publisher asks for a price of one campaign's calls."""

    id: str
    campaign: str
    publisher: str
    pass_through: bool = True  # Our buyers are asked each time; else `bid` is promised.
    bid: Micros = Micros(0)  # What is promised without pass-through.
    bid_max: Micros = Micros(500_000_000)  # Never more is promised.
    margin_percent: int = 30  # Of the buyer's price, ours.
    margin_amount: Micros = Micros(0)  # On top of the percentage.
    margin_min: Micros = Micros(0)  # The least that we keep of a call.
    told_ms: int = 700  # What our buyers are told they have, from the publisher's request on.
    deadline_ms: int = 900  # Our answer is out by then.
    timeout_ms: int = 1000  # The publisher waits so long.
    expiry_s: float = 20.0  # A bid lives so long.
    dial_s: float = 5.0  # A bid with less left is not given (again): nobody could call in time.
    grace_s: float = 60.0  # How long after its end a bid is still known, and its number leased.
    caller_id_required: bool = False
    required: tuple[str, ...] = ()  # Fields that a ping must bring: "zip", "state", "ivr.NAME".
    sip_host: str = ""  # Bids have the address BIDID@sip_host; "" is none.
    numbers: tuple[str, ...] = ()  # A pool: each live bid has one of them to itself.
    shared_number: str = ""  # One for all: calls are told apart by their callers.
    honor_expired: bool = False  # A call in the grace time gets the promise all the same.
    route_stale: bool = False  # Else it is sold as an ordinary call; or refused.
    other_caller: Deal = "refuse"  # The call's number is not the one that was pinged.
    second_call: Literal["ordinary", "refuse"] = "refuse"  # A bid that had its call.
    unmatched: Literal["ordinary", "refuse"] = "ordinary"  # A call for which there is no bid.
    rate_max: int = 600  # Pings in `rate_s`.
    rate_s: float = 60.0
    caller_rate_max: int = 20  # Pings of one caller in `rate_s`, at all doors together.
    priority: int = 1  # Of several doors that offer one caller, the lowest number has him.
    paused: bool = False


def promise_of(door: RtbDoor, price: Micros) -> Micros:
    """Return what the publisher is promised of `price`: whole cents, rounded down; 0 is no bid."""
    if not door.pass_through:
        return door.bid
    ours = max(share(price, door.margin_percent) + door.margin_amount, door.margin_min)
    promised = min(price - ours, door.bid_max)
    return Micros(max(0, promised // CENT * CENT))


@dataclass(frozen=True, slots=True)
class RtbReason:
    code: int  # Ringba's, as publishers' systems read it.
    who: str  # Who can mend it: publisher, operator, nobody.
    words: str  # Ringba's, before the code.
    text: str


# fmt: off
NO_BID: dict[str, RtbReason] = {
    "not_ready": RtbReason(1001, "operator", "Disabled", "the server is starting"),
    "disabled": RtbReason(1001, "operator", "Disabled", "the door is paused"),
    "malformed": RtbReason(1000, "publisher", "Malformed request", "the request cannot be read"),
    "required_field_missing": RtbReason(
        1000, "publisher", "Missing required fields", "a field is missing, or not in shape"),
    "caller_id_required": RtbReason(
        1004, "publisher", "Caller ID", "the door wants the caller's number (CID)"),
    "invalid_caller_id": RtbReason(1004, "publisher", "Caller ID", "the CID is no phone number"),
    "caller_blocked": RtbReason(1004, "operator", "Caller ID", "the caller is on the block list"),
    "rate_limited": RtbReason(1024, "publisher", "Rate limit", "more pings than the door takes"),
    "source_priority": RtbReason(
        1025, "publisher", "Caller with another source", "a better source has a bid for him"),
    "caller_rate_limited": RtbReason(
        1026, "publisher", "Pinging too fast", "too many pings of this caller, from all sources"),
    "loop": RtbReason(1025, "publisher", "Loop", "the ping is one of our own, come back"),
    "tag_filter": RtbReason(1002, "publisher", "No match", "no buyer wants such a call"),
    "closed": RtbReason(1003, "operator", "Closed", "all buyers of such a call are closed"),
    "no_capacity": RtbReason(
        1003, "operator", "Capacity", "caps or wallets of those who would buy are used up"),
    "below_reserve": RtbReason(1006, "operator", "Final capacity check", "bids under the reserve"),
    "below_margin": RtbReason(
        1006, "operator", "Final capacity check", "after our margin nothing is left"),
    "no_bids": RtbReason(1006, "nobody", "Final capacity check", "no buyer bid"),
    "no_numbers": RtbReason(
        1006, "operator", "Final capacity check", "all numbers of the door are on other bids"),
    "no_way_to_call": RtbReason(
        1000, "publisher", "Missing required fields",
        "the door has only SIP and the ping says no to it, or a shared number and no caller"),
    "too_many_bids": RtbReason(
        1006, "operator", "Final capacity check", "as many bids live as the server keeps"),
    "busy": RtbReason(1006, "operator", "Final capacity check", "the server is too busy"),
    "too_late": RtbReason(1006, "operator", "Final capacity check", "no answer within our time"),
    "internal": RtbReason(1006, "operator", "Final capacity check", "a fault of the server"),
}
WARNINGS: dict[int, str] = {
    200: "no caller ID was sent: the bid is not bound to a caller",
    205: "calls by SIP are preferred: they name their bid",
    220: "test mode: calls for this bid are refused",
    230: "the bid of an earlier ping of this caller, which still lives",
}
# What became of a call that came for a bid. The second is why it was refused, if it was.
CALL_REASONS: dict[str, str] = {
    "promised": "in time, from the caller that was pinged: the promise holds",
    "late_honored": "after its bid had run out; the door honours such bids",
    "rtb_expired": "after its bid had run out",
    "rtb_other_caller": "from another caller than was pinged",
    "rtb_second_call": "its bid had a call before",
    "rtb_unmatched": "there is no bid for it",
    "rtb_unknown_bid": "it names a bid that there is not, or no more",
    "rtb_test_bid": "its bid is a test, for which nobody is dialled",
}
# fmt: on


def bid_name(id_hex: str) -> str:
    """Return a bid's id as publishers see it, and as the user of its SIP address."""
    return ID_PREFIX + id_hex
