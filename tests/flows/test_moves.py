"""How a call moves through its flow, by the table: moves, legs of the flow's own, and money."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.call import (
    BidsClosed,
    BuyerAnswered,
    BuyerJoined,
    Call,
    CallerAnswered,
    Cleared,
    Event,
    HoldMade,
    HungUp,
    LegEnded,
    State,
    TimedOut,
)
from market.call_state import expects, step
from market.call_table import TABLE, Turn
from market.draw import TURN_ENDS
from market.flow_moves import FlowMoved
from tests.market.test_call_state import ANY_BIDS, BEST, MAKERS, NEXT, bid

NEW = Call(UUID(int=7))


def live(*events: Event, call: Call = NEW) -> Call:
    """Return a call after `events`."""
    for event in events:
        call, _ = step(call, event)
    return call


def moved(call: Call, **more: object) -> Call:
    """Return a call after a move of its flow."""
    assert call.spot is not None
    return live(FlowMoved(at_ms=5, visit=call.spot.visit, **more), call=call)  # type: ignore[arg-type]


HEARD = live(Cleared(flow="auto", tiers=2), CallerAnswered())
SELLING = moved(moved(HEARD, node="zip"), node="sell", goes="auction", facts=(("zip", "94110"),))


def test_a_call_with_a_flow_begins_in_it() -> None:
    assert (HEARD.state, HEARD.spot and HEARD.spot.came) == (State.FLOW, "begin")
    assert live(Cleared(), CallerAnswered()).state is State.GREETING


def test_a_move_tells_where_the_call_is_and_what_was_collected() -> None:
    assert (SELLING.state, SELLING.fact("zip")) == (State.PINGING, "94110")
    assert SELLING.spot is not None
    assert (SELLING.spot.node, SELLING.spot.visit, SELLING.spot.auctions) == ("sell", 2, 1)


def test_news_of_an_earlier_node_moves_nothing() -> None:
    call = moved(HEARD, node="zip")
    assert not expects(call, FlowMoved(visit=0, node="sell"))
    assert expects(call, FlowMoved(visit=1, node="sell"))


def test_unsold_goes_back_into_the_flow() -> None:
    call = live(BidsClosed(), BidsClosed(), call=SELLING)
    assert (call.state, call.spot and call.spot.came) == (State.FLOW, "unsold")


def test_a_second_auction_begins_with_the_first_tier() -> None:
    call = live(BidsClosed(), BidsClosed(), call=SELLING)
    again = moved(call, node="sell", goes="auction")
    assert (again.state, again.tier, again.spot and again.spot.auctions) == (State.PINGING, 0, 2)


def test_offers_are_counted_over_all_auctions_and_own_legs_are_none() -> None:
    bids = tuple(bid(f"b{n}") for n in range(5))
    call = live(BidsClosed(ranked=bids), call=SELLING)
    for _ in range(3):
        assert call.state is State.AWARDING
        call = live(HoldMade(leg=call.leg), LegEnded(leg=call.leg, cause="busy"), call=call)
    assert (call.state, call.leg - call.own_legs) == (State.FLOW, 3)
    assert moved(call, node="sell", goes="auction").state is State.FLOW


def test_a_lead_that_may_be_with_a_buyer_is_not_auctioned_again() -> None:
    posts = live(BidsClosed(ranked=(bid("p", post=True), NEXT)), call=SELLING)
    talked = live(HoldMade(leg=1), BuyerJoined(at_ms=1000, leg=1), call=posts)
    short = live(LegEnded(at_ms=2000, leg=1), call=talked)
    assert (short.state, short.spot and short.spot.unsalable) == (State.FLOW, True)
    assert moved(short, node="sell", goes="auction").state is State.FLOW


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([LegEnded(leg=1, cause="busy")], State.FLOW),
        ([BuyerAnswered(leg=1), BuyerJoined(leg=1)], State.PASSING),
        ([BuyerJoined(leg=1), LegEnded(leg=1)], State.CLOSING),
        ([LegEnded(leg=1, caller_left=True)], State.CLOSING),
        ([HungUp()], State.CLOSING),
        ([TimedOut()], State.CLOSING),
    ],
)
def test_a_number_of_the_flows_own(events: list[Event], state: State) -> None:
    dialling = moved(HEARD, node="desk", goes="dial")
    assert (dialling.state, dialling.leg, dialling.own_legs) == (State.PASSING, 1, 1)
    call = live(*events, call=dialling)
    assert call.state is state
    if state is State.FLOW:
        assert call.spot is not None
        assert call.spot.came == "unanswered"


def test_nobody_to_ask_is_as_unsold() -> None:
    heard = live(Cleared(flow="auto", tiers=0), CallerAnswered())
    call = moved(heard, node="sell", goes="auction")
    assert (call.state, call.spot and call.spot.came) == (State.FLOW, "unsold")


@pytest.mark.parametrize("event", [TimedOut(), FlowMoved(goes="lost")])
def test_a_flow_that_is_lost_ends_with_the_last_resort(event: Event) -> None:
    assert live(event, call=HEARD).state is State.FALLBACK


def test_hold_and_flow_do_not_meet() -> None:
    held = live(BidsClosed(ranked=(BEST,)), HoldMade(leg=1), call=SELLING)
    call, settlement = step(held, LegEnded(leg=1, cause="busy"))
    assert settlement is not None
    assert not call.held


MOVES = st.builds(
    FlowMoved,
    at_ms=st.integers(0, 300_000),
    visit=st.integers(0, 4),
    node=st.just("n"),
    goes=st.sampled_from(["on", "auction", "dial", "close", "lost"]),
)
FLOWS = st.builds(Cleared, flow=st.just("auto"), tiers=st.sampled_from([0, 1, 2]))


@given(st.lists(st.one_of(FLOWS, MOVES, MOVES, ANY_BIDS, *MAKERS.values()), max_size=60))
def test_whatever_happens_each_hold_is_settled_and_turns_are_as_drawn(script: list[Event]) -> None:
    call, held, settled = NEW, set(), []
    for event in [*script, HungUp(at_ms=300_000), TimedOut(), TimedOut()]:
        if not expects(call, event):
            continue
        turn = TABLE[call.state][type(event)]
        before = call
        call, settlement = step(call, event)
        if isinstance(turn, Turn):
            assert call.state in TURN_ENDS[turn]
        if type(event).__name__ == "HoldRefused":
            held.discard(before.leg)
        if settlement is not None:
            settled.append(settlement.leg)
        if call.state is State.AWARDING:
            held.add(call.leg)
    assert call.state is State.ENDED
    assert sorted(settled) == sorted(held)
