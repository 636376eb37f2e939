"""The candidates of a call stand in the order in which they were or would have been tried."""

from collections import namedtuple
from dataclasses import replace
from uuid import UUID

from auctiond.calls.call_view import Life
from auctiond.calls.candidates import candidates
from market.bids import Bid, BuyerId, NoBid, TargetId
from market.call import (
    BidCame,
    BidsClosed,
    Call,
    Confirmed,
    ConfirmFailed,
    HungUp,
    Outcome,
    Settlement,
    State,
)
from market.money import micros

Note = namedtuple("Note", "kind at_ms data")
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


def by_target(life, tiers=()):
    return {row["target"]: row for row in candidates(life, tiers)}


def worth(target, price):
    return replace(bid(target, price), effective=micros(price))


def ended(*events, **changes):
    """Return the life of a call that is over, with these auctions."""
    return Life(replace(CALL, state=State.ENDED, **changes), list(events))


def test_a_row_says_by_how_much_it_lost():
    best, next_ = worth("a", 9), worth("b", 5)
    under = {"replies": ["a", "b", {"bid": {"target": "c", "price": micros(1)}}]}
    others = (NoBid("c", "below_reserve"), NoBid("d", "timeout"))
    life = ended(
        BidsClosed(ranked=(best, next_), others=others, reserve=micros(3)), bid=best, sold=True
    )
    life.inputs.append(under)
    found = {name: row["lost_by_micros"] for name, row in by_target(life).items()}
    assert found == {"a": None, "b": micros(4), "c": micros(2), "d": None}
    assert by_target(life)["c"]["price_micros"] == micros(1)


def test_nothing_was_lost_by_price_where_something_else_decided():
    """The better bid's phone was busy: it lost to a worse one, and not by price."""
    best, won = worth("a", 9), worth("b", 5)
    life = ended(BidsClosed(ranked=(best, won)), bid=won, sold=True)
    life.offers |= {1: best, 2: won}
    life.leg_reasons |= {1: "busy", 2: "won"}
    assert by_target(life)["a"]["lost_by_micros"] is None


def test_a_late_bid_says_how_late_and_by_how_much():
    life = ended(BidsClosed(ranked=(worth("a", 9),), others=(NoBid("b", "timeout"),)))
    late = {"target": "b", "price": micros(7), "late_ms": 31.5}
    life.notes.append(Note("late", 0, late))
    row = by_target(life)["b"]
    assert (row["reason"], row["late_ms"], row["lost_by_micros"]) == ("late", 31.5, micros(2))


def test_a_leg_tells_its_number_its_confirm_and_its_money():
    bids = worth("a", 9), worth("b", 8), worth("c", 7)
    events = (Confirmed(leg=2), ConfirmFailed(leg=1, reason="confirm_refused"), HungUp())
    life = ended(BidsClosed(ranked=bids), *events, bid=bids[1], sold=True)
    life.offers |= {1: bids[0], 2: bids[1]}
    life.leg_reasons |= {1: "confirm_refused", 2: "won"}
    for leg, outcome in ((1, Outcome.RELEASE), (2, Outcome.CAPTURE)):
        life.settlements.append(Settlement(leg, bids[leg - 1], outcome))
    told = [(row["leg"], row["confirm"], row["money"]) for row in candidates(life)]
    assert told == [(1, "confirm_refused", "released"), (2, "confirmed", "captured"), (None,) * 3]


TIERS = (("a",), ("b", "c"))


def test_targets_of_a_tier_whose_turn_did_not_come_have_rows_too():
    won = worth("a", 9)
    sold = ended(BidsClosed(ranked=(won,)), bid=won, sold=True)
    assert {name: row["reason"] for name, row in by_target(sold, TIERS).items()} == {
        "a": "tie",
        "b": "tier",
        "c": "tier",
    }
    left = ended(BidsClosed(ranked=(won,)))
    assert by_target(left, TIERS)["b"]["reason"] == "not_reached"
    assert [row["tier"] for row in candidates(left, TIERS)] == [1, 2, 2]


def test_a_call_that_lives_may_still_come_to_the_next_tier():
    life = Life(replace(CALL, state=State.PINGING), [BidsClosed()])
    assert candidates(life, TIERS) == []


def test_a_call_without_an_auction_has_no_rows():
    assert candidates(ended(), TIERS) == []
