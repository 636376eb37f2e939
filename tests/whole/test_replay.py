"""Every auction of a lively load is decided again from its record, byte for byte the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import orjson
import pytest
import trio
from click.testing import CliRunner

from auctiond.calls.records import Records
from auctiond.calls.replay import again, as_bytes, history, is_same
from auctiond.calls.replay_summary import Summary
from auctiond.calls.supposing import course_of, supposed_course
from auctiond.cli import main
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from market.bids import BuyerId
from market.money import micros
from market.network import AskZip, Cap, Filter, PingTarget, Tier
from routing.snapshot import compile_network
from tests.whole.networks import BILLABLE_S, FALLBACK, FIRST, SECOND, TWO, network_of, pinged
from tests.whole.stage import open_stage

LAWS = ("fast", "slow", "garbage", "flapping", "dead")
CALLS = 24
OPEN_DEADLINE_MS = 900


def lively(ports):
    """Return a network of all strategies, with caps that fill up and buyers of every manner."""
    asked = [pinged(n, port, price_max=micros(60)) for n, port in enumerate(ports)]
    asked[0] = replace(asked[0], caps=(Cap("calls", "day", 6),), concurrency=2)
    gone = replace(asked[1], id="gone", ping=PingTarget("plain_json", "http://127.0.0.1:1/p"))
    west = replace(asked[2], id="west", filters=(Filter("state", any_of=("CA",)),))
    poor = replace(TWO[0], id="poor", buyer=BuyerId("poor"), price=micros(900))
    targets = (*asked, gone, west, poor, replace(TWO[0], fallback=True), TWO[1])
    first = tuple(target.id for target in (*asked, gone, west, poor))
    tiers = (
        Tier(first, "auction", micros(20), OPEN_DEADLINE_MS),
        Tier((*first[:2], "second"), "weighted"),
        Tier(("first", "second"), "round_robin"),
    )
    return network_of(targets, tiers=tiers, legs_max=6, ask_zip=AskZip(tries=1, timeout_s=1.0))


@pytest.fixture
async def stage(plan, monkeypatch):
    """A stage on which the load is over."""
    monkeypatch.setattr(formats, "BILLABLE_S", BILLABLE_S)
    async with open_stage(replace(plan, laws=LAWS), lively) as opened:
        for n, kind in enumerate(("answers", "busy", "answers", "declines", "no_answer")):
            await opened.phone(destination(n), kind)
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        sessions = [
            await opened.place(n, talk_s=BILLABLE_S * (2 if n % 3 else 0.3), zip=zip_)
            for n, zip_ in zip(range(CALLS), ["90210", "10001", None] * CALLS, strict=False)
        ]
        for session in sessions:
            await opened.over(session)
        yield opened


async def histories(stage):
    records = Records(stage.server.base.calls)
    rows = await records.recent(CALLS, None)
    found = [await records.get(row.id) for row in rows]
    return [history(record.start(), record.events) for record in found]


async def test_a_lively_load_is_decided_again_byte_for_byte(stage):
    snapshot = stage.server.base.networks.edition(1).snapshot
    past, reasons, summary = await histories(stage), set(), Summary()
    for one in past:
        for held in one.held:
            closed = again(held, snapshot)
            assert closed == held.closed
            assert is_same(held, closed), as_bytes(held.data)
            reasons |= {no_bid.reason.partition(":")[0] for no_bid in closed.others}
            reasons |= {"ranked"} if closed.ranked else set()
        summary.add(one, snapshot, None)
    assert reasons >= {"ranked", "timeout", "filter", "balance", "below_reserve", "connect_error"}
    assert len(reasons) > 8, reasons
    assert (summary.exact, len(summary.differ)) == (summary.auctions, 0)
    assert summary.auctions > CALLS
    assert {held.past.inputs.tier for one in past for held in one.held} >= {0, 1}
    something_else_would_show(next(one for one in past if one.held).held[0], snapshot)


async def test_on_the_same_network_calls_go_as_they_went_and_on_a_dear_one_nothing_is_sold(stage):
    snapshot = stage.server.base.networks.edition(1).snapshot
    past, sold = await histories(stage), 0
    for one in past:
        went, goes = course_of(one.life), supposed_course(one, snapshot, snapshot)
        if goes is not None and went.sale is not None:
            assert (goes.sale, goes.is_open) == (went.sale, False)
            sold += 1
        elif goes is not None:
            assert goes.sale is None
    assert sold > CALLS / 3
    await the_commands_say_so(stage, past)
    await nothing_is_sold_over(micros(900), stage, past)


async def the_commands_say_so(stage, past):
    whole = await run(stage, "replay", "--last", CALLS)
    assert f"{CALLS} calls" in whole.output
    assert "all the same, byte for byte" in whole.output
    one = await run(stage, "replay", past[0].call_id)
    assert one.exit_code == 0, one.output
    assert one.output.count("the same, byte for byte") == len(past[0].held)
    file = stage.settings.data_dir / "other.toml"
    text = (await stage.api.get("/v1/network")).text
    file.write_text(text.replace('reserve = "20.00"', 'reserve = "10.00"'))
    told = await run(stage, "replay", "--since", "2020-01-01", "--network", file, "--json")
    summary = orjson.loads(told.output)
    assert (summary["calls"], summary["exact"]) == (CALLS, summary["auctions"])
    assert (summary["lost"], summary["after"]["sold"] >= summary["before"]["sold"]) == (0, True)
    for words in (["--last", CALLS], [past[0].call_id]):
        table = await run(stage, "replay", *words, "--network", file)
        assert table.exit_code == 0, table.output
        assert "ther network" in table.output or "revenue" in table.output


async def run(stage, *words):
    env = {
        "AUCTIOND_URL": stage.url,
        "AUCTIOND_KEY": (stage.settings.data_dir / "admin.key").read_text().strip(),
        "COLUMNS": "120",
    }
    words = ["auction", *map(str, words)]
    return await trio.to_thread.run_sync(partial(CliRunner().invoke, main, words, env=env))


async def nothing_is_sold_over(reserve, stage, past):
    network = stage.server.base.networks.edition(1).snapshot.network
    (campaign,) = network.campaigns
    dear = replace(campaign, tiers=tuple(replace(one, reserve=reserve) for one in campaign.tiers))
    new = compile_network(2, replace(network, campaigns=(dear,)))
    was, summary = compile_network(1, network), Summary()
    for one in past:
        summary.add(one, was, new)
    told = summary.to_json()
    assert (told["after"]["sold"], told["gained"]) == (0, 0)
    assert told["lost"] == told["before"]["sold"] > 0
    totals = await stage.totals()
    assert told["before"]["revenue_micros"] == totals["captured"]


def something_else_would_show(held, snapshot):
    """Other balances or other answers are another decision: the check can fail."""
    inputs = held.past.inputs
    for other in (replace(inputs, used=()), replace(inputs, replies=())):
        past = replace(held.past, inputs=other)
        assert not is_same(held, again(replace(held, past=past), snapshot))


async def test_why_a_target_did_not_get_a_call_is_said_for_each_tier_that_was_asked(stage):
    call = next(one for one in await histories(stage) if one.held)
    told = await run(stage, "why", call.call_id, "poor")
    assert told.exit_code == 0, told.output
    assert told.output.startswith("tier 1: balance  (")
    nobody = await run(stage, "why", call.call_id, "nobody")
    assert (nobody.exit_code, "has the target nobody" in nobody.output) == (1, True)
