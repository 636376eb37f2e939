"""A call for people: how it ended, and for each candidate why it got the call or did not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from auctiond.calls.call_view import disposition, fold, summary, timeline
from auctiond.calls.candidates import candidates
from auctiond.calls.event_codec import EVENTS, from_row, to_data
from market.bids import NoBid, TargetId
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
    State,
    TimedOut,
    ZipEntered,
)
from market.reasons import REASONS
from tests.calls.kit import CALL_ID, START_MS, bid

A, B, C = bid("a", "30"), bid("b", "20"), bid("c", "20")
TAKEN = (Cleared(network=3, campaign="calls"), CallerAnswered(), Greeted())
RUNG = (HoldMade(START_MS, 1), BuyerAnswered(START_MS + 100, 1))
TALK = (*RUNG, BuyerJoined(START_MS + 200, 1))


@dataclass
class Row:
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    at_ms: int = START_MS


def row_of(event):
    return Row(type(event).__name__, to_data(event), event.at_ms)


def live(*events):
    """Return the life of a call that was taken, and then had `events` (or rows)."""
    rows = [event if isinstance(event, Row) else row_of(event) for event in (*TAKEN, *events)]
    return fold(Call(CALL_ID, arrived_ms=START_MS), rows)


def reasons(life):
    found = {row["target"]: row["reason"] for row in candidates(life)}
    for code in found.values():
        assert code.partition(":")[0] in REASONS
    return found


def closed(*ranked, others=()):
    return BidsClosed(START_MS, ranked=ranked, others=others)


SOLD = (closed(A, B), *TALK, HungUp(START_MS + 70_200), LegEnded(START_MS + 70_200, 1))
SHORT = (closed(A, B), *TALK, HungUp(START_MS + 9_200), LegEnded(START_MS + 9_200, 1))


def test_a_sale_in_one_line():
    life = live(*SOLD)
    assert summary(life.call) == {
        "network": 3,
        "state": "ended",
        "disposition": "sold",
        "blocked": "",
        "facts": {},
        "legs": 1,
        "buyer": "a",
        "target": "a",
        "price_micros": 30_000_000,
        "talk_ms": 70_000,
        "talks": [
            {
                "target": "a",
                "buyer": "a",
                "connected_ms": START_MS + 200,
                "billable_ms": START_MS + 70_200,
                "paid": True,
            }
        ],
        "unpaid": "",
    }
    assert [one.outcome for one in life.settlements] == [Outcome.CAPTURE]


@pytest.mark.parametrize(
    ("events", "how"),
    [
        ((), "live"),
        (SOLD, "sold"),
        (SHORT, "under_duration"),
        ((HungUp(START_MS),), "abandoned"),
        ((closed(A), *RUNG, HungUp(START_MS + 150), LegEnded(START_MS + 150, 1)), "abandoned"),
        ((closed(), LegEnded(START_MS, 1), HungUp(START_MS)), "unsold"),
        ((closed(), HungUp(START_MS), TimedOut(START_MS)), "unsold"),
    ],
)
def test_how_a_call_ended(events, how):
    assert disposition(live(*events).call) == how


def test_a_refused_call_says_why():
    rows = [row_of(Blocked(reason="blocked_caller")), row_of(HungUp(START_MS))]
    life = fold(Call(CALL_ID), rows)
    assert (disposition(life.call), summary(life.call)["blocked"]) == ("blocked", "blocked_caller")


NEXT_SOLD = (
    HoldMade(START_MS, 2),
    BuyerJoined(START_MS + 5_000, 2),
    HungUp(START_MS + 99_000),
    LegEnded(START_MS + 99_000, 2),
)


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ((HoldRefused(leg=1, reason="hold_refused:balance"),), "hold_refused:balance"),
        ((HoldMade(START_MS, 1), LegEnded(START_MS, 1, cause="busy")), "busy"),
        ((HoldMade(START_MS, 1), LegEnded(START_MS, 1, cause="declined")), "declined"),
        ((HoldMade(START_MS, 1), LegEnded(START_MS, 1, cause="bad_number")), "bad_number"),
        ((HoldMade(START_MS, 1), LegEnded(START_MS, 1, cause="carrier_error")), "carrier_error"),
        (
            (HoldMade(START_MS, 1), TimedOut(), LegEnded(START_MS, 1, cause="cancelled")),
            "no_answer",
        ),
        ((*RUNG, LegEnded(START_MS + 150, 1), TimedOut(START_MS)), "declined"),
        ((*RUNG, LegEnded(START_MS + 150, 1, cause="unknown"), TimedOut()), "carrier_error"),
        ((*TALK, LegEnded(START_MS + 9_000, 1)), "under_duration"),
    ],
)
def test_why_the_best_bid_did_not_get_the_call_that_the_next_one_got(first, reason):
    life = live(closed(A, B), *first, *NEXT_SOLD)
    assert reasons(life) == {"a": reason, "b": "won"}


def test_a_confirm_that_fails_says_how():
    wants = bid("a", "30", confirm=True)
    refused = (HoldMade(START_MS, 1), ConfirmFailed(leg=1, reason="confirm_refused"))
    assert reasons(live(closed(wants, B), *refused, *NEXT_SOLD))["a"] == "confirm_refused"
    silent = (HoldMade(START_MS, 1), TimedOut(START_MS))
    assert reasons(live(closed(wants, B), *silent, *NEXT_SOLD))["a"] == "confirm_unknown"
    fine = (HoldMade(START_MS, 1), Confirmed(leg=1, destination="+15550100"))
    assert live(closed(wants, B), *fine).call.destination == "+15550100"


def test_a_ledger_that_does_not_answer_is_the_reason():
    life = live(closed(A, B), TimedOut(START_MS), HungUp(START_MS), TimedOut(START_MS))
    assert reasons(life) == {"a": "hold_refused:away", "b": "not_needed"}


@pytest.mark.parametrize(
    "end",
    [
        (HungUp(START_MS + 150), LegEnded(START_MS + 150, 1, cause="cancelled")),
        (LegEnded(START_MS + 150, 1, cause="cancelled", caller_left=True), HungUp(START_MS)),
        (LegEnded(START_MS + 150, 1, caller_left=True), HungUp(START_MS + 150)),
        (HungUp(START_MS + 150), TimedOut(START_MS)),
    ],
)
def test_a_caller_who_leaves_is_no_fault_of_the_buyers(end):
    life = live(closed(A, B), HoldMade(START_MS, 1), *end)
    assert reasons(life) == {"a": "caller_gone", "b": "not_needed"}


def test_a_talk_of_unknown_length_is_for_a_person():
    ended = (HungUp(START_MS + 90_000, guess=True), TimedOut(START_MS))
    life = live(closed(A), *TALK, *ended)
    assert (reasons(life), life.call.sold) == ({"a": "review"}, False)


def test_an_equal_price_that_came_after_is_a_tie_and_a_lower_one_outbid():
    low = bid("low", "10")
    first = (HoldMade(START_MS, 1), LegEnded(START_MS, 1, cause="busy"))
    life = live(closed(A, B, C, low), *first, *NEXT_SOLD)
    assert reasons(life) == {"a": "busy", "b": "won", "c": "tie", "low": "outbid"}


def test_a_bid_that_ran_out_before_its_turn_is_expired():
    short = bid("short", "25", expires_ms=START_MS + 2_000)
    first = (HoldMade(START_MS, 1), LegEnded(START_MS + 3_000, 1, cause="busy"))
    life = live(closed(A, short, B), *first, *NEXT_SOLD)
    assert reasons(life) == {"a": "busy", "short": "expired", "b": "won"}


def test_a_bid_that_ran_out_after_the_call_was_sold_was_outbid():
    short = bid("short", "25", expires_ms=START_MS + 2_000)
    sold = (*TALK, HungUp(START_MS + 70_200), LegEnded(START_MS + 70_200, 1))
    assert reasons(live(closed(A, short), *sold)) == {"a": "won", "short": "outbid"}


def test_who_did_not_bid_keeps_his_reason_and_a_late_bid_is_told_with_its_price():
    others = (
        NoBid(TargetId("x"), "filter:state"),
        NoBid(TargetId("y"), "timeout"),
        NoBid(TargetId("z"), "timeout"),
        NoBid(TargetId("w"), "reject:no_coverage", "no coverage", 12.5),
    )
    late = Row("late", {"target": "y", "price": 50_000_000})
    life = live(closed(A, others=others), late, *SOLD[1:])
    rows = {row["target"]: row for row in candidates(life)}
    assert reasons(life) == {
        "a": "won",
        "x": "filter:state",
        "y": "late",
        "z": "timeout",
        "w": "reject:no_coverage",
    }
    assert (rows["y"]["price_micros"], rows["z"]["price_micros"]) == (50_000_000, None)
    assert (rows["w"]["detail"], rows["w"]["ms"], rows["w"]["who"]) == (
        "no coverage",
        12.5,
        "buyer",
    )


def test_a_bid_in_time_after_an_early_decision_is_a_bid_like_any_other():
    others = (NoBid(TargetId("c"), "closed_early"),)
    came = BidCame(START_MS, bid=C, worse=())
    busy = (HoldMade(START_MS, 1), came, LegEnded(START_MS, 1, cause="busy"))
    life = live(closed(A, others=others), *busy, *NEXT_SOLD)
    assert reasons(life) == {"a": "busy", "c": "won"}


def test_each_tier_has_its_rows():
    tiers = Cleared(network=3, campaign="calls", tiers=2)
    rows = [row_of(event) for event in (tiers, *TAKEN[1:])]
    rows += [row_of(closed(others=(NoBid(TargetId("a"), "reject"),))), row_of(closed(B))]
    life = fold(Call(CALL_ID), rows)
    found = [(row["tier"], row["target"], row["reason"]) for row in candidates(life)]
    assert found == [(1, "a", "reject"), (2, "b", "offered")]


def test_what_cannot_move_a_call_does_not():
    """A log may hold what came twice: folded again it moves nothing again."""
    twice = [event for event in SOLD for _ in range(2)]
    assert live(*twice).call == live(*SOLD).call


def test_the_timeline_counts_from_the_arrival_and_leaves_the_bids_to_their_table():
    rows = [row_of(event) for event in (*TAKEN, *SOLD)]
    told = timeline(rows, START_MS)
    assert told[-1]["ms"] == 70_200
    assert all({"ranked", "others", "at_ms"}.isdisjoint(row["data"]) for row in told)


@pytest.mark.parametrize(
    "event",
    [
        closed(A, others=(NoBid(TargetId("x"), "timeout"),)),
        BidCame(7, bid=A, worse=(TargetId("b"),)),
        Cleared(7, network=3, facts=(("zip", "10001"),), zip_required=True),
        ZipEntered(7, facts=(("zip", "10001"), ("state", "NY"))),
        LegEnded(7, 2, cause="busy", caller_left=True),
        HungUp(7, cause="completed", guess=True),
        TimedOut(7),
    ],
)
def test_an_event_comes_back_from_its_row_as_it_was(event):
    assert from_row(type(event).__name__, to_data(event)) == event


def test_every_event_has_a_row():
    assert State.ENDED.name not in EVENTS
    for kind in EVENTS.values():
        assert from_row(kind.__name__, to_data(kind())) == kind()
