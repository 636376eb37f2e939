"""Callers: who leaves costs nobody anything, whenever it is; and what they type, or do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.call import State
from market.call_table import DEADLINE_S
from market.network import AskZip
from tests.whole.networks import (
    BILLABLE_S,
    FALLBACK,
    FIRST,
    NUMBER,
    SECOND,
    TWO,
    network_of,
    pinged,
)
from tests.whole.stage import open_stage, until

ZIP = AskZip(tries=3, timeout_s=1.0)


async def paid_by_nobody(stage):
    """Check that no money moved, and none is held."""
    await stage.no_hold_open()
    assert (await stage.totals())["captured"] == 0
    assert (await stage.wallet("first"))["free"] == "500.00"


async def test_a_caller_who_leaves_in_mid_auction_ends_it_and_rings_nobody(plan):
    def network(ports):
        return network_of([*TWO, pinged(0, ports[0])])

    async with open_stage(replace(plan, laws=("dead",)), network) as stage:
        session = await stage.place()
        await stage.in_state(session, "pinging")
        await stage.hang_up(session)
        record = await stage.over(session)
        assert (record["disposition"], record["candidates"]) == ("abandoned", [])
        assert (await stage.truth(session))["legs"] == []

        async def ping_is_over():
            return stage.shops.statistics()[0]["aborted"] == 1

        await until(ping_is_over)
        await paid_by_nobody(stage)


async def test_a_caller_who_leaves_during_the_ring_pays_for_nothing(stage):
    await stage.phone(FIRST, answer_after_s=4.0)
    session = await stage.place()

    async def rings():
        return (await stage.truth(session))["legs"]

    await until(rings)
    await stage.hang_up(session)
    record = await stage.over(session)
    assert record["disposition"] == "abandoned"
    reasons = {row["target"]: row["reason"] for row in record["candidates"]}
    assert reasons == {"first": "caller_gone", "second": "not_needed"}
    (leg,) = (await stage.truth(session))["legs"]
    assert leg["ended_ms"] is not None
    await paid_by_nobody(stage)


async def test_a_caller_who_leaves_around_the_moment_of_answer_is_never_billed(stage, monkeypatch):
    monkeypatch.setitem(DEADLINE_S, State.CLOSING, 1.5)  # For legs that were never rung.
    await stage.phone(
        FIRST, answer_after_s=0.5
    )  # So the last talks under 0.4 s, however quick we are.
    moments = [0.4 + n * 0.05 for n in range(10)]
    leaving = [await stage.place(n, hang_up_after_s=at_s) for n, at_s in enumerate(moments)]
    at_once = [await stage.place(10 + n, talk_s=0.0) for n in range(2)]
    for session in (*leaving, *at_once):
        record = await stage.over(session)
        assert record["disposition"] in ("abandoned", "under_duration")
        assert all(leg["ended_ms"] for leg in (await stage.truth(session))["legs"])
    await paid_by_nobody(stage)


async def test_three_wrong_zips_and_the_call_is_auctioned_without(plan):
    async with open_stage(plan, lambda ports: network_of(TWO, ask_zip=ZIP)) as stage:
        await stage.phone(FIRST)
        record = await stage.call(zip="bad", talk_s=BILLABLE_S)
        kinds = [row["kind"] for row in record["timeline"]]
        assert kinds.count("ZipEntered") == 3
        assert record["facts"] == {"area_code": "415", "state": "CA"}
        assert record["disposition"] == "sold"


async def test_a_zip_is_asked_until_it_is_one_and_says_where_the_caller_is(plan):
    async with open_stage(plan, lambda ports: network_of(TWO, ask_zip=ZIP)) as stage:
        await stage.phone(FIRST)
        record = await stage.call(zip="10001", talk_s=BILLABLE_S)
        kinds = [row["kind"] for row in record["timeline"]]
        assert kinds.count("ZipEntered") == 1
        assert record["facts"] == {"area_code": "415", "state": "NY", "zip": "10001"}


@pytest.mark.parametrize("typed", ["bad", None])
async def test_where_a_zip_is_required_a_caller_without_gets_the_fallback_and_no_auction(
    plan, typed
):
    required = replace(ZIP, tries=1, required=True)
    async with open_stage(plan, lambda ports: network_of(TWO, ask_zip=required)) as stage:
        await stage.phone(FALLBACK)
        session = await stage.place(zip=typed, talk_s=0.1)
        record = await stage.over(session)
        assert (record["disposition"], record["candidates"]) == ("unsold", [])
        (leg,) = (await stage.truth(session))["legs"]
        assert leg["destination"] == FALLBACK


async def test_an_anonymous_caller_is_sold_without_a_number_and_leaves_none(stage):
    order = {"from": "anonymous", "to": NUMBER, "script": {"talk_s": BILLABLE_S}}
    record = await stage.over(await stage.place_order(order))
    assert (record["disposition"], record["facts"]) == ("sold", {})
    (row,) = await stage.server.base.calls.recent(10)
    assert row.caller_index is None


async def test_a_call_to_a_number_that_is_not_ours_is_refused_and_says_why(stage):
    session = await stage.place(to="+15558009999")
    record = await stage.over(session)
    assert (record["disposition"], record["blocked"]) == ("blocked", "unknown_number")
    truth = await stage.truth(session)
    assert (truth["answered_ms"], truth["source"], truth["legs"]) == (None, "callee", [])


async def test_a_blocked_caller_is_refused(plan):
    network = replace(network_of(TWO), blocked_callers=("+1415*",))
    async with open_stage(plan, lambda ports: network) as stage:
        record = await stage.call()
        assert (record["disposition"], record["blocked"]) == ("blocked", "blocked_caller")


async def test_nobody_to_ask_is_the_fallback(plan):
    closed = [replace(target, paused=True) for target in TWO]
    async with open_stage(plan, lambda ports: network_of(closed)) as stage:
        for number in (FIRST, SECOND, FALLBACK):
            await stage.phone(number)
        session = await stage.place(talk_s=0.1)
        record = await stage.over(session)
        assert {row["reason"] for row in record["candidates"]} == {"paused"}
        (leg,) = (await stage.truth(session))["legs"]
        assert leg["destination"] == FALLBACK
