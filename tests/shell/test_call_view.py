"""The candidates of a call stand in the order in which they were or would have been tried."""

from uuid import UUID

from auctiond.calls.call_view import Life, candidates
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.call import BidCame, BidsClosed, Call
from market.money import micros

CALL = Call(UUID(int=7))


def bid(target, price):
    return Bid(TargetId(target), BuyerId(target), micros(price), "+15550001", 90.0)


def rows(*events):
    found = candidates(Life(CALL, list(events)))
    return [(row["tier"], row["rank"], row["target"], row["reason"]) for row in found]


def test_bids_have_ranks_and_others_have_none():
    closed = BidsClosed(ranked=(bid("a", 9), bid("b", 5)), others=(NoBid("c", "timeout"),))
    assert rows(closed) == [
        (1, 1, "a", "not_needed"),
        (1, 2, "b", "not_needed"),
        (1, None, "c", "timeout"),
    ]


def test_a_bid_after_an_early_decision_has_its_place_in_the_ranking():
    others = (NoBid("c", "closed_early"), NoBid("d", "closed_early"), NoBid("e", "closed_early"))
    closed = BidsClosed(ranked=(bid("a", 9), bid("b", 5)), others=others)
    came = BidCame(bid=bid("c", 7), worse=(TargetId("b"),))
    last = BidCame(bid=bid("d", 4), worse=())
    assert [row[:3] for row in rows(closed, came, last)] == [
        (1, 1, "a"),
        (1, 2, "c"),
        (1, 3, "b"),
        (1, 4, "d"),
        (1, None, "e"),
    ]


def test_each_tier_ranks_its_own():
    second = BidsClosed(ranked=(bid("b", 5),))
    assert [row[:3] for row in rows(BidsClosed(ranked=(bid("a", 9),)), second)] == [
        (1, 1, "a"),
        (2, 1, "b"),
    ]
