"""Which legs count as left unanswered by their buyer."""

import pytest

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
    TimedOut,
)
from market.call_state import step
from tests.market.test_call_state import BEST, NEW, NEXT

RINGING = [
    *(Cleared(), CallerAnswered(), Greeted(), BidsClosed(ranked=(BEST, NEXT))),
    HoldMade(at_ms=10_000, leg=1),
]
TALKING = [*RINGING, BuyerAnswered(at_ms=12_000, leg=1), BuyerJoined(at_ms=12_100, leg=1)]


def ended(at_ms, cause="completed", **more):
    return LegEnded(at_ms=at_ms, leg=1, cause=cause, **more)


def settlements(*events):
    call, found = NEW, []
    for event in events:
        call, settlement = step(call, event)
        found += [settlement] if settlement is not None else []
    return found


CASES = [
    ("rang 8 s for nobody", [*RINGING, ended(18_000, "no_answer")], True),
    ("rang less", [*RINGING, ended(17_999, "no_answer")], False),
    ("busy at once", [*RINGING, ended(10_500, "busy")], False),
    ("declined at once", [*RINGING, ended(11_000, "declined")], False),
    ("the carrier's fault", [*RINGING, ended(30_000, "carrier_error")], False),
    ("hung up at once", [*TALKING, ended(21_100)], True),
    ("talked a while", [*TALKING, ended(21_101)], False),
    ("sold", [*TALKING, ended(112_100), HungUp(at_ms=113_000)], False),
    (
        "the caller left at once",
        [*TALKING, ended(15_000, caller_left=True), HungUp(at_ms=15_000)],
        False,
    ),
    ("the caller left first", [*TALKING, HungUp(at_ms=15_000), ended(15_050)], False),
    (
        "the caller left while it rang long",
        [*RINGING, HungUp(at_ms=25_000), ended(25_050, "cancelled")],
        True,
    ),
    (
        "the caller left while it rang",
        [*RINGING, HungUp(at_ms=13_000), ended(13_050, "cancelled")],
        False,
    ),
    (
        "cancelled by us after its ring",
        [*RINGING, TimedOut(at_ms=35_000), ended(35_900, "cancelled")],
        True,
    ),
    (
        "answered, never joined, hung up",
        [
            *RINGING,
            BuyerAnswered(at_ms=12_000, leg=1),
            ended(14_000),
            TimedOut(at_ms=15_500),
        ],
        True,
    ),
]


@pytest.mark.parametrize(("what", "events", "expected"), CASES, ids=[case[0] for case in CASES])
def test_what_counts_as_unanswered(what, events, expected):
    (settlement,) = settlements(*events)
    assert settlement.unanswered is expected
