"""Bids are found by id, number and caller until they are gone; a number has one bid at a time."""

from __future__ import annotations

from auctiond.rtb.live import LiveBids
from tests.rtb.kit import ANN, BOB, POOL, START_MS, door, id_of, live_bid

GONE_MS = START_MS + 20_000 + 60_000


def test_a_bid_is_known_until_its_grace_is_over_and_then_nowhere():
    live = LiveBids()
    bid = live_bid()
    live.put(bid)
    live.sweep(GONE_MS - 1)
    assert live.get(bid.id) is live.of_number(POOL[0]) is bid
    assert list(live.of_caller(ANN)) == [bid]
    live.sweep(GONE_MS)
    assert (live.get(bid.id), live.of_number(POOL[0]), len(live)) == (None, None, 0)
    assert list(live.of_caller(ANN)) == []


def test_each_bid_has_a_number_to_itself_and_a_free_one_rests_as_long_as_can_be():
    live = LiveBids()
    first, second = live.reserve(POOL), live.reserve(POOL)
    assert {first, second} == set(POOL)
    assert live.reserve(POOL) == ""
    live.put(live_bid(1, number=first, expires_ms=START_MS + 2_000))
    live.put(live_bid(2, number=second, expires_ms=START_MS + 1_000))
    for number in POOL:
        live.unreserve(number)
    assert live.reserve(POOL) == ""
    live.sweep(GONE_MS)
    assert live.reserve(POOL) == second  # Free a second longer.


def test_a_number_of_a_bid_that_was_never_made_is_free_again():
    live = LiveBids()
    one = door(numbers=POOL[:1])
    live.unreserve(live.reserve(one.numbers))
    assert live.reserve(one.numbers) == POOL[0]


def test_the_bids_of_one_caller_are_apart_from_those_of_others_and_in_order():
    live = LiveBids()
    for n, caller in enumerate((ANN, BOB, ANN, b"", b"")):
        live.put(live_bid(n, caller=caller, number=""))
    assert [bid.id for bid in live.of_caller(ANN)] == [id_of(0), id_of(2)]
    assert list(live.of_caller(b"")) == []


def test_a_test_bid_leases_no_number():
    live = LiveBids()
    live.put(live_bid(test=True))
    assert live.of_number(POOL[0]) is None
    assert live.reserve(POOL) == POOL[0]


def test_no_more_bids_than_there_is_room_for():
    live = LiveBids(most=1)
    assert not live.is_full
    live.put(live_bid())
    assert live.is_full
    live.sweep(GONE_MS)
    assert not live.is_full
