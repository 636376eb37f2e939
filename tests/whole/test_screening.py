"""Whose calls are taken, and whom nobody is put through to: over the whole server."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pytest
import trio

from market.callback import Lookup
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


async def test_who_is_listed_is_refused_and_who_is_unknown_is_taken(stage, monkeypatch):
    """The service answers with its own words, over HTTP; its answers are kept."""
    monkeypatch.setenv("DNC_KEY", "secret")
    listed, asked = "+12125550199", []

    async def service(stream):
        heard = b""
        while more := await stream.receive_some():
            heard += more
            if not heard.endswith(b"}"):
                continue
            asked.append(re.search(rb"\+1\d{10}", heard)[0].decode())
            body = b'{"listed": %s}' % (b"true" if asked[-1] == listed else b"false")
            head, heard = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body), b""
            await stream.send_all(head + body)

    async with trio.open_nursery() as nursery:
        serve = partial(trio.serve_tcp, service, 0, host="127.0.0.1")
        (listener,) = await nursery.start(serve)
        url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}/check"
        lookup = Lookup("dnc", "plain_json", url, {"key": "env:DNC_KEY"})
        rules = ScreeningRules(lookups=("dnc",))
        network = replace(network_of(TWO), screening=rules, lookups=(lookup,))
        reply = await stage.apply(network)
        assert reply.status_code == 200, reply.text
        for _ in range(2):
            record = await called(stage, listed)
            assert record["timeline"][0]["data"]["reason"] == "listed_caller"
            assert (await stage.truth(record["call_ref"]))["answered_ms"] is None
        assert (await called(stage))["disposition"] == "sold"
        assert asked == [listed, CALLER]  # The second time the answer was known.
        nursery.cancel_scope.cancel()
    assert (await called(stage, "+12125550177"))["disposition"] == "sold"  # Nobody answers there.


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
