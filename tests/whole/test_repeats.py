"""The same caller again: sent back, sold to another, refused, not paid for; and forgotten."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from auctiond.calls.records import Records
from auctiond.calls.replay import again, history, is_same
from auctiond.pg.people import People
from market.repeat import BuyerRepeat, CampaignRepeat
from tests.whole.networks import BILLABLE_S, FIRST, SECOND, TWO, network_of
from tests.whole.stage import open_stage

TALK = {"talk_s": BILLABLE_S + 0.1}


def reasons(record):
    return {row["target"]: row["reason"] for row in record["candidates"]}


async def is_decided_alike(stage, call):
    """The auction of a call comes out the same again: the caller's past is on record."""
    base = stage.server.base
    record = await Records(base.calls).get(UUID(call["id"]))
    (held,) = history(record.start(), record.events).held
    assert held.past.inputs.past
    assert is_same(held, again(held, base.networks.edition(1).snapshot))


async def test_a_buyer_that_wants_no_caller_twice_does_not_get_him_twice(plan):
    network = network_of((replace(TWO[0], repeat=BuyerRepeat(30)), TWO[1]))
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST)
        await stage.phone(SECOND)
        assert (await stage.call(0, **TALK))["target"] == "first"
        second = await stage.call(0, **TALK)
        assert reasons(second) == {"first": "duplicate:target", "second": "won"}
        assert (await stage.call(1, **TALK))["target"] == "first", "somebody else"
        await is_decided_alike(stage, second)
        cleared = next(row for row in second["timeline"] if row["kind"] == "Cleared")
        assert "past" not in cleared["data"]


async def test_a_caller_goes_back_to_his_buyer_and_once_erased_he_is_new(plan):
    rule = CampaignRepeat(30, "connected", "original", strict=True)
    network = network_of(TWO, repeat=rule)
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST, "busy")
        await stage.phone(SECOND)
        first = await stage.call(0, **TALK)
        await stage.phone(FIRST)
        second = await stage.call(0, **TALK)
        assert reasons(second) == {"first": "duplicate:original", "second": "won"}
        base = stage.server.base
        for record in (first, second):
            row = await base.calls.by_ref("telnyx", record["call_ref"])
            assert await People(base.pg).erase(row.person_id)
        assert (await stage.call(0, **TALK))["target"] == "first"


async def test_a_second_call_is_refused_or_not_paid_for(plan):
    network = network_of(TWO, repeat=CampaignRepeat(30, "billable", "nobody"))
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST)
        assert (await stage.call(0, **TALK))["disposition"] == "sold"
        refused = await stage.call(0)
        assert (refused["disposition"], refused["blocked"]) == ("blocked", "duplicate_caller")


async def test_the_publisher_is_paid_once_and_the_buyer_pays_twice(plan):
    network = network_of(TWO)
    publisher = replace(network.publishers[0], pay_again_days="never")
    network = replace(network, publishers=(publisher,))
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST)
        records = [await stage.call(0, **TALK) for _ in range(2)]
        assert [record["unpaid"] for record in records] == ["", "duplicate"]
        totals = await stage.totals()
        assert (totals["captured"], totals["payout"]) == (40_000_000, 14_000_000)


async def test_who_redials_within_seconds_is_refused(plan):
    network = replace(network_of(TWO), same_caller_s=60.0)
    async with open_stage(plan, lambda ports: network) as stage:
        await stage.phone(FIRST)
        await stage.call(0, **TALK)
        assert (await stage.call(0))["blocked"] == "same_caller"
