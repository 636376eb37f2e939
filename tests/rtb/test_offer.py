"""What is promised of what our buyers bid, and the one reason when nothing is."""

from __future__ import annotations

import pytest

from auctiond.rtb.offer import CALL_MS, offer_of, still_good, why_none
from market.money import micros
from market.reasons import REASONS
from market.rtb import NO_BID
from tests.calls.kit import START_MS, bid
from tests.rtb.kit import closed, door

DOOR = door(dial_s=5, expiry_s=20)


def all_can_pay(_):
    return True


def offer(*bids, can_pay=all_can_pay, at=DOOR, legs_max=3):
    return offer_of(at, [closed(*bids)], START_MS, can_pay, legs_max)


def test_the_promise_is_the_best_bid_less_our_margin():
    found = offer(bid("a", "20"), bid("b", "10"))
    assert (found.promised, found.expires_ms) == (micros(14), START_MS + 20_000)


def test_a_bid_that_ends_before_anybody_could_call_is_passed_over():
    short = bid("a", "20", expires_ms=START_MS + 5_000 + CALL_MS - 1)
    assert offer(short, bid("b", "10")).promised == micros(7)
    assert offer(short) == "no_capacity"


def test_the_promise_ends_before_the_buyers_own_bid_does():
    found = offer(bid("a", "20", expires_ms=START_MS + 12_000))
    assert found.expires_ms == START_MS + 12_000 - CALL_MS


def test_a_buyer_whose_wallet_fell_below_its_bid_is_passed_over():
    found = offer(bid("a", "20"), bid("b", "10"), can_pay=lambda one: one.price <= micros(10))
    assert found.promised == micros(7)


def test_the_duration_is_the_longest_of_those_who_may_get_the_call():
    bids = [
        bid(name, "20", billable_after_s=s) for name, s in zip("abc", (60, 120, 300), strict=True)
    ]
    assert offer(*bids, legs_max=2).min_duration_s == 120


def test_nothing_left_after_the_margin_is_no_bid():
    assert offer(bid("a", "2"), at=door(margin_min=micros(3))) == "below_margin"


@pytest.mark.parametrize(
    ("reasons", "why"),
    [
        ({"a": "filter:state", "b": "missing_field:zip"}, "tag_filter"),
        ({"a": "filter:state", "b": "cap:calls/day"}, "no_capacity"),
        ({"a": "schedule", "b": "filter:state"}, "closed"),
        ({"a": "balance", "b": "timeout"}, "no_bids"),
        ({"a": "reject", "b": "below_reserve"}, "below_reserve"),
        ({"a": "shed", "b": "cap:calls/day"}, "busy"),
        ({}, "tag_filter"),
    ],
)
def test_the_reason_that_says_most(reasons, why):
    assert why_none([closed(**reasons)]) == why


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_of_a_target_leads_to_one_for_the_publisher(code):
    assert why_none([closed(a=code)]) in NO_BID


def test_a_recorded_auction_is_good_for_the_bids_that_still_live():
    dead, lives = bid("a", "20", expires_ms=START_MS + CALL_MS - 1), bid("b", "10")
    found = still_good(closed(dead, lives, c="timeout"), START_MS)
    assert [one.target for one in found.ranked] == ["b"]
    assert [(one.target, one.reason) for one in found.others] == [
        ("c", "timeout"),
        ("a", "expired"),
    ]
    assert still_good(closed(dead), START_MS) is None
    assert still_good(closed(c="timeout"), START_MS) is not None
