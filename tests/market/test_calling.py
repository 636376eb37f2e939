"""Callbacks in the call's table: the person first, or a buyer first; each hold settled once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.call import (
    BidsClosed,
    BuyerAnswered,
    BuyerJoined,
    CallerAnswered,
    Cleared,
    Greeted,
    HoldMade,
    HungUp,
    LegEnded,
    Outcome,
    State,
    TimedOut,
)
from market.call_state import deadline_s, expects, step
from market.call_table import TABLE, Turn
from market.draw import TURN_ENDS
from tests.market.test_call_state import ANY_BIDS, BEST, MAKERS, NEW, NEXT, live

PERSON_FIRST = [Cleared(first="caller", person_ring_s=25.0)]
BUYER_FIRST = [Cleared(first="buyer", person_ring_s=25.0), BidsClosed(ranked=(BEST, NEXT))]
WAITING = [*BUYER_FIRST, HoldMade(at_ms=1000, leg=1), BuyerAnswered(at_ms=5000, leg=1)]


def test_a_person_who_is_called_first_is_rung_and_then_greeted_like_a_caller():
    call, _ = live(*PERSON_FIRST)
    assert (call.state, deadline_s(call)) == (State.CALLING, 30.0)
    assert live(CallerAnswered(), call=call)[0].state is State.GREETING
    assert live(CallerAnswered(), Greeted(), call=call)[0].state is State.PINGING


@pytest.mark.parametrize("cause", ["no_answer", "busy", "declined"])
def test_a_person_who_does_not_answer_ends_the_call(cause):
    call, outcomes = live(*PERSON_FIRST, HungUp(at_ms=3000, cause=cause))
    assert (call.state, call.hung_up_cause, outcomes) == (State.ENDED, cause, [])


def test_with_a_buyer_first_the_person_is_rung_when_the_buyer_waits_and_they_are_joined():
    call, outcomes = live(*WAITING)
    assert (call.state, call.held, outcomes) == (State.CALLING, True, [])
    for joined in ([], [CallerAnswered(at_ms=9000)]):  # Either may be told first.
        talk, _ = live(*joined, BuyerJoined(at_ms=9100, leg=1), call=call)
        assert talk.state is State.BRIDGED
        _, outcomes = live(HungUp(at_ms=99_100), LegEnded(at_ms=99_105, leg=1), call=talk)
        assert outcomes == [("best", "CAPTURE")]


@pytest.mark.parametrize("cause", ["no_answer", "busy", "declined"])
def test_a_buyer_who_waited_in_vain_pays_nothing_however_long(cause):
    call, _ = live(*WAITING, HungUp(at_ms=300_000, cause=cause))
    assert call.state is State.CLOSING  # The buyer is still on the line.
    call, outcomes = live(LegEnded(at_ms=300_001, leg=1), call=call)
    assert (call.state, outcomes) == (State.ENDED, [("best", "RELEASE")])


def test_a_buyer_who_does_not_wait_ends_the_call_before_the_person_is_left_with_nobody():
    call, _ = live(*WAITING, LegEnded(at_ms=8000, leg=1))
    assert call.state is State.CLOSING


def test_a_buyer_who_leaves_just_after_the_person_answered_loses_the_call_to_the_next():
    here = [*WAITING, CallerAnswered(at_ms=9000)]
    call, outcomes = live(*here, LegEnded(at_ms=9050, leg=1), TimedOut(at_ms=9060))
    assert (call.state, call.leg, outcomes) == (State.AWARDING, 2, [("best", "RELEASE")])
    call, _ = live(HoldMade(leg=2), BuyerAnswered(at_ms=12_000, leg=2), call=call)
    assert call.state is State.CONNECTING  # The person is on the line already.


def test_when_nobody_would_buy_the_person_is_not_called_at_all():
    call, _ = live(BUYER_FIRST[0], BidsClosed())
    assert (call.state, call.answered) == (State.ENDED, False)
    busy = [*BUYER_FIRST, HoldMade(leg=1), LegEnded(leg=1, cause="busy")]
    call, outcomes = live(*busy, HoldMade(leg=2), LegEnded(leg=2, cause="no_answer"))
    assert call.state is State.ENDED
    assert outcomes == [("best", "RELEASE"), ("next", "RELEASE")]


def test_silence_about_a_person_who_may_have_talked_is_for_a_person_to_decide():
    _, outcomes = live(*WAITING, TimedOut(at_ms=40_000), TimedOut(at_ms=45_000))
    assert outcomes == [("best", "REVIEW")]


CLEARED = st.builds(Cleared, first=st.sampled_from(["caller", "buyer"]), tiers=st.integers(0, 2))
SCRIPTS = st.lists(st.one_of(ANY_BIDS, CLEARED, *MAKERS.values()), max_size=60)


@given(CLEARED, SCRIPTS)
def test_each_hold_of_a_callback_is_settled_once_whatever_happens(cleared, script):
    call, held, settled = NEW, set(), []
    ends = [HungUp(at_ms=300_000), TimedOut(), TimedOut()]
    for event in [cleared, *script, *ends]:
        if not expects(call, event):
            continue
        before, after = call, TABLE[call.state][type(event)]
        call, settlement = step(call, event)
        if isinstance(after, Turn):
            assert call.state in TURN_ENDS[after]
        if type(event).__name__ == "HoldRefused":
            held.discard(before.leg)
        if settlement is not None:
            settled.append(settlement.leg)
            assert settlement.outcome is not Outcome.CAPTURE or before.joined_ms or call.joined_ms
        if call.state is State.AWARDING:
            held.add(call.leg)
    assert call.state is State.ENDED
    assert not call.held
    assert sorted(settled) == sorted(held)
