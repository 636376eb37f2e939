"""Webhooks: what is not the carrier's changes nothing; what comes twice or late changes it once."""

from __future__ import annotations

import time
from dataclasses import replace

import httpx2
import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.jobs.admission import Admission
from auctiond.sandbox.carrier.options import VICES
from auctiond.sandbox.carrier.signing import signed_headers
from tests.whole.networks import BILLABLE_S, FIRST, NUMBER, SECOND, TWO, network_of
from tests.whole.relay import open_relay
from tests.whole.stage import KEY, open_stage

OURS = Ed25519PrivateKey.from_private_bytes(KEY)
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
PAYLOAD = {
    "call_control_id": "v3:1",
    "call_session_id": "session-1",
    "direction": "incoming",
    "from": "+14155550123",
    "to": NUMBER,
}
ARRIVED = orjson.dumps(
    {
        "data": {
            "event_type": "call.initiated",
            "id": "news-1",
            "occurred_at": "2026-11-23T12:00:00.000000Z",
            "payload": PAYLOAD,
        }
    }
)


async def post(stage, body, headers):
    return await stage.api.post("/hooks/telnyx", content=body, headers=headers)


async def nothing_happened(stage):
    """Check that no webhook was stored, and no call begun."""
    pg = stage.server.base.pg
    assert await pg.fetch_value("SELECT count(*) FROM webhook_inbox") == 0
    assert await pg.fetch_value("SELECT count(*) FROM call") == 0
    assert stage.server.desk.live() == ()


FORGED = {
    "unsigned": lambda now: {},
    "signed by a stranger": lambda now: signed_headers(STRANGER, ARRIVED, now),
    "signed for another body": lambda now: signed_headers(OURS, ARRIVED + b" ", now),
    "stale": lambda now: signed_headers(OURS, ARRIVED, now - 302),
    "future-dated": lambda now: signed_headers(OURS, ARRIVED, now + 302),
    "no base64": lambda now: signed_headers(OURS, ARRIVED, now) | {"telnyx-signature-ed25519": "?"},
    "no time": lambda now: signed_headers(OURS, ARRIVED, now) | {"telnyx-timestamp": "now"},
}


async def test_a_webhook_that_is_not_the_carriers_is_counted_and_touches_nothing(stage):
    for headers in FORGED.values():
        reply = await post(stage, ARRIVED, headers(time.time()))
        assert reply.status_code == 403
        assert reply.headers["content-type"] == "application/problem+json"
    counter = 'auctiond_webhooks_total{carrier="telnyx",result="forged"}'
    assert await stage.metric(counter) == len(FORGED)
    await nothing_happened(stage)


MALFORMED = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe",
    b'{"data": 1}',
    ARRIVED.replace(b"news-1", b""),
    ARRIVED.replace(b"2026-11-23", b"yesterday "),
    ARRIVED.replace(b'"incoming"', b'"sideways"'),
    ARRIVED.replace(b"news-1", b"news\\u0000"),
    ARRIVED.replace(b"session-1", b"x" * 100_000),
]


async def test_a_webhook_that_cannot_be_read_is_a_400_and_touches_nothing(stage):
    for body in MALFORMED:
        reply = await post(stage, body, signed_headers(OURS, body, time.time()))
        assert (reply.status_code, reply.json()["title"]) == (400, "malformed"), body[:80]
    counter = 'auctiond_webhooks_total{carrier="telnyx",result="malformed"}'
    assert await stage.metric(counter) == len(MALFORMED)
    await nothing_happened(stage)


async def test_a_body_over_a_mebibyte_is_not_read(stage):
    body = b"x" * (1024 * 1024 + 1)

    async def in_chunks():
        for start in range(0, len(body), 65_536):
            yield body[start : start + 65_536]

    for content in (body, in_chunks()):
        async with httpx2.AsyncClient(base_url=stage.url, trust_env=False) as client:
            reply = await client.post("/hooks/telnyx", content=content)
        assert reply.status_code == 413
        assert reply.headers["content-type"] == "application/problem+json"
    await nothing_happened(stage)


async def test_a_genuine_webhook_from_long_ago_starts_a_call_that_ends_at_once(stage):
    """It was signed just now, so it is the carrier's; that nobody is there, the carrier says."""
    for _ in range(3):
        reply = await post(stage, ARRIVED, signed_headers(OURS, ARRIVED, time.time()))
        assert reply.status_code == 200
    record = await stage.over("session-1")
    assert record["disposition"] == "abandoned"
    assert len((await stage.get("/v1/calls"))["calls"]) == 1


SAME = ("disposition", "target", "price_micros", "talk_ms", "candidates", "legs")


async def test_webhooks_three_times_each_and_shuffled_are_the_same_sale(plan):
    async with (
        open_relay(seed=7) as relay,
        open_stage(
            replace(plan, settings=(("public_url", relay.url),)), lambda ports: network_of(TWO)
        ) as stage,
    ):
        relay.to(f"{stage.url}/hooks/telnyx")
        stage.carrier.set_hooks(f"{relay.url}/hooks/telnyx")
        await stage.phone(FIRST)
        straight = await stage.call(talk_s=BILLABLE_S + 0.2)
        relay.taken, relay.copies, relay.within_s = 0, 3, 0.3
        shuffled = await stage.call(talk_s=BILLABLE_S + 0.2)
        await relay.delivered()
        assert {name: shuffled[name] for name in SAME} == {name: straight[name] for name in SAME}
        duplicates = 'auctiond_webhooks_total{carrier="telnyx",result="duplicate"}'
        assert await stage.metric(duplicates) == 2 * relay.taken
        assert (await stage.totals())["captured"] == 2 * 20_000_000
        assert len((await stage.get("/v1/calls"))["calls"]) == 2


async def test_the_worst_of_carriers_costs_calls_but_never_money(plan):
    wild = replace(plan.carrier, vices=VICES["wild"], seed=107)
    often = (("poll_carrier_every_s", 1.0),)
    async with open_stage(
        replace(plan, carrier=wild, settings=often), lambda ports: network_of(TWO)
    ) as stage:
        await stage.phone(FIRST)
        await stage.phone(SECOND, "busy")
        sessions = [await stage.place(n, talk_s=(0.1, 1.0)[n % 2]) for n in range(8)]
        sold = 0
        for session in sessions:
            record, truth = await stage.over(session), await stage.truth(session)
            sold += record["disposition"] == "sold"
            if record["disposition"] == "sold":
                assert truth["talk_ms"] >= BILLABLE_S * 1000
            assert truth["state"] == "ended", record
        assert (await stage.totals())["captured"] == sold * 20_000_000
        assert (await stage.api.post("/v1/ledger/verify")).json()["verified"] is True


async def test_overloaded_the_server_refuses_new_calls_and_hears_those_it_has(stage):
    session = await stage.place(0, talk_s=30.0)
    await stage.in_state(session, "bridged")
    hooks = stage.server.doors.hooks
    busy = replace(hooks, admission=Admission(0.0))
    new = await busy.receive("telnyx", ARRIVED, signed_headers(OURS, ARRIVED, time.time()))
    assert (new.status, new.title) == (503, "shed")
    unsigned = await busy.receive("telnyx", ARRIVED, {})  # Not worth a look at the signature.
    assert unsigned.status == 503
    garbage = await busy.receive("telnyx", b"{", {})
    assert garbage.status == 403
    known = PAYLOAD | {"call_session_id": session}
    again = orjson.dumps({"data": orjson.loads(ARRIVED)["data"] | {"id": "n", "payload": known}})
    heard = await busy.receive("telnyx", again, signed_headers(OURS, again, time.time()))
    assert heard.status == 200
    assert len(stage.server.desk.live()) == 1
    assert await stage.metric('auctiond_webhooks_total{carrier="telnyx",result="shed"}') == 2
