"""Whom an auction waits for, and until when what came counts as in time."""

from __future__ import annotations

import pytest
import trio

from buyers.library import load_format
from market.money import micros
from market.network import PingTarget, Tier
from tests.calls.test_auctioneer import DEADLINE_S, FORMATS, PLAIN, names, open_stand, pinged


@pytest.mark.parametrize(
    ("after_s", "told"),
    [(0.5, ["slow"]), (DEADLINE_S, ["slow"]), (DEADLINE_S + 0.1, [])],
)
async def test_a_bid_after_an_early_decision_counts_until_the_deadline(
    autojump_clock, after_s, told
):
    answers = {"best": (0.01, 50.0), "slow": (after_s, 20.0)}
    targets = (pinged("best"), pinged("slow", price_max=micros(40)))
    async with open_stand(answers, *targets) as stand:
        assert names((await stand.hold()).ranked) == ["best"]
        await trio.sleep(2)
        assert [event.bid.target for _, event in stand.told] == told


async def test_who_could_not_be_asked_does_not_change_who_is_waited_for(autojump_clock, tmp_path):
    """An equal bid of an earlier place is waited for, though the places before it are empty."""
    strict = tmp_path / "strict.toml"
    strict.write_text(PLAIN.read_text().replace('"{zip}"', '"{zip|required}"', 1))
    formats = FORMATS | {"strict": load_format(strict)}
    ping = PingTarget("strict", "http://127.0.0.1/s")
    unasked = [pinged(name, ping=ping) for name in ("x1", "x2")]
    answers = {"first": (0.5, 50.0), "second": (0.01, 50.0)}
    async with open_stand(answers, *unasked, *map(pinged, answers), formats=formats) as stand:
        assert names((await stand.hold()).ranked) == ["first", "second"]


@pytest.mark.parametrize("strategy", ["weighted", "round_robin"])
async def test_where_price_does_not_decide_everybody_is_waited_for(autojump_clock, strategy):
    answers = {"a": (0.01, 50.0), "b": (0.7, 6.0), "c": (5.0, 50.0)}
    tier = Tier(tuple(answers), strategy=strategy)
    async with open_stand(answers, *map(pinged, answers), tiers=(tier,)) as stand:
        start = trio.current_time()
        closed = await stand.hold()
        assert trio.current_time() - start == pytest.approx(DEADLINE_S)
    assert set(names(closed.ranked)) == {"a", "b"}


async def test_a_bid_says_how_long_it_took_and_what_it_counts_as(autojump_clock):
    async with open_stand({"a": (0.25, 10.0)}, pinged("a")) as stand:
        (bid,) = (await stand.hold()).ranked
    assert (bid.ms, bid.effective) == (250.0, micros(10))
