"""An auction with margins, modifiers and odds: what a bid counts for decides."""

from dataclasses import replace
from uuid import UUID

import pytest
import trio

from auctiond.calls.odds import OddsBook
from market.call import BidCame, Outcome, Reached, Settlement, State
from market.condition import Comparison
from market.money import micros
from market.network import Campaign, Filter, Target, Tier
from market.pricing import Modifier, Odds
from routing.odds import Counts, LegCounts
from tests.calls.kit import bid, call_in
from tests.calls.test_auctioneer import CALL, names, open_stand, pinged, reasons

SURE = Odds(20, 0)  # Nobody is explored.
OURS = Filter("publisher", any_of=("pub",))
EXPECTED = Campaign("calls", "Calls", "auto", (), rank_by="expected", odds=SURE)
HALF = Modifier("multiply", 500_000)


def by(strategy, *targets):
    return {"tiers": (Tier(tuple(one.id for one in targets), strategy),)}


def history(**targets):
    book = OddsBook()
    book.load(LegCounts("calls", name, Counts(*counts)) for name, counts in targets.items())
    return book


async def test_the_bid_that_counts_most_leads_and_pays_its_price(autojump_clock):
    answers = {"a": (0.1, 30.0), "b": (0.2, 20.0)}
    async with open_stand(answers, pinged("a", margin_percent=50), pinged("b")) as stand:
        closed = await stand.hold()
        assert [(one.target, one.price, one.effective) for one in closed.ranked] == [
            ("b", micros(20), micros(20)),
            ("a", micros(30), micros(15)),
        ]


async def test_it_is_over_when_no_ceiling_counts_for_more_than_the_leader(autojump_clock):
    """By its price, the slow one could still win; less its margin, it cannot."""
    answers = {"quick": (0.1, 26.0), "slow": (0.7, 50.0)}
    targets = (pinged("quick"), pinged("slow", margin_percent=50))
    async with open_stand(answers, *targets) as stand:
        closed = await stand.hold()
        assert closed.took_ms == pytest.approx(100, abs=1)
        assert reasons(closed) == {"slow": "closed_early"}


async def test_a_leader_that_counts_for_less_than_it_bids_waits_for_who_may_beat_it(autojump_clock):
    """By its price nobody could beat it; less its penalty, the slow one does."""
    answers = {"quick": (0.1, 50.0), "slow": (0.7, 40.0)}
    targets = (pinged("quick", penalty=micros(20)), pinged("slow", price_max=micros(45)))
    async with open_stand(answers, *targets) as stand:
        assert names((await stand.hold()).ranked) == ["slow", "quick"]


async def test_a_bid_after_the_decision_is_told_with_what_it_counts_for(autojump_clock):
    answers = {"quick": (0.1, 26.0), "slow": (0.7, 40.0)}
    targets = (pinged("quick"), pinged("slow", margin_percent=50))
    async with open_stand(answers, *targets) as stand:
        await stand.hold()
        await trio.sleep(1)
    ((_, event),) = stand.told
    assert isinstance(event, BidCame)
    assert (event.bid.price, event.bid.effective) == (micros(40), micros(20))
    assert event.worse == ()


async def test_expected_revenue_ranks_by_bid_times_chance(autojump_clock):
    answers = {"dear": (0.1, 40.0), "sure": (0.2, 25.0)}
    campaign = {"rank_by": "expected", "odds": SURE}
    async with open_stand(answers, pinged("dear"), pinged("sure"), **campaign) as stand:
        odds = history(dear=(1000, 400, 100), sure=(1000, 900, 800))
        object.__setattr__(stand.auctioneer, "odds", odds)
        closed = await stand.hold()  # And it is decided the same again: the stand sees to that.
    assert names(closed.ranked) == ["sure", "dear"]
    assert [one.price for one in closed.ranked] == [micros(25), micros(40)]
    chances = dict(odds.chances(EXPECTED, ["dear", "sure"], b""))
    assert [one.effective for one in closed.ranked] == [
        one.price * chances[one.target] // 10**6 for one in closed.ranked
    ]


def test_ranking_by_price_needs_no_odds():
    assert history(a=(30, 30, 30)).chances(replace(EXPECTED, rank_by="price"), ["a"], b"") == ()


async def test_who_is_rejected_by_a_modifier_is_not_asked(autojump_clock):
    reject = Modifier("reject", condition=Comparison("state", "in", ("CA",)))
    targets = (pinged("a", modifiers=(reject,)), pinged("b", modifiers=(HALF,)))
    async with open_stand({"b": (0.1, 10.0)}, *targets) as stand:
        closed = await stand.hold()
        assert reasons(closed) == {"a": "modifier"}
        assert closed.ranked[0].effective == micros(5)


@pytest.mark.parametrize(
    ("strategy", "orders"),
    [
        ("auction", [["dear", "static", "cheap"]] * 2),
        ("waterfall", [["cheap", "static", "dear"]] * 2),
        ("round_robin", [["cheap", "static", "dear"], ["static", "dear", "cheap"]]),
    ],
)
async def test_static_and_pinged_targets_take_part_alike(strategy, orders, autojump_clock):
    answers = {"cheap": (0.2, 10.0), "dear": (0.1, 30.0)}
    static = Target("static", "static", price=micros(20), destination="+15557110009")
    targets = (pinged("cheap"), static, pinged("dear"))
    async with open_stand(answers, *targets, **by(strategy, *targets)) as stand:
        assert [names((await stand.hold()).ranked) for _ in orders] == orders


async def test_a_weighted_draw_is_of_static_and_pinged_targets_and_goes_by_the_call(autojump_clock):
    answers = {"pinged": (0.1, 10.0)}
    static = Target("static", "static", price=micros(20), destination="+15557110009", weight=3)
    targets = (pinged("pinged"), static)
    calls = [replace(CALL, id=UUID(int=number)) for number in range(200)]
    async with open_stand(answers, *targets, **by("weighted", *targets)) as stand:
        first = [names((await stand.hold(call)).ranked)[0] for call in calls]
        again = [names((await stand.hold(call)).ranked)[0] for call in calls[:20]]
    assert again == first[:20]
    assert abs(first.count("static") - 150) < 4 * (200 * 0.75 * 0.25) ** 0.5


async def test_the_publisher_of_a_call_is_a_field_of_filters(autojump_clock):
    other = replace(CALL, publisher="other")
    async with open_stand({"a": (0.1, 10.0)}, pinged("a", filters=(OURS,))) as stand:
        assert names((await stand.hold()).ranked) == ["a"]
        assert reasons(await stand.hold(other)) == {"a": "filter:publisher"}


def over(outcome, **changes):
    settlement = Settlement(1, bid("a"), outcome, **changes)
    return OddsBook().leg_over(call_in(State.LEG_OVER), settlement)


def test_a_leg_that_is_over_is_a_row_with_how_far_it_came():
    row = {"leg": 1, "target": "a"}
    unanswered = over(Outcome.RELEASE, reached=Reached.RUNG)
    assert unanswered == {**row, "answered": False, "sold": False}
    short = over(Outcome.RELEASE, reached=Reached.ANSWERED)
    assert short == {**row, "answered": True, "sold": False}
    sold = over(Outcome.CAPTURE, reached=Reached.ANSWERED)
    assert sold == {**row, "answered": True, "sold": True}


def test_a_leg_that_rang_nowhere_or_of_unknown_talk_tells_nothing():
    assert over(Outcome.RELEASE) is None
    assert over(Outcome.REVIEW, reached=Reached.ANSWERED) is None


def test_what_happens_is_counted_at_once():
    book = history(a=(30, 0, 0), b=(30, 0, 0))
    for _ in range(20):
        sold = Settlement(1, bid("a"), Outcome.CAPTURE, reached=Reached.ANSWERED)
        book.leg_over(call_in(State.LEG_OVER), sold)
    chances = dict(book.chances(EXPECTED, ["a", "b"], b""))
    assert chances["a"] > 2 * chances["b"]
