"""Whose calls are taken, and whom nobody is put through to: over the whole server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.screening import ScreeningRules
from tests.whole.networks import FIRST, NUMBER, TWO, network_of, priced
from tests.whole.stage import open_stage

CALLER = "+15125550100"
STRICT = ScreeningRules(False, False, ("A", "B"), calls_per_hour=2)


@pytest.fixture
async def stage(plan):
    """A stage that is strict."""
    strict = lambda ports: replace(network_of(TWO), screening=STRICT)  # noqa: E731
    async with open_stage(plan, strict) as opened:
        await opened.phone(FIRST)
        yield opened


async def called(stage, caller=CALLER, **more):
    """Return the record of a call, when it is over."""
    order = {"from": caller, "to": NUMBER, "script": {"talk_s": 0.5}} | more
    return await stage.over(await stage.place_order(order))


async def test_who_is_not_wanted_is_rejected_before_an_answer(stage):
    for caller, more, why in (
        ("anonymous", {}, "anonymous_caller"),
        ("+442071234567", {}, "foreign_caller"),
        (CALLER, {"attestation": "C"}, "attestation"),
        (CALLER, {"attestation": ""}, "attestation"),
        ("+12125550123", {"to": "911"}, "emergency"),
    ):
        record = await called(stage, caller, **more)
        assert (record["disposition"], record["timeline"][0]["data"]["reason"]) == ("blocked", why)
        truth = await stage.truth(record["call_ref"])
        assert (truth["answered_ms"], truth["legs"]) == (None, [])


async def test_who_calls_too_often_is_refused_and_others_are_not(stage):
    taken = [await called(stage) for _ in range(2)]
    third = await called(stage)
    assert [record["disposition"] for record in taken] == ["sold", "sold"]
    assert third["timeline"][0]["data"]["reason"] == "too_often"
    other = await called(stage, "+12125550123", attestation="B")
    assert other["disposition"] == "sold"


async def test_a_campaign_has_its_own_rules(stage):
    loose = replace(network_of(TWO, screening=ScreeningRules()), screening=STRICT)
    assert (await stage.apply(loose)).status_code == 200
    record = await called(stage, "anonymous", attestation="")
    assert record["disposition"] == "sold"


async def test_an_emergency_is_never_dialled_wherever_it_stands(stage):
    targets = (priced("first", "20", "sip:911@pbx.example"),)
    network = network_of(targets, fallback="sip:112@pbx.example")
    assert (await stage.apply(network)).status_code == 200
    record = await called(stage)
    assert [row["reason"] for row in record["candidates"]] == ["bad_number"]
    assert (await stage.truth(record["call_ref"]))["legs"] == []
