"""The table, tested as a table: every state against every event, then at random."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import Bid, BuyerId, TargetId
from market.call import (
    BidCame,
    BidsClosed,
    Blocked,
    BuyerAnswered,
    BuyerJoined,
    Call,
    CallerAnswered,
    Cleared,
    Confirmed,
    ConfirmFailed,
    Greeted,
    HoldMade,
    HoldRefused,
    HungUp,
    LegEnded,
    Outcome,
    Posted,
    State,
    TimedOut,
    ZipEntered,
)
from market.call_state import deadline_s, expects, step
from market.call_table import DEADLINE_S, TABLE, Turn
from market.money import Micros

ID = UUID(int=7)
NEW = Call(ID)


def bid(name: str, **more) -> Bid:
    return Bid(TargetId(name), BuyerId(name), Micros(45_000_000), "+15550100", 90.0, **more)


BEST, NEXT = bid("best"), bid("next")
ANSWERED = [Cleared(), CallerAnswered(), Greeted(), BidsClosed(ranked=(BEST, NEXT))]
RINGING = [*ANSWERED, HoldMade(at_ms=1000, leg=1)]
TALKING = [*RINGING, BuyerAnswered(at_ms=5000, leg=1), BuyerJoined(at_ms=5100, leg=1)]
FACTS = (("zip", "94110"),)


def live(*events, call=NEW):
    """Run a call through `events`; return it and its settlements as (bidder, outcome)."""
    outcomes = []
    for event in events:
        call, settlement = step(call, event)
        if settlement is not None:
            outcomes.append((settlement.bid.buyer, settlement.outcome.name))
    return call, outcomes


@pytest.mark.parametrize(("end_ms", "outcome"), [(95_099, "RELEASE"), (95_100, "CAPTURE")])
def test_talk_time_from_the_join_decides_the_sale(end_ms, outcome):
    call, outcomes = live(*TALKING, HungUp(at_ms=end_ms), LegEnded(at_ms=end_ms + 5, leg=1))
    assert (call.state, call.sold) == (State.ENDED, outcome == "CAPTURE")
    assert outcomes == [("best", outcome)]


def test_a_buyer_who_hangs_up_early_loses_the_call_to_the_next():
    call, outcomes = live(*TALKING, LegEnded(at_ms=94_000, leg=1))
    assert (call.state, call.leg, call.bid) == (State.AWARDING, 2, NEXT)
    assert outcomes == [("best", "RELEASE")]


@pytest.mark.parametrize("cause", ["busy", "no_answer", "declined", "bad_number"])
def test_a_leg_that_never_answered_goes_to_the_next_bid(cause):
    call, outcomes = live(*RINGING, LegEnded(at_ms=2000, leg=1, cause=cause))
    assert (call.state, call.leg, call.held) == (State.AWARDING, 2, True)
    assert outcomes == [("best", "RELEASE")]


def test_a_refused_hold_needs_no_settlement():
    call, outcomes = live(*ANSWERED, HoldRefused(leg=1, reason="balance"))
    assert (call.state, call.leg, outcomes) == (State.AWARDING, 2, [])


def test_joined_that_comes_after_the_end_still_counts():
    ended = LegEnded(at_ms=200_000, leg=1)
    call, outcomes = live(*RINGING, BuyerAnswered(at_ms=5000, leg=1), ended)
    assert (call.state, outcomes) == (State.LEG_OVER, [])
    call, _ = live(BuyerJoined(at_ms=5100, leg=1), call=call)
    assert call.state is State.CLOSING
    _, outcomes = live(HungUp(at_ms=200_010), call=call)
    assert outcomes == [("best", "CAPTURE")]


def test_a_hang_up_that_overtakes_the_join_waits_for_it():
    call, outcomes = live(*RINGING, HungUp(at_ms=200_000))
    assert (call.state, outcomes) == (State.CLOSING, [])
    late = [BuyerJoined(at_ms=5100, leg=1), LegEnded(at_ms=200_000, leg=1)]
    call, outcomes = live(*late, call=call)
    assert (call.state, outcomes) == (State.ENDED, [("best", "CAPTURE")])


def test_a_lost_hang_up_is_reviewed_neither_charged_nor_freed():
    call, outcomes = live(*TALKING, TimedOut(), TimedOut())
    assert (call.state, outcomes) == (State.ENDED, [("best", "REVIEW")])


def test_a_lost_join_is_reviewed_only_when_it_could_have_been_a_sale():
    answered = [*RINGING, BuyerAnswered(at_ms=5000, leg=1)]
    _, short = live(*answered, LegEnded(at_ms=60_000, leg=1), TimedOut())
    _, long = live(*answered, LegEnded(at_ms=160_000, leg=1), TimedOut())
    assert (short, long) == ([("best", "RELEASE")], [("best", "REVIEW")])


def test_an_end_that_nobody_saw_is_no_reason_to_charge():
    unseen = LegEnded(at_ms=900_000, leg=1, guess=True)
    call, outcomes = live(*TALKING, HungUp(at_ms=900_001, guess=True), unseen)
    assert (call.state, outcomes) == (State.ENDED, [("best", "REVIEW")])
    _, outcomes = live(*TALKING, HungUp(at_ms=95_100), unseen)
    assert outcomes == [("best", "CAPTURE")]
    _, outcomes = live(*TALKING, HungUp(at_ms=95_099, guess=True), unseen)
    assert outcomes == [("best", "RELEASE")]  # It was over by then: too short in any case.


def test_a_guess_never_takes_the_place_of_what_is_known():
    call, _ = live(*TALKING, HungUp(at_ms=6000), HungUp(at_ms=900_000, guess=True))
    assert (call.hung_up_ms, call.hung_up_is_guess) == (6000, False)
    left = live(*TALKING, LegEnded(at_ms=95_200, leg=1))[0]
    call, _ = live(LegEnded(at_ms=900_000, leg=1, guess=True), call=left)
    assert (call.leg_ended_ms, call.leg_end_is_guess) == (95_200, False)
    call, _ = live(*TALKING, HungUp(at_ms=900_000, guess=True), HungUp(at_ms=6000))
    assert (call.hung_up_ms, call.hung_up_is_guess) == (6000, False)


def test_silence_about_a_leg_that_may_have_been_answered_is_for_a_person():
    left = [*RINGING, HungUp(at_ms=200_000), TimedOut()]
    assert live(*left)[1] == [("best", "REVIEW")]
    soon = [*RINGING, HungUp(at_ms=90_999), TimedOut()]
    assert live(*soon)[1] == [("best", "RELEASE")]


def test_an_answered_leg_that_we_cancelled_is_no_sure_release():
    answered = [*RINGING, BuyerAnswered(at_ms=2000, leg=1), TimedOut()]
    _, outcomes = live(*answered, LegEnded(at_ms=100_000, leg=1, cause="cancelled"))
    assert outcomes == [("best", "REVIEW")]


def test_nobody_else_is_dialled_after_the_caller_left():
    call, _ = live(*RINGING, HungUp(at_ms=2000), LegEnded(at_ms=2001, leg=1, cause="cancelled"))
    assert (call.state, call.leg) == (State.ENDED, 1)
    left = LegEnded(at_ms=7000, leg=1, caller_left=True)
    call, _ = live(*TALKING, left)
    assert (call.state, call.leg) == (State.CLOSING, 1)


def test_a_buyer_that_rings_too_long_must_end_before_the_next_is_dialled():
    call, outcomes = live(*RINGING, TimedOut())
    assert (call.state, call.leg, outcomes) == (State.CANCELLING, 1, [])
    call, outcomes = live(LegEnded(at_ms=30_000, leg=1, cause="cancelled"), call=call)
    assert (call.state, call.leg, outcomes) == (State.AWARDING, 2, [("best", "RELEASE")])


def test_an_answer_that_crosses_our_hang_up_is_a_talk_if_they_were_joined():
    call, _ = live(*RINGING, TimedOut(), BuyerJoined(at_ms=9000, leg=1))
    assert call.state is State.BRIDGED


def test_an_expired_bid_is_not_offered():
    bids = BidsClosed(ranked=(bid("gone", expires_ms=10), NEXT), at_ms=20)
    call, _ = live(*ANSWERED[:-1], bids)
    assert call.bid == NEXT


def test_a_bid_in_time_after_an_early_decision_joins_the_queue_at_its_place():
    late = bid("late")
    news = BidCame(bid=late, worse=(TargetId("next"),))
    call, _ = live(*RINGING, news, LegEnded(at_ms=2000, leg=1, cause="busy"))
    assert (call.bid, list(call.bids)) == (late, [NEXT])


def test_the_next_tier_is_asked_when_the_first_did_not_buy_then_the_fallback():
    start = [Cleared(tiers=2), *ANSWERED[1:-1]]
    call, _ = live(*start, BidsClosed())
    assert (call.state, call.tier) == (State.PINGING, 1)
    call, _ = live(BidsClosed(), call=call)
    assert call.state is State.FALLBACK


def test_a_call_is_offered_to_no_more_bids_than_allowed():
    start = [Cleared(legs_max=1), *ANSWERED[1:], HoldRefused(leg=1)]
    assert live(*start)[0].state is State.FALLBACK


def test_a_zip_is_asked_for_as_often_as_the_campaign_says():
    asked = [Cleared(zip_tries=2), CallerAnswered(), Greeted()]
    assert live(*asked)[0].state is State.GATHERING
    assert live(*asked, ZipEntered())[0].state is State.GATHERING
    assert live(*asked, ZipEntered(), TimedOut())[0].state is State.PINGING
    call, _ = live(*asked, ZipEntered(facts=FACTS))
    assert (call.state, call.fact("zip")) == (State.PINGING, "94110")


def test_a_campaign_that_needs_a_zip_does_not_sell_without_one():
    asked = [Cleared(zip_tries=1, zip_required=True), CallerAnswered(), Greeted(), ZipEntered()]
    assert live(*asked)[0].state is State.FALLBACK


def test_with_nobody_to_ask_the_call_gets_the_fallback():
    assert live(Cleared(tiers=0), CallerAnswered(), Greeted())[0].state is State.FALLBACK


def test_news_of_a_former_leg_is_not_expected():
    call, _ = live(*RINGING, LegEnded(leg=1, cause="busy"), HoldMade(leg=2))
    assert not expects(call, LegEnded(leg=1))
    assert expects(call, LegEnded(leg=2))


def test_the_table_is_whole():
    assert set(TABLE) == set(State)
    for state in set(TABLE) - {State.ENDED}:
        assert HungUp in TABLE[state], "the caller may always leave"
        assert TimedOut in TABLE[state], "no state can last for ever"
        assert DEADLINE_S[state] > 0
    assert {turn for row in TABLE.values() for turn in row.values() if isinstance(turn, Turn)} == {
        *Turn
    }


def test_a_ring_and_a_talk_have_their_own_time_on_top():
    assert deadline_s(live(*RINGING)[0]) == 25.0
    assert deadline_s(live(*TALKING)[0]) == 7230.0


MAKERS = {
    kind: st.builds(kind, at_ms=st.integers(0, 300_000), leg=st.sampled_from([None, 1, 2]))
    for kind in (
        BidCame,
        Cleared,
        CallerAnswered,
        Greeted,
        ZipEntered,
        HoldMade,
        HoldRefused,
        Confirmed,
        ConfirmFailed,
        BuyerAnswered,
        BuyerJoined,
        LegEnded,
        HungUp,
        TimedOut,
        Blocked,
        Posted,
    )
}
ANY_BIDS = st.just(BidsClosed(ranked=(BEST, bid("firm", confirm=True, post=True), NEXT)))


@given(st.lists(st.one_of(ANY_BIDS, *MAKERS.values()), max_size=60))
def test_each_hold_is_settled_once_whatever_happens(script):
    call, held, settled = NEW, set(), []
    ends = [HungUp(at_ms=300_000), TimedOut(), TimedOut()]
    for event in [*script, *ends]:
        if not expects(call, event):
            continue
        before = call
        call, settlement = step(call, event)
        if isinstance(event, HoldRefused):
            held.discard(before.leg)
        if settlement is not None:
            settled.append(settlement.leg)
            assert settlement.outcome is not Outcome.CAPTURE or before.joined_ms or call.joined_ms
        if call.state is State.AWARDING:
            held.add(call.leg)
    assert call.state is State.ENDED
    assert not call.held
    assert sorted(settled) == sorted(held)


@pytest.mark.parametrize(
    ("events", "reached"),
    [
        ([TimedOut(at_ms=1, leg=1)], "NOBODY"),  # No answer to the confirm, or none of the bank.
        ([HoldMade(at_ms=1, leg=1), LegEnded(2, leg=1, cause="bad_number")], "NOBODY"),
        ([HoldMade(at_ms=1, leg=1), LegEnded(2, leg=1, cause="busy")], "RUNG"),
        ([HoldMade(at_ms=1, leg=1), HungUp(2)], "RUNG"),
        ([HoldMade(at_ms=1, leg=1), BuyerAnswered(2, leg=1), LegEnded(3, leg=1)], "ANSWERED"),
        ([HoldMade(at_ms=1, leg=1), BuyerJoined(2, leg=1), LegEnded(3, leg=1)], "ANSWERED"),
    ],
)
def test_a_settlement_says_how_far_the_leg_came_and_when_it_began(events, reached):
    call, _ = live(*ANSWERED[:-1], BidsClosed(at_ms=500, ranked=(BEST, NEXT)))
    settlements = []
    for event in [*events, TimedOut(9), TimedOut(10)]:
        if call.state is not State.ENDED:
            call, settlement = step(call, event)
            settlements += [settlement] if settlement is not None else []
    assert settlements[0].reached.name == reached
    assert settlements[0].awarded_ms == 500
