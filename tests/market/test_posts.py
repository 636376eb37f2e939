"""A lead whose post got no answer may have been taken: its call is not sold again."""

import pytest

from market.call import (
    BidsClosed,
    BuyerJoined,
    Cleared,
    HoldMade,
    LegEnded,
    Posted,
    State,
)
from tests.market.test_call_state import ANSWERED, NEXT, TALKING, bid, live

TAKES_LEADS = [*ANSWERED[:-1], BidsClosed(ranked=(bid("best", post=True), NEXT))]
TALKING_TO_IT = [*TAKES_LEADS, *TALKING[len(ANSWERED) :]]
SHORT = LegEnded(at_ms=94_000, leg=1)


@pytest.mark.parametrize("outcome", ["accepted", "refused", "unsent"])
def test_a_call_whose_post_was_answered_is_offered_on_when_the_talk_was_too_short(outcome):
    call, _ = live(*TALKING_TO_IT, Posted(leg=1, outcome=outcome), SHORT)
    assert (call.state, call.bid, call.post) == (State.AWARDING, NEXT, None)


@pytest.mark.parametrize("post", [[], [Posted(leg=1, outcome="unknown")]])
def test_a_call_whose_lead_may_have_been_taken_is_not_sold_again(post):
    call, outcomes = live(*TALKING_TO_IT, *post, SHORT)
    assert (call.state, outcomes) == (State.FALLBACK, [("best", "RELEASE")])


def test_a_campaign_may_have_such_a_call_sold_again():
    start = [Cleared(resells_unknown=True), *TALKING_TO_IT[1:]]
    assert live(*start, SHORT)[0].state is State.AWARDING


def test_a_buyer_who_was_never_connected_has_no_lead():
    ringing = [*TAKES_LEADS, HoldMade(at_ms=1000, leg=1)]
    call, _ = live(*ringing, LegEnded(at_ms=2000, leg=1, cause="busy"))
    assert (call.state, call.bid) == (State.AWARDING, NEXT)


def test_a_talk_that_was_over_before_we_heard_of_it_had_no_post():
    over = [*TALKING_TO_IT[:-1], LegEnded(at_ms=50_000, leg=1), BuyerJoined(at_ms=5100, leg=1)]
    assert live(*over)[0].state is State.AWARDING


def test_an_answer_that_came_at_last_clears_the_way():
    answers = [Posted(leg=1, outcome="unknown"), Posted(leg=1, outcome="refused")]
    assert live(*TALKING_TO_IT, *answers, SHORT)[0].state is State.AWARDING
