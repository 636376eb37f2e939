"""Which bid a call came for, and what it gets: a table of the door's policies."""

from __future__ import annotations

import pytest

from auctiond.rtb.live import LiveBids
from auctiond.rtb.matching import Knock, bid_id, match
from market.rtb import CALL_REASONS
from tests.rtb.kit import ANN, BOB, POOL, SHARED, START_MS, door, id_of, live_bid

IN_TIME, LATE = START_MS + 20_000, START_MS + 20_001
CALL, OTHER_CALL = id_of(100), id_of(101)
SIP = f"sip:RTB{id_of(0).hex}@rtb.example.com"


def met(at=None, *bids, **knock):
    """Return how a call fares at the door `at` that gave `bids` (one of Ann, if none)."""
    at = at or door()
    live = LiveBids()
    for bid in bids or [live_bid(0, at)]:
        live.put(bid)
    numbers = {number: at for number in (*at.numbers, at.shared_number) if number}
    told = {"call_id": CALL, "dialled": POOL[0], "at_ms": IN_TIME, "caller": ANN} | knock
    found = match(Knock(**told), live, numbers)
    if found is None:
        return None
    assert found.how in CALL_REASONS
    return found.how, found.deal


@pytest.mark.parametrize(
    ("terms", "knock", "how"),
    [
        ({}, {}, ("promised", "promise")),
        ({}, {"at_ms": LATE}, ("rtb_expired", "refuse")),
        ({"route_stale": True}, {"at_ms": LATE}, ("rtb_expired", "ordinary")),
        ({"honor_expired": True}, {"at_ms": LATE}, ("late_honored", "promise")),
        ({}, {"caller": BOB}, ("rtb_other_caller", "refuse")),
        ({}, {"caller": b""}, ("rtb_other_caller", "refuse")),
        ({"other_caller": "ordinary"}, {"caller": BOB}, ("rtb_other_caller", "ordinary")),
        ({"other_caller": "promise"}, {"caller": BOB}, ("rtb_other_caller", "promise")),
        ({}, {"dialled": POOL[1]}, ("rtb_unmatched", "ordinary")),
        ({"unmatched": "refuse"}, {"dialled": POOL[1]}, ("rtb_unmatched", "refuse")),
        ({}, {"dialled": SIP}, ("promised", "promise")),
        ({}, {"dialled": SIP.upper().replace("SIP:", "sip:")}, ("promised", "promise")),
        ({}, {"dialled": SIP.removeprefix("sip:")}, ("promised", "promise")),
        ({}, {"dialled": SIP, "caller": BOB}, ("rtb_other_caller", "refuse")),
        ({}, {"dialled": SIP.replace("0", "1")}, ("rtb_unknown_bid", "refuse")),
        ({}, {"dialled": POOL[1], "bid": f"RTB{id_of(0).hex}"}, ("promised", "promise")),
        ({}, {"dialled": POOL[1], "bid": f"RTB{id_of(9).hex}"}, ("rtb_unmatched", "ordinary")),
    ],
)
def test_what_a_call_gets(terms, knock, how):
    assert met(door(**terms), **knock) == how


def test_a_call_to_a_number_of_no_door_is_none_of_ours():
    assert met(dialled="+15558000000") is None
    assert met(dialled="sip:sales@rtb.example.com") is None


@pytest.mark.parametrize("policy", ["refuse", "ordinary"])
def test_a_bid_has_one_call_but_the_same_call_again_is_no_second(policy):
    used = live_bid(0, door(second_call=policy), used_by=OTHER_CALL)
    assert met(used.door, used) == ("rtb_second_call", policy)
    assert met(used.door, used, call_id=OTHER_CALL) == ("promised", "promise")


def test_a_bid_without_a_caller_is_for_whoever_calls():
    assert met(None, live_bid(caller=b""), caller=BOB) == ("promised", "promise")


def test_a_test_bid_dials_nobody():
    assert met(None, live_bid(test=True), dialled=SIP) == ("rtb_test_bid", "refuse")


def test_a_shared_number_tells_bids_apart_by_the_caller():
    at = door(numbers=(), shared_number=SHARED)
    ann, bob = live_bid(0, at, number=SHARED), live_bid(1, at, number=SHARED, caller=BOB)
    assert met(at, ann, bob, dialled=SHARED) == ("promised", "promise")
    assert met(at, ann, dialled=SHARED, caller=BOB) == ("rtb_unmatched", "ordinary")
    assert met(at, ann, dialled=SHARED, caller=b"") == ("rtb_unmatched", "ordinary")


def test_at_a_shared_number_the_newest_bid_that_can_still_be_called_counts():
    at = door(numbers=(), shared_number=SHARED)
    old = live_bid(0, at, number=SHARED, expires_ms=START_MS + 30_000)
    used = live_bid(1, at, number=SHARED, expires_ms=START_MS + 30_000, used_by=OTHER_CALL)
    stale = live_bid(2, at, number=SHARED)
    live = LiveBids()
    for bid in (old, used, stale):
        live.put(bid)
    knock = Knock(CALL, SHARED, LATE, ANN)
    found = match(knock, live, {SHARED: at})
    assert (found.how, found.bid) == ("promised", old)


@pytest.mark.parametrize("text", ["", "RTB", "RTB12", "sip:@", f"X{id_of(0).hex}", "+15558000000"])
def test_what_is_no_bid_id_is_none(text):
    assert bid_id(text) is None
