"""One tier's auction: everybody has a bid or a reason, and nothing timely is left out."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pytest
import trio

from actors.shelter import open_shelter
from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.bank import Usage
from auctiond.calls.event_codec import from_row, to_data
from auctiond.calls.inputs_codec import INPUTS, unpack
from auctiond.metrics import Metrics
from auctiond.net.wire import WireError
from auctiond.networks.network_book import compile_edition
from buyers import library
from buyers.library import load_format, load_library
from market.call import BidCame, State
from market.money import micros
from market.network import Filter, PingTarget, Target, Tier
from routing.decide import decide
from tests.calls.kit import CALL_ID, call_in, health_desk, now_ms
from tests.calls.scripted_wire import ScriptedWire
from tests.whole.networks import network_of

FORMATS = load_library()
PLAIN = Path(library.__file__).parent / "library" / "plain_json.toml"
CALL = call_in(State.PINGING, leg=0, bid=None, facts=(("state", "CA"), ("area_code", "415")))
DEADLINE_S = 0.8


def price(dollars):
    return orjson.dumps({"bid": dollars, "number": "+15557110001", "id": "1", "billable_s": 60})


def pinged(name, **changes) -> Target:
    ping = PingTarget("plain_json", f"http://127.0.0.1/{name}")
    target = Target(id=name, buyer=name, ping=ping, price_max=micros(50))
    return replace(target, **changes)


@dataclass
class Stand:
    """An auctioneer, and what became known beside its decision."""

    auctioneer: Auctioneer
    edition: object
    told: list
    notes: list
    inputs: list

    async def hold(self, call=CALL):
        """Hold an auction; whatever it is, it can be decided again from its note."""
        closed = await self.auctioneer.hold(call, self.edition)
        call = replace(call, network=1)
        stored = orjson.loads(orjson.dumps(self.inputs.pop()))
        read = unpack(stored, call, from_row("BidsClosed", to_data(closed)))
        assert decide(self.edition.snapshot, call.id, read) == closed
        return closed

    def count(self, name, **labels):
        registry = self.auctioneer.metrics.registry
        return registry.get_sample_value(f"auctiond_{name}", labels) or 0


@dataclass
class Notes:
    """A call log: what an auction was decided by, and all else that was noted."""

    notes: list = field(default_factory=list)
    inputs: list = field(default_factory=list)

    def note(self, call_id, kind, data):
        if kind == INPUTS:
            self.inputs.append(data)
        else:
            self.notes.append((call_id, kind, data))


@asynccontextmanager
async def open_stand(answers, *targets, lag_ms=0.0, formats=FORMATS, **campaign):
    """Open an auctioneer over `targets`, whose buyers answer as `answers` say."""
    campaign = {"deadline_ms": int(DEADLINE_S * 1000), "reserve": micros(1)} | campaign
    edition = compile_edition(1, network_of(targets, **campaign), formats, lambda name: name)
    usage = Usage()
    usage.update({f"wallet:{target.buyer}": (10**9, 0) for target in targets})
    told, log = [], Notes()
    async with trio.open_nursery() as air, open_shelter(drain_s=5) as shelter:
        metrics = Metrics()
        auctioneer = Auctioneer(
            wire=ScriptedWire(answers, air, price),
            shelter=shelter,
            usage=usage,
            metrics=metrics,
            health=health_desk(shelter, metrics),
            call_log=log,
            now_ms=now_ms,
            lag_ms=lambda: lag_ms,
            shed_after_ms=30.0,
            late_s=1.0,
            tell=lambda call_id, event: told.append((call_id, event)),
        )
        yield Stand(auctioneer, edition, told, log.notes, log.inputs)
        air.cancel_scope.cancel()


def names(bids):
    return [bid.target for bid in bids]


def reasons(closed):
    return {no.target: no.reason for no in closed.others}


async def test_the_best_price_leads_and_all_others_queue_behind(autojump_clock):
    answers = {"a": (0.1, 10.0), "b": (0.2, 30.0), "c": (0.3, 20.0)}
    async with open_stand(answers, *map(pinged, "abc")) as stand:
        closed = await stand.hold()
        assert (names(closed.ranked), closed.others) == (["b", "c", "a"], ())
        assert closed.took_ms == pytest.approx(300, abs=1)
        assert [bid.ms for bid in closed.ranked] == [200.0, 300.0, 100.0]


async def test_a_tie_goes_by_routing_order_and_never_by_speed(autojump_clock):
    answers = {"a": (0.3, 10.0), "b": (0.1, 10.0)}
    async with open_stand(answers, *map(pinged, "ab")) as stand:
        assert names((await stand.hold()).ranked) == ["a", "b"]


async def test_everybody_who_does_not_bid_has_a_reason(autojump_clock):
    answers = {
        "slow": (5.0, 30.0),
        "broken": (0.1, b"<html>"),
        "away": (0.1, WireError("connect_error")),
        "dear": (0.1, 51.0),
        "cheap": (0.1, 0.5),
        "no": (0.1, b'{"bid": 0, "reason": "no coverage"}'),
    }
    elsewhere = pinged("elsewhere", filters=(Filter("state", any_of=("NY",)),))
    targets = (*map(pinged, answers), elsewhere, pinged("paused", paused=True))
    async with open_stand(answers, *targets) as stand:
        closed = await stand.hold()
        assert closed.ranked == ()
        assert reasons(closed) == {
            "slow": "timeout",
            "broken": "unparseable",
            "away": "connect_error",
            "dear": "over_ceiling",
            "cheap": "below_reserve",
            "no": "reject:no_coverage",
            "elsewhere": "filter:state",
            "paused": "paused",
        }
        assert closed.took_ms == pytest.approx(DEADLINE_S * 1000, abs=1)


async def test_an_overloaded_server_asks_nobody_and_says_so(autojump_clock):
    answers = {"a": (0.1, 10.0)}
    async with open_stand(answers, pinged("a"), pinged("b", paused=True), lag_ms=31.0) as stand:
        closed = await stand.hold()
        assert reasons(closed) == {"a": "shed", "b": "paused"}
        assert (stand.auctioneer.wire.sent, stand.count("shed_total")) == ([], 1)
        assert trio.current_time() == 0.0


async def test_a_lag_up_to_the_limit_sheds_nothing(autojump_clock):
    async with open_stand({"a": (0.1, 10.0)}, pinged("a"), lag_ms=30.0) as stand:
        assert names((await stand.hold()).ranked) == ["a"]


async def test_a_value_that_a_format_cannot_do_without_is_a_reason_not_to_ask(
    autojump_clock, tmp_path
):
    strict = tmp_path / "strict.toml"
    strict.write_text(PLAIN.read_text().replace('"{zip}"', '"{zip|required}"', 1))
    formats = FORMATS | {"strict": load_format(strict)}
    ping = PingTarget("strict", "http://127.0.0.1/s")
    targets = (pinged("a"), pinged("s", ping=ping))
    async with open_stand({"a": (0.1, 10.0)}, *targets, formats=formats) as stand:
        closed = await stand.hold()
        assert (names(closed.ranked), reasons(closed)) == (["a"], {"s": "unmapped:zip"})


async def test_a_bid_after_the_deadline_is_noted_counted_and_never_told(autojump_clock):
    answers = {"a": (0.1, 10.0), "late": (DEADLINE_S + 0.5, 40.0), "never": (9.0, 40.0)}
    async with open_stand(answers, *map(pinged, answers)) as stand:
        closed = await stand.hold()
        assert (names(closed.ranked), reasons(closed)["late"]) == (["a"], "timeout")
        await trio.sleep(3.0)
        assert (stand.told, stand.notes) == (
            [],
            [(CALL_ID, "late", {"target": "late", "price": 40_000_000, "late_ms": 500.0})],
        )
        assert stand.count("late_bids_total", target="late") == 1
        assert stand.count("pings_total", target="never", result="timeout") == 1


async def test_a_bid_in_time_after_an_early_decision_is_told_with_who_is_worse(autojump_clock):
    answers = {"a": (0.1, 30.0), "b": (0.15, 15.0), "c": (0.4, 20.0)}
    low = [pinged("b"), pinged("a"), pinged("c", price_max=micros(25))]
    low[0] = replace(low[0], price_max=micros(28))
    async with open_stand(answers, *low) as stand:
        closed = await stand.hold()
        assert (names(closed.ranked), closed.took_ms) == (["a"], pytest.approx(100, abs=1))
        assert reasons(closed) == {"b": "closed_early", "c": "closed_early"}
        await trio.sleep(1.0)
        (first, second) = [event for _, event in stand.told]
        assert (first.bid.target, first.worse) == ("b", ())
        assert (second.bid.target, second.worse) == ("c", ("b",))
        assert second.bid.effective == micros(20)
        assert stand.count("late_bids_total", target="c") == 0


async def test_a_bid_in_time_but_under_the_reserve_is_neither_told_nor_late(autojump_clock):
    answers = {"a": (0.1, 30.0), "b": (0.3, 2.0)}
    targets = (pinged("a"), pinged("b", price_max=micros(25)))
    async with open_stand(answers, *targets, reserve=micros(5)) as stand:
        await stand.hold()
        await trio.sleep(1.0)
        assert (stand.told, stand.notes) == ([], [])


@pytest.mark.parametrize("ticks", range(12))
async def test_a_bid_that_comes_while_the_decision_is_under_way_is_never_lost(
    autojump_clock, ticks
):
    """Told to the call before the decision that it amends, it would be dropped as stale."""
    decided = trio.Event()

    async def deciding():
        decided.set()

    async def a_moment_later():
        await decided.wait()
        for _ in range(ticks):
            await trio.lowlevel.checkpoint()

    answers = {"a": (deciding, 30.0), "b": (a_moment_later, 20.0)}
    targets = (pinged("a"), pinged("b", price_max=micros(25)))
    async with open_stand(answers, *targets) as stand:
        closed = await stand.hold()
        early = len(stand.told)
        await trio.sleep(0.1)
        after = [event.bid.target for _, event in stand.told]
        assert early == 0
        assert names(closed.ranked) + after == ["a", "b"]
        assert all(isinstance(event, BidCame) for _, event in stand.told)


async def test_a_caller_who_leaves_ends_the_pings_and_each_is_counted(autojump_clock):
    async with open_stand({"a": (9.0, 10.0), "b": (9.0, 10.0)}, *map(pinged, "ab")) as stand:
        with trio.move_on_after(0.3):
            await stand.hold()
        assert trio.current_time() == pytest.approx(0.3)
        await trio.sleep(2.0)
        counts = [stand.count("pings_total", target=t, result="timeout") for t in "ab"]
        assert (counts, stand.told, stand.notes) == ([1, 1], [], [])


async def test_turns_go_round(autojump_clock):
    answers = dict.fromkeys("abc", (0.1, 10.0))
    tier = Tier(("a", "b", "c"), strategy="round_robin")
    async with open_stand(answers, *map(pinged, "abc"), tiers=(tier,)) as stand:
        first = [(await stand.hold()).ranked[0].target for _ in range(4)]
        assert first == ["a", "b", "c", "a"]


async def test_nothing_personal_is_asked(autojump_clock):
    """All that a call carries are facts; what a ping may name of them is in one table."""
    personal = (("name", "Ada Example"), ("phone", "+14155550123"), ("ivr.ssn", "123456789"))
    call = replace(CALL, facts=(*CALL.facts, ("zip", "94110"), *personal))
    async with open_stand({"a": (0.1, 10.0)}, pinged("a")) as stand:
        await stand.hold(call)
        (sent,) = stand.auctioneer.wire.sent
    assert b"94110" in sent
    assert not [secret for _, secret in personal if secret.encode() in sent]


async def test_a_target_is_asked_so_often_a_minute_and_a_ping_that_fails_counts(autojump_clock):
    answers = {"a": (0.1, WireError("connect_error")), "b": (0.1, 10.0)}
    targets = (pinged("a", pings_per_minute=2), pinged("b"))
    async with open_stand(answers, *targets) as stand:
        found = [reasons(await stand.hold()) for _ in range(3)]
        assert found == [{"a": "connect_error"}] * 2 + [{"a": "ping_cap:minute"}]
        assert len(stand.auctioneer.wire.sent) == 5
