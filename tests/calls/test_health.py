"""Targets that do badly are held back with a reason, in the very calls they would have been in."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio

from actors.shelter import open_shelter
from auctiond.calls.health_gauges import HealthGauges
from auctiond.metrics import Metrics
from auctiond.net.wire import WireError
from auctiond.networks.network_book import compile_edition
from buyers.library import load_library
from market.call import Outcome, Settlement, State
from market.health import Health
from market.ids import id_at
from market.money import micros
from market.network import Filter, Target
from market.reasons import reason_of
from routing.ping_health import draw_of
from tests.calls.kit import START_MS, Events, bid, call_in, health_desk
from tests.calls.test_auctioneer import names, open_stand, pinged, reasons
from tests.whole.networks import network_of

GOOD = {"a": (0.1, 10.0), "b": (0.1, 20.0)}
SLOW = {"a": (0.1, 10.0), "b": (1.2, 20.0)}
ON = Health(throttle="on")
DEAD = WireError("connect_error")


def call(number):
    return replace(call_in(State.PINGING, leg=0, bid=None), id=id_at(START_MS, b"%d" % number))


async def hold_all(stand, count):
    """Hold the auctions of `count` calls, one after the other; return why "b" did not bid."""
    return [reasons(await stand.hold(call(number))).get("b") for number in range(count)]


async def test_a_slow_target_is_only_watched_at_first(autojump_clock):
    watch = Health(skip_slow="watch")
    async with open_stand(SLOW, pinged("a"), pinged("b", health=watch)) as stand:
        assert set(await hold_all(stand, 60)) == {"timeout"}
        assert stand.count("held_back_total", target="b", reason="throttled:health", mode="watch")
        assert stand.count("held_back_total", target="b", reason="too_slow", mode="watch")
        assert not stand.count("held_back_total", target="a", reason="too_slow", mode="watch")


async def test_a_failing_target_gets_fewer_pings_and_never_none(autojump_clock):
    failing = {"a": (0.1, 10.0), "b": (0.05, DEAD)}
    async with open_stand(failing, pinged("a"), pinged("b", health=ON)) as stand:
        found = await hold_all(stand, 300)
        held = found[200:].count("throttled:health")
        assert 40 <= held <= 90
        assert found[200:].count("connect_error") == 100 - held


async def test_a_target_too_slow_is_spared_and_comes_back(autojump_clock):
    async with open_stand(dict(SLOW), pinged("a"), pinged("b")) as stand:
        found = await hold_all(stand, 60)
        assert found.count("too_slow") > 20
        assert "timeout" in found[30:]  # The probes.
        stand.auctioneer.wire.answers["b"] = (0.1, 20.0)
        assert (await hold_all(stand, 120))[-20:] == [None] * 20


async def test_the_same_call_is_decided_the_same_way():
    draws = [draw_of(call(number).id.bytes, "b") for number in range(2000)]
    assert draws == [draw_of(call(number).id.bytes, "b") for number in range(2000)]
    assert draws[0] != draw_of(call(0).id.bytes, "a")
    assert 0.08 < sum(draw >= 0.9 for draw in draws) / 2000 < 0.12


async def test_no_more_pings_are_out_than_the_limit(autojump_clock):
    never = {"a": (9.0, 10.0)}
    async with open_stand(never, pinged("a", health=Health(pings_max=3))) as stand:
        found = []

        async def one(number):
            await trio.sleep(number * 0.01)
            found.append(reasons(await stand.hold(call(number)))["a"])

        async with trio.open_nursery() as nursery:
            for number in range(5):
                nursery.start_soon(one, number)
        assert sorted(found) == ["throttled:limit"] * 2 + ["timeout"] * 3


async def test_a_caller_who_leaves_harms_no_target(autojump_clock):
    async with open_stand({"a": (9.0, 10.0)}, pinged("a")) as stand:
        for number in range(30):
            with trio.move_on_after(0.3):
                await stand.hold(call(number))
        assert stand.auctioneer.health.values()["a"]["failing"] == 0.0
        assert stand.auctioneer.health.values()["a"]["pings_out"] == 0


async def test_while_we_are_late_ourselves_nothing_counts(autojump_clock):
    async with open_stand({"a": (9.0, 10.0)}, pinged("a")) as stand:
        stand.auctioneer.health.lag_ms = lambda: 31.0
        for number in range(20):
            await stand.hold(call(number))
        assert stand.auctioneer.health.values()["a"]["failing"] == 0.0


async def test_a_secondary_is_asked_only_while_its_primary_is_out_of_order(autojump_clock):
    second = pinged("b", secondary_of="a")
    async with open_stand(dict(GOOD), pinged("a"), second) as stand:
        closed = await stand.hold(call(0))
        assert (names(closed.ranked), reasons(closed)) == (["a"], {"b": "secondary"})
        stand.auctioneer.wire.answers["a"] = (0.1, DEAD)
        for number in range(30):
            await stand.hold(call(number))
        assert names((await stand.hold(call(99))).ranked) == ["b"]
    async with open_stand(dict(GOOD), pinged("a", paused=True), second) as stand:
        assert names((await stand.hold(call(0))).ranked) == ["b"]
    closed_now = pinged("a", filters=(Filter("state", any_of=("NY",)),))
    async with open_stand(dict(GOOD), closed_now, second) as stand:
        assert reasons(await stand.hold(call(0)))["b"] == "secondary"


async def test_a_target_that_paused_itself_hands_over_to_its_secondary(autojump_clock):
    targets = (pinged("a"), pinged("b", secondary_of="a"))
    async with open_stand(dict(GOOD), *targets) as stand:
        leave_unanswered(stand.auctioneer.health, stand.edition.snapshot, "a", 3)
        closed = await stand.hold(call(0))
        assert names(closed.ranked) == ["b"]
        assert reasons(closed) == {"a": "auto_paused:unanswered"}


def leave_unanswered(desk, snapshot, target, count, first=0):
    for number in range(first, first + count):
        settled = Settlement(1, bid(target), Outcome.RELEASE, unanswered=True)
        desk.leg_over(call(number), settled, snapshot)


@asynccontextmanager
async def open_desk(*targets: Target, events=None, **more):
    edition = compile_edition(1, network_of(targets), load_library(), str)
    events = events or Events()
    metrics = Metrics()
    async with open_shelter(drain_s=5) as shelter:
        yield health_desk(shelter, metrics, events, **more), edition.snapshot, events


def why(desk, snapshot, target="a"):
    admitted = desk.admit(snapshot.network.targets, snapshot, b"call", trio.current_time() + 1)
    return {no.target: no.reason for no in admitted.held}.get(target, "")


async def test_three_unanswered_calls_in_an_hour_pause_a_target_for_a_while(autojump_clock):
    async with open_desk(pinged("a"), pinged("b")) as (desk, snapshot, events):
        leave_unanswered(desk, snapshot, "a", 2)
        assert why(desk, snapshot) == ""
        leave_unanswered(desk, snapshot, "a", 1, first=2)
        assert (why(desk, snapshot), why(desk, snapshot, "b")) == ("auto_paused:unanswered", "")
        await trio.sleep(3599)
        assert why(desk, snapshot) == "auto_paused:unanswered"
        await trio.sleep(2)
        assert why(desk, snapshot) == ""
        assert sorted(row.kind for row in events.rows) == ["paused", *["unanswered"] * 3]
        registry = desk.metrics.registry
        assert registry.get_sample_value("auctiond_auto_pauses_total", {"target": "a"}) == 1


async def test_a_static_target_pauses_too(autojump_clock):
    static = Target(id="a", buyer="a", price=micros(10), destination="+15557110001")
    async with open_desk(static) as (desk, snapshot, _):
        leave_unanswered(desk, snapshot, "a", 3)
        assert why(desk, snapshot) == "auto_paused:unanswered"


async def test_a_restart_forgets_no_pause_and_no_unanswered_call(autojump_clock):
    for_good = pinged("a", health=Health(pause_s=0.0))
    events = Events(away=2)
    async with open_desk(for_good, pinged("b"), events=events) as (desk, snapshot, _):
        leave_unanswered(desk, snapshot, "a", 3)
        leave_unanswered(desk, snapshot, "b", 2)
        await trio.sleep(10)
    async with open_desk(for_good, pinged("b"), events=events) as (desk, snapshot, _):
        await desk.pauses.load()
        leave_unanswered(desk, snapshot, "b", 2)  # The same legs again, as after a crash.
        assert (why(desk, snapshot), why(desk, snapshot, "b")) == ("auto_paused:unanswered", "")
        leave_unanswered(desk, snapshot, "b", 1, first=2)
        assert why(desk, snapshot, "b") == "auto_paused:unanswered"
        assert desk.resume("a", snapshot, "key") == ["a"]
        await trio.sleep(1)
    async with open_desk(for_good, pinged("b"), events=events) as (desk, snapshot, _):
        await desk.pauses.load()
        assert why(desk, snapshot) == ""


async def test_an_operator_resumes_a_target_or_all_of_a_buyer(autojump_clock):
    async with open_desk(pinged("a"), pinged("b")) as (desk, snapshot, events):
        leave_unanswered(desk, snapshot, "a", 3)
        assert desk.resume("b", snapshot, "key") == []
        assert desk.resume("nobody", snapshot, "key") is None
        assert desk.resume("a", snapshot, "key") == ["a"]
        assert why(desk, snapshot) == ""
        await trio.sleep(1)
        assert [row.by for row in events.rows if row.kind == "resumed"] == ["key"]


async def test_a_target_whose_sales_come_back_is_stopped(autojump_clock):
    async with open_desk(pinged("a"), returns=lambda target: (40, 11)) as (desk, snapshot, _):
        assert why(desk, snapshot) == "auto_paused:returns"
    async with open_desk(pinged("a")) as (desk, snapshot, _):
        assert why(desk, snapshot) == ""


async def test_how_targets_do_is_read_off_when_it_is_asked(autojump_clock):
    async with open_stand(dict(GOOD), pinged("a"), pinged("b")) as stand:
        registry = stand.auctioneer.metrics.registry
        registry.register(HealthGauges(stand.auctioneer.health))
        for number in range(20):
            await stand.hold(call(number))
        assert stand.count("target_ping_limit", target="a") == 64
        assert stand.count("target_usual_seconds", target="a") == pytest.approx(0.1)
        assert stand.count("target_auto_paused", target="a") == 0


@pytest.mark.parametrize(
    "code", ["throttled:limit", "too_slow", "auto_paused:unanswered", "secondary"]
)
def test_each_reason_is_one_of_not_being_asked(code):
    assert reason_of(code).stage == "not_pinged"
