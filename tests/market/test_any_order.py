"""A call's events in any order, a hang-up in every state, and at the very instant of an answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.call import (
    Blocked,
    BuyerAnswered,
    BuyerJoined,
    Cleared,
    Greeted,
    HoldMade,
    HungUp,
    LegEnded,
    State,
    TimedOut,
)
from market.call_state import expects, step
from tests.market.test_call_state import ANSWERED, BEST, NEW, NEXT, RINGING, TALKING, live

TALK = (
    BuyerAnswered(at_ms=5000, leg=1),
    BuyerJoined(at_ms=5100, leg=1),
    HungUp(at_ms=195_100),
    LegEnded(at_ms=195_105, leg=1, caller_left=True),
)
SHORT = (*TALK[:2], HungUp(at_ms=30_000), LegEnded(at_ms=30_005, leg=1, caller_left=True))
BUSY = (LegEnded(at_ms=2000, leg=1, cause="busy"), HungUp(at_ms=2400))


def told(events, call):
    """Tell a call all of `events`, as far as it expects them; return it and its settlements."""
    outcomes = []
    for event in events:
        if expects(call, event):
            call, settlement = step(call, event)
            outcomes += [] if settlement is None else [settlement]
    while call.state is not State.ENDED:
        call, settlement = step(call, TimedOut(at_ms=300_000))
        outcomes += [] if settlement is None else [settlement]
    return call, outcomes


@given(st.permutations(TALK), st.lists(st.sampled_from(TALK), max_size=4))
def test_a_sale_is_one_in_whatever_order_it_is_told(events, again):
    """Where both ends overtook the join, a person decides, or the inbox does: never a release."""
    ringing, _ = live(*RINGING)
    call, settled = told([*events, *again], ringing)
    assert [one.leg for one in settled] == [1]
    ends_first = max(events.index(TALK[2]), events.index(TALK[3])) < events.index(TALK[1])
    allowed = {"CAPTURE", "REVIEW"} if ends_first else {"CAPTURE"}
    assert settled[0].outcome.name in allowed
    if settled[0].outcome.name == "CAPTURE":
        assert settled[0].talk_ms == 190_000
    assert call.leg == 1  # Nobody else was offered it.


@given(st.permutations(SHORT), st.lists(st.sampled_from(SHORT), max_size=4))
def test_a_talk_that_was_too_short_is_never_paid_in_whatever_order_it_is_told(events, again):
    ringing, _ = live(*RINGING)
    _, settled = told([*events, *again], ringing)
    assert [(one.leg, one.outcome.name) for one in settled] == [(1, "RELEASE")]


@given(st.permutations(BUSY), st.booleans())
def test_a_busy_buyer_and_a_caller_who_leaves_cost_nobody_anything(events, twice):
    ringing, _ = live(*RINGING)
    _, settled = told([*events, *(events if twice else ())], ringing)
    assert {one.outcome.name for one in settled} == {"RELEASE"}
    assert len({one.leg for one in settled}) == len(settled)


WAYS = {
    State.SCREENING: [],
    State.ANSWERING: ANSWERED[:1],
    State.GREETING: ANSWERED[:2],
    State.PINGING: ANSWERED[:3],
    State.AWARDING: ANSWERED,
    State.DIALING: RINGING,
    State.CONNECTING: [*RINGING, BuyerAnswered(at_ms=5000, leg=1)],
    State.BRIDGED: TALKING,
    State.CANCELLING: [*RINGING, TimedOut(at_ms=30_000)],
    State.LEG_OVER: [*RINGING, TALK[0], LegEnded(at_ms=6000, leg=1)],
    State.CLOSING: [Blocked(reason="blocked_caller")],
}


@pytest.mark.parametrize("state", WAYS, ids=lambda state: state.name)
def test_a_caller_who_hangs_up_anywhere_leaves_no_hold_and_no_next_buyer(state):
    call, _ = live(*WAYS[state])
    assert call.state is state
    held = call.held
    call, settled = told([HungUp(at_ms=6000), LegEnded(at_ms=6010, leg=call.leg)], call)
    assert call.state is State.ENDED
    assert [one.outcome.name for one in settled] == (["RELEASE"] if held else [])
    assert call.bid in (None, BEST)


@pytest.mark.parametrize("first", ["hang-up", "answer", "join"])
def test_a_hang_up_at_the_instant_of_the_answer_pays_nothing_and_rings_nobody(first):
    same = {
        "hang-up": HungUp(at_ms=5000),
        "answer": BuyerAnswered(at_ms=5000, leg=1),
        "join": BuyerJoined(at_ms=5000, leg=1),
    }
    rest = [event for name, event in same.items() if name != first]
    ringing, _ = live(*RINGING)
    ended = LegEnded(at_ms=5001, leg=1, caller_left=True)
    call, settled = told([same[first], *rest, ended], ringing)
    assert [one.outcome.name for one in settled] == ["RELEASE"]
    assert call.bid is not NEXT


BUSY_BOTH = [LegEnded(at_ms=2000 * leg, leg=leg, cause="busy") for leg in (1, 2)]


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([LegEnded(leg=3, cause="no_answer")], State.FALLBACK),  # The words.
        ([LegEnded(leg=3, cause="busy"), Greeted()], State.CLOSING),
        ([LegEnded(leg=3, caller_left=True)], State.CLOSING),
        ([BuyerAnswered(leg=3, at_ms=1), LegEnded(leg=3)], State.CLOSING),
        ([BuyerJoined(leg=3, at_ms=1), LegEnded(leg=3)], State.CLOSING),
        ([LegEnded(leg=3, cause="busy"), TimedOut()], State.CLOSING),
        ([HungUp(at_ms=9)], State.ENDED),
    ],
)
def test_who_nobody_takes_hears_words_and_never_silence(events, state):
    fallback, _ = live(*RINGING, BUSY_BOTH[0], HoldMade(leg=2, at_ms=2001), BUSY_BOTH[1], *events)
    assert fallback.state is state


def test_two_buyers_are_never_on_the_line_together():
    """Nobody else is rung before the leg before is over, or was never rung."""
    call, _ = live(*RINGING, TimedOut(at_ms=30_000))
    assert (call.state, call.leg) == (State.CANCELLING, 1)
    assert not expects(call, HoldMade(leg=2))
    call, _ = live(LegEnded(at_ms=31_000, leg=1, cause="cancelled"), call=call)
    assert (call.state, call.leg, call.bid) == (State.AWARDING, 2, NEXT)


def test_a_second_arrival_of_what_is_known_changes_nothing():
    call, _ = live(*TALKING)
    assert not expects(call, Cleared())
    assert not expects(call, Blocked())
    assert NEW.state is State.SCREENING
