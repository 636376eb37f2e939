"""A buyer who hears first, and may refuse: what it costs, and who has the call then."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.call import (
    BidsClosed,
    BuyerAnswered,
    BuyerHears,
    BuyerJoined,
    BuyerRefused,
    HoldMade,
    HungUp,
    LegEnded,
    State,
    TimedOut,
)
from market.call_state import deadline_s, expects
from market.call_table import DEADLINE_S
from market.whisper import PRESS_S, PROMPT, WORD_S, whisper_of, whisper_s
from tests.market.test_any_order import told
from tests.market.test_call_state import ANSWERED, NEXT, bid, live

ASKS = bid("best", whisper_s=10.0, accept_key=True)
DIALLED = [*ANSWERED[:3], BidsClosed(ranked=(ASKS, NEXT)), HoldMade(at_ms=1000, leg=1)]
HEARS = [*DIALLED, BuyerHears(at_ms=5000, leg=1)]
REFUSED = [*HEARS, BuyerRefused(at_ms=9000, leg=1)]
JOINED = [BuyerAnswered(at_ms=9000, leg=1), BuyerJoined(at_ms=9100, leg=1)]


def test_there_is_time_for_the_whisper_and_the_key():
    call, _ = live(*HEARS)
    assert call.state is State.WHISPERING
    assert deadline_s(call) == DEADLINE_S[State.WHISPERING] + 10.0
    assert whisper_s("One two three", accept_key=True) == 3 * WORD_S + PRESS_S
    assert whisper_s("", accept_key=False) == 0.0
    assert whisper_of("", accept_key=True) == PROMPT


@pytest.mark.parametrize(("end_ms", "outcome"), [(99_099, "RELEASE"), (99_100, "CAPTURE")])
def test_the_talk_is_counted_from_the_join(end_ms, outcome):
    """The buyer had picked up four seconds before."""
    call, outcomes = live(
        *HEARS, *JOINED, HungUp(at_ms=end_ms), LegEnded(at_ms=end_ms, leg=1, caller_left=True)
    )
    assert (call.state, outcomes) == (State.ENDED, [("best", outcome)])


@pytest.mark.parametrize("cause", ["declined", "machine"])
def test_who_refuses_is_hung_up_on_and_the_next_bid_has_the_call(cause):
    call, _ = live(*HEARS, BuyerRefused(at_ms=9000, leg=1, cause=cause))
    assert call.state is State.CANCELLING
    ended, outcomes = live(LegEnded(at_ms=9500, leg=1), call=call)
    assert (ended.state, ended.leg, ended.screened) == (State.AWARDING, 2, "")
    assert outcomes == [("best", "RELEASE")]


def test_a_machine_that_was_joined_is_never_sold_however_long_it_talked():
    plain = replace(ASKS, accept_key=False, billable_after_s=0.0)
    talking = [*ANSWERED[:3], BidsClosed(ranked=(plain,)), HoldMade(at_ms=1000, leg=1), *JOINED]
    call, _ = live(*talking, BuyerRefused(at_ms=12_000, leg=1, cause="machine"))
    assert call.state is State.CANCELLING
    late, _ = live(BuyerJoined(at_ms=12_100, leg=1), call=call)  # The join of the other leg.
    assert late.state is State.CANCELLING
    _, outcomes = live(TimedOut(at_ms=22_000), TimedOut(at_ms=27_000), call=late)
    assert outcomes == [("best", "RELEASE")]


def test_who_has_pressed_the_key_is_no_machine():
    call, _ = live(*HEARS, *JOINED)
    assert not expects(call, BuyerRefused(at_ms=9999, leg=1, cause="machine"))


def test_a_caller_who_leaves_during_the_whisper_costs_nobody_anything():
    """Where any talk is billable, too: the buyer has been on the line, and was not joined."""
    free = replace(ASKS, billable_after_s=0.0)
    heard = [*ANSWERED[:3], BidsClosed(ranked=(free,)), *HEARS[-2:]]
    call, outcomes = live(*heard, HungUp(at_ms=8000), LegEnded(at_ms=8001, leg=1))
    assert (call.state, outcomes) == (State.ENDED, [("best", "RELEASE")])


@given(st.permutations([*REFUSED[-2:], LegEnded(at_ms=9500, leg=1), HungUp(at_ms=9600)]))
def test_a_refused_leg_is_paid_by_nobody_in_whatever_order_it_is_told(events):
    ringing, _ = live(*DIALLED)
    _, settled = told(events, ringing)
    assert {one.outcome.name for one in settled} == {"RELEASE"}


@given(st.permutations([HEARS[-1], *JOINED, HungUp(at_ms=199_100)]))
def test_a_sale_after_a_whisper_is_one_in_whatever_order_it_is_told(events):
    ringing, _ = live(*DIALLED)
    _, settled = told([*events, LegEnded(at_ms=199_105, leg=1, caller_left=True)], ringing)
    assert [one.outcome.name for one in settled] == ["CAPTURE"]
