"""A call without its hopeless bids goes on as if it had them all."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from market.bids import Bid, BuyerId, TargetId
from market.call import (
    BidCame,
    BidsClosed,
    BuyerAnswered,
    BuyerJoined,
    Call,
    Confirmed,
    HoldMade,
    HoldRefused,
    HungUp,
    LegEnded,
    State,
    TimedOut,
)
from market.call_state import expects, lean, step
from market.money import Micros

CALL = Call(UUID(int=7), state=State.PINGING, arrived_ms=0, answered=True)


def bid(number: int, expires_ms: int | None = None) -> Bid:
    name = f"t{number}"
    price = Micros(100_000_000 - number)
    return Bid(TargetId(name), BuyerId(name), price, "+15550100", 90.0, expires_ms=expires_ms)


def names(call: Call) -> list[str]:
    return [one.target for one in call.bids]


def after_auction(*expiries: int | None, legs_max: int = 3) -> Call:
    return replace(CALL, bids=tuple(bid(n, ms) for n, ms in enumerate(expiries)), legs_max=legs_max)


def test_of_bids_that_live_alike_as_many_are_kept_as_there_are_legs():
    assert names(lean(after_auction(None, None, None, None, None))) == ["t0", "t1", "t2"]
    assert names(lean(after_auction(9, 9, 9, 9, 9))) == ["t0", "t1", "t2"]


def test_a_bid_that_outlives_better_ones_is_kept():
    assert names(lean(after_auction(5, 5, 5, 9, 5, None))) == ["t0", "t1", "t2", "t3", "t5"]


def test_after_the_last_leg_no_bid_is_kept():
    assert lean(replace(after_auction(None, 5), leg=3)).bids == ()


def test_a_call_with_nothing_to_spare_is_the_same_object():
    call = after_auction(1, 2, 3)
    assert lean(call) is call


expiries = st.one_of(st.none(), st.integers(0, 60))
happenings = st.one_of(
    st.sampled_from([HoldMade(), HoldRefused(), Confirmed(), TimedOut(), BuyerAnswered()]),
    st.sampled_from([BuyerJoined(), LegEnded(cause="busy"), LegEnded(), HungUp()]),
    st.builds(
        lambda ms: BidCame(bid=bid(50, ms), worse=(TargetId("t1"), TargetId("t4"))), expiries
    ),
)


@given(
    expiries=st.lists(expiries, max_size=12),
    legs_max=st.integers(1, 4),
    events=st.lists(st.tuples(happenings, st.integers(0, 12)), max_size=25),
)
def test_whatever_happens_it_is_offered_to_the_same_and_ends_the_same(expiries, legs_max, events):
    whole = replace(CALL, legs_max=legs_max)
    closed = BidsClosed(ranked=tuple(bid(n, ms) for n, ms in enumerate(expiries)))
    slim, at_ms = whole, 0
    for event, passed_ms in ((closed, 0), *events):
        at_ms += passed_ms
        timed = replace(event, at_ms=at_ms)
        assert expects(slim, timed) == expects(whole, timed)
        if not expects(whole, timed):
            continue
        whole, settlement = step(whole, timed)
        slim, same = step(slim, timed)
        slim = lean(slim)
        assert same == settlement
        assert replace(slim, bids=()) == replace(whole, bids=())
