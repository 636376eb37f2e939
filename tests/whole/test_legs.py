"""Buyers' phones: who does not take the call does not pay for it, and the next bid gets it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from telephony import _telnyx_commands
from tests.whole.networks import BILLABLE_S, FALLBACK, FIRST, SECOND, TWO, network_of
from tests.whole.stage import furnish, open_stage


def reasons(record):
    """Return why each candidate got the call or did not."""
    return {row["target"]: row["reason"] for row in record["candidates"]}


async def sold_to_second_alone(stage, record):
    """Check that the second bid was paid, the first was not, and nothing is held."""
    assert (record["disposition"], record["target"], record["legs"]) == ("sold", "second", 2)
    await stage.no_hold_open()
    assert (await stage.wallet("first"))["balance"] == "500.00"
    assert (await stage.wallet("second"))["balance"] == "490.00"
    assert (await stage.totals())["captured"] == 10_000_000


@pytest.mark.parametrize(("behaviour", "reason"), [("busy", "busy"), ("declines", "declined")])
async def test_a_buyer_who_does_not_take_the_call_gives_way_to_the_next_bid(
    stage, behaviour, reason
):
    await stage.phone(FIRST, behaviour)
    record = await stage.call(talk_s=BILLABLE_S + 0.1)
    assert reasons(record) == {"first": reason, "second": "won"}
    await sold_to_second_alone(stage, record)


async def test_a_buyer_who_never_picks_up_gives_way_when_its_ring_time_is_over(plan, monkeypatch):
    monkeypatch.setattr(_telnyx_commands, "RING_S", (1, 1))  # In earnest it is five at least.
    soon = replace(plan, carrier=replace(plan.carrier, shortest_ring_s=1))
    async with open_stage(soon, lambda ports: network_of(TWO)) as stage:
        await stage.phone(FIRST, "no_answer")
        await stage.phone(SECOND)
        record = await stage.call(talk_s=BILLABLE_S + 0.1)
        assert reasons(record) == {"first": "no_answer", "second": "won"}
        await sold_to_second_alone(stage, record)


async def test_a_buyer_who_hangs_up_just_before_the_billable_second_does_not_pay(stage):
    await stage.phone(FIRST, hang_up_after_s=BILLABLE_S - 0.3)
    record = await stage.call(talk_s=BILLABLE_S + 0.1)
    assert reasons(record) == {"first": "under_duration", "second": "won"}
    await sold_to_second_alone(stage, record)


async def test_a_buyer_who_hangs_up_right_at_the_billable_second_pays(stage):
    await stage.phone(FIRST, hang_up_after_s=BILLABLE_S)
    record = await stage.call()
    assert (record["disposition"], record["target"]) == ("sold", "first")
    assert record["talk_ms"] == BILLABLE_S * 1000
    assert (await stage.wallet("first"))["balance"] == "480.00"


async def test_when_all_fail_the_caller_is_put_through_to_the_fallback_and_nobody_pays(stage):
    await stage.phone(FIRST, "busy")
    await stage.phone(SECOND, "declines")
    session = await stage.place(talk_s=0.3)
    record = await stage.over(session)
    assert (record["disposition"], record["price_micros"]) == ("unsold", None)
    assert reasons(record) == {"first": "busy", "second": "declined"}
    legs = (await stage.truth(session))["legs"]
    assert [leg["destination"] for leg in legs] == [FIRST, SECOND, FALLBACK]
    assert legs[-1]["talk_ms"] == 300
    await stage.no_hold_open()
    assert (await stage.totals())["captured"] == 0


@pytest.mark.parametrize("behaviour", ["busy", "declines"])
async def test_a_fallback_that_does_not_take_it_leaves_nobody_in_silence(stage, behaviour):
    for number in (FIRST, SECOND, FALLBACK):
        await stage.phone(number, behaviour)
    record = await stage.call()
    kinds = [row["kind"] for row in record["timeline"]]
    assert kinds[kinds.index("LegEnded") :].count("LegEnded") == 3
    last = len(kinds) - kinds[::-1].index("LegEnded")
    assert "Greeted" in kinds[last:]  # The words were heard to their end.
    assert (record["disposition"], record["state"]) == ("unsold", "ended")


async def test_without_a_fallback_number_the_caller_hears_that_we_are_sorry(plan):
    network = network_of(TWO, fallback="")
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST, "busy")
        await stage.phone(SECOND, "busy")
        session = await stage.place()
        record = await stage.over(session)
        assert record["disposition"] == "unsold"
        truth = await stage.truth(session)
        assert truth["source"] == "callee"  # It was us who hung up, after the message.
        kinds = [row["kind"] for row in record["timeline"]]
        assert kinds[-3:] == ["Greeted", "HungUp", "ended"]


async def test_a_slot_is_taken_while_the_buyer_talks_and_free_afterwards(plan):
    one_at_a_time = (replace(TWO[0], concurrency=1), TWO[1])
    async with open_stage(plan, lambda ports: network_of(one_at_a_time)) as stage:
        await stage.phone(FIRST)
        await stage.phone(SECOND)
        long = await stage.place(0)
        await stage.in_state(long, "bridged")
        short = await stage.place(1, talk_s=BILLABLE_S)
        await stage.in_state(short, "bridged")
        await stage.hang_up(long)
        await stage.over(long)
        assert reasons(await stage.over(short)) == {"first": "concurrency", "second": "won"}
        third = await stage.call(2, talk_s=BILLABLE_S)
        assert third["target"] == "first"
        assert (await stage.server.base.book.balances("slot:"))["slot:first"] == (0, 0)


async def test_a_buyer_without_money_is_not_rung(plan):
    dear = (replace(TWO[0], price=TWO[0].price * 30), TWO[1])  # The wallet has 500 dollars.
    async with open_stage(plan) as stage:
        await furnish(stage, network_of(dear))
        await stage.phone(SECOND)
        session = await stage.place(talk_s=BILLABLE_S)
        record = await stage.over(session)
        assert record["target"] == "second"
        assert reasons(record)["first"] in ("balance", "hold_refused:balance")
        assert len((await stage.truth(session))["legs"]) == 1
        assert UUID(record["id"]).version == 7
