"""Callbacks end to end: asked for over the API, rung by the carrier, sold, and on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from market.callback import CallbackTerms
from routing.flows.reading import read_flow
from tests.whole.networks import FALLBACK, FIRST, NUMBER, SECOND, TWO, network_of
from tests.whole.stage import open_stage, until

RULE = """
[[rule]]
place = "US"
daily = "{open}"
source = "for tests"
read = 2026-11-24
"""
ALWAYS, HOUR_MS = "00:00-24:00", 3_600_000
PERSON = "+12125550177"
TERMS = CallbackTerms(NUMBER, ring_s=10.0)


def later():
    """Return hours that begin five to six hours from now, where the person is."""
    hour = (datetime.now(ZoneInfo("America/New_York")).hour + 6) % 24
    return f"{hour:02}:00-{hour:02}:30"


@pytest.fixture
def make(plan, tmp_path):
    """What opens a stage that calls back, with two buyers of 20 and 10 dollars who answer."""
    hours = tmp_path / "hours.toml"

    def opened(hours_text=ALWAYS, flow="", **terms):
        hours.write_text(RULE.format(open=hours_text))
        ready = replace(plan, settings=(*plan.settings, ("calling_hours_file", hours)))
        network = network_of(TWO, callback=replace(TERMS, **terms), sorry="", flow=flow)
        flows = (read_flow(OFFER, "offer.flow.toml"),) if flow else ()
        network = replace(network, flows=flows)
        return open_stage(ready, lambda ports: network)

    return opened


async def answered(stage, behaviour="answers", **script):
    """Have the buyers answer, and the person behave so."""
    for number in (FIRST, SECOND, FALLBACK):
        await stage.phone(number)
    await stage.phone(PERSON, behaviour, script={"talk_s": 0.6} | script)


def request(**more):
    now = datetime.now(UTC).isoformat()
    consent = {
        "given_at": now,
        "text": "I agree to be called about insurance.",
        "page_url": "https://example.com/quote",
        "ip": "203.0.113.9",
    }
    lead = {"first_name": "Ada", "email": "ada@person.example"}
    told = {"campaign": "calls", "number": PERSON, "zip": "10001", "lead": lead}
    return told | {"consent": consent} | more


async def ask(stage, key="first-request", **more):
    headers = {"Idempotency-Key": key}
    return await stage.api.post("/v1/callbacks", json=request(**more), headers=headers)


async def wanted(stage, key="first-request", **more):
    reply = await ask(stage, key, **more)
    assert reply.status_code == 201, reply.text
    return reply.json()["id"]


async def settled(stage, id_, *states):
    """Return a callback once it is in one of `states`."""

    async def there():
        found = await stage.get(f"/v1/callbacks/{id_}")
        return found if found["state"] in states else None

    found = await until(there)
    await until(stage.nothing_waits)
    await stage.no_hold_open()
    return found


async def test_a_person_who_asked_is_called_and_the_call_is_sold_like_any_other(make):
    async with make() as stage:
        await answered(stage)
        done = await settled(stage, await wanted(stage), "over")
        assert (done["reason"], done["attempts_made"]) == ("reached", 1)
        assert done["speed_to_lead_ms"] >= 0
        call = await stage.get(f"/v1/calls/{done['call']}")
        assert (call["disposition"], call["target"], call["origin"]) == (
            "sold",
            "first",
            "callback",
        )
        assert call["facts"]["zip"] == "10001"
        kinds = [row["kind"] for row in call["timeline"]]
        assert kinds[:3] == ["Cleared", "CallerAnswered", "Greeted"]
        assert (await stage.wallet("first"))["balance"] == "480.00"
        (rung,) = stage.carrier.exchange.calls.values()
        assert (rung.a.called, rung.a.caller) == (PERSON, NUMBER)
        assert [leg.called for leg in rung.dialled] == [FIRST]
        assert await stage.metric("auctiond_speed_to_lead_seconds_count") == 1


async def test_with_a_buyer_first_the_person_is_rung_when_the_buyer_is_there(make):
    async with make(first="buyer") as stage:
        await answered(stage)
        done = await settled(stage, await wanted(stage), "over")
        assert done["reason"] == "reached"
        call = await stage.get(f"/v1/calls/{done['call']}")
        assert (call["disposition"], call["target"]) == ("sold", "first")
        (rung,) = stage.carrier.exchange.calls.values()
        assert rung.a.called == FIRST
        assert [leg.called for leg in rung.dialled] == [PERSON]
        assert not rung.a.alive


@pytest.mark.parametrize("first", ["caller", "buyer"])
@pytest.mark.parametrize(("behaviour", "why"), [("busy", "busy"), ("declines", "declined")])
async def test_a_person_who_does_not_come_is_tried_again_later_and_nobody_pays(
    make, first, behaviour, why
):
    async with make(first=first) as stage:
        await answered(stage, behaviour)
        id_ = await wanted(stage)

        async def tried():
            found = await stage.get(f"/v1/callbacks/{id_}")
            return found if found["reason"] else None

        found = await until(tried)
        assert (found["state"], found["reason"]) == ("waiting", f"unanswered:{why}")
        assert found["due_ms"] - found["asked_ms"] >= 3_600_000
        await until(stage.nothing_waits)
        await stage.no_hold_open()
        call = await stage.get(f"/v1/calls/{found['call']}")
        assert call["disposition"] == "unreached"
        assert (await stage.wallet("first"))["balance"] == "500.00"
        assert all(
            not leg.alive for one in stage.carrier.exchange.calls.values() for leg in [one.a]
        )


async def test_when_nobody_would_buy_the_person_is_not_rung(make):
    async with make(first="buyer") as stage:
        await answered(stage)
        for number in (FIRST, SECOND):
            await stage.phone(number, "busy")
        id_ = await wanted(stage)

        async def tried():
            found = await stage.get(f"/v1/callbacks/{id_}")
            return found if found["reason"] else None

        assert (await until(tried))["reason"] == "no_buyer"
        rung = {one.a.called for one in stage.carrier.exchange.calls.values()}
        assert rung == {FIRST, SECOND}


async def test_out_of_hours_it_waits_and_who_takes_the_consent_back_is_not_called(make):
    async with make(later()) as stage:
        reply = await ask(stage)
        told = reply.json()
        assert (told["state"], told["reason"], told["who"]) == ("waiting", "hours:US", "nobody")
        assert 4 * HOUR_MS < told["due_ms"] - told["asked_ms"] < 7 * HOUR_MS
        id_ = told["id"]
        told = await stage.api.post(
            "/v1/suppressions", json={"list": "revoked", "numbers": ["(212) 555-0177"]}
        )
        assert told.status_code == 201
        assert told.json()["callbacks_ended"] == 1
        found = await stage.get(f"/v1/callbacks/{id_}")
        assert (found["state"], found["reason"]) == ("over", "suppressed:revoked")
        refused = await ask(stage, "second-request")
        assert (refused.status_code, refused.json()["reason"]) == (422, "suppressed:revoked")
        assert refused.json()["who"] == "caller"


async def test_the_same_request_is_one_callback_and_another_with_its_key_is_refused(make):
    async with make(later()) as stage:
        body = request()
        headers = {"Idempotency-Key": "first-request"}
        post = stage.api.post
        replies = [await post("/v1/callbacks", json=body, headers=headers) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [201, 200]
        assert replies[0].json()["id"] == replies[1].json()["id"]
        assert (await ask(stage, number="+16465550177")).status_code == 409
        again = await ask(stage, "second-request")
        assert (again.status_code, again.json()["reason"]) == (409, "same_callback")
        cancelled = await post(f"/v1/callbacks/{replies[0].json()['id']}/cancel")
        assert cancelled.json()["reason"] == "withdrawn"
        twice = await post(f"/v1/callbacks/{replies[0].json()['id']}/cancel")
        assert twice.status_code == 409


REFUSED = [
    ({"consent": {"given_at": "2026-01-01T00:00:00Z"}}, 422, "consent_unproven:text"),
    ({"consent": {}}, 422, "consent_unproven:given_at"),
    ({"number": "+18005550177"}, 422, "place_unknown"),
    ({"campaign": "other"}, 422, "no_callbacks"),
    ({"publisher": "other"}, 422, "no_callbacks"),
    ({"consent": None}, 400, None),
    ({"consent": {"given": 1}}, 400, None),
    ({"number": "12"}, 400, None),
    ({"zip": "123"}, 400, None),
    ({"state": "ZZ"}, 400, None),
    ({"not_before": "tomorrow"}, 400, None),
    ({"lead": {"ssn": "123456789"}}, 400, None),
    ({"lead": {"email": 5}}, 400, None),
    ({"more": 1}, 400, None),
]


async def test_a_request_that_cannot_be_met_says_why_and_nothing_is_kept_of_it(make):
    async with make() as stage:
        for change, status, reason in REFUSED:
            reply = await ask(stage, **change)
            assert (reply.status_code, reply.json().get("reason")) == (status, reason), change
            assert "5550177" not in reply.text
        assert (await stage.api.post("/v1/callbacks", json=request())).status_code == 400
        junk = {"list": "dnc", "numbers": ["+12125550177", "x"]}
        reply = await stage.api.post("/v1/suppressions", json=junk)
        assert (reply.status_code, reply.json()["field"]) == (400, "numbers[1]")
        assert (await stage.get("/v1/callbacks"))["callbacks"] == []
        assert (await stage.get("/v1/suppressions"))["lists"] == []


OFFER = """
id = "calls"
begin = "offer"

[[node]]
id = "offer"
kind = "callback"
say = "Press 1 to be called back."
timeout_s = 1
accepted = "bye"
declined = "bye"

[[node]]
id = "bye"
kind = "hang_up"
"""


async def test_a_caller_who_presses_the_key_has_asked_and_the_call_is_the_proof(make):
    async with make(later(), flow="calls") as stage:
        order = {"from": PERSON, "to": NUMBER, "script": {"zip": "1"}}
        await stage.over(await stage.place_order(order))

        async def asked():
            return (await stage.get("/v1/callbacks"))["callbacks"]

        (found,) = await until(asked)
        assert (found["source"], found["state"], found["publisher"]) == ("call", "waiting", "pub")
