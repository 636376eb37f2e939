"""Whom an auction waits for, and until when what came counts as in time."""

from __future__ import annotations

import orjson
import pytest
import trio
import trio.testing

from actors.turnstile import STANDING_S
from buyers.library import load_format
from market.money import micros
from market.network import PingTarget, Tier
from tests.calls.test_auctioneer import (
    DEADLINE_S,
    FORMATS,
    PLAIN,
    names,
    open_stand,
    pinged,
    reasons,
)


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


async def test_while_others_begin_the_deadline_does_not_move_and_buyers_are_told_less(
    autojump_clock, nursery
):
    async with open_stand({"a": (9.0, 10.0)}, pinged("a")) as stand:
        nursery.start_soon(hold_up, stand.auctioneer.turnstile, 0.02)
        await trio.testing.wait_all_tasks_blocked()
        start = trio.current_time()
        await stand.hold()
        assert trio.current_time() - start == pytest.approx(DEADLINE_S)
        (told,) = [orjson.loads(body)["deadline_ms"] for body in stand.auctioneer.wire.sent]
        assert told == 700 - 20


async def test_an_auction_that_waits_too_long_for_its_turn_is_shed(autojump_clock, nursery):
    async with open_stand({"a": (0.1, 10.0)}, pinged("a")) as stand:
        nursery.start_soon(hold_up, stand.auctioneer.turnstile, STANDING_S + 0.001)
        await trio.testing.wait_all_tasks_blocked()
        assert reasons(await stand.hold()) == {"a": "shed"}
        assert (stand.auctioneer.wire.sent, stand.count("shed_total")) == ([], 1)
        assert names((await stand.hold()).ranked) == ["a"]


async def test_who_leaves_while_buyers_are_asked_leaves_no_ping_out(autojump_clock):
    answers = {f"t{number}": (9.0, 10.0) for number in range(12)}
    async with open_stand(answers, *map(pinged, answers)) as stand:
        with trio.CancelScope() as scope:
            scope.cancel()  # Heard at the first pause between two goes.
            await stand.hold()
        flights = stand.auctioneer.wire.flights
        assert 0 < len(flights) < len(answers)
        assert all(flight.over for flight in flights)
        assert not any(state.out for state in stand.auctioneer.health.pings.values())


async def hold_up(turnstile, for_s):
    async with turnstile.turn(1.0):
        await trio.sleep(for_s)
