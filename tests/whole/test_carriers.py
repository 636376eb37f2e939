"""Calls by Twilio and by jambonz: documents in answer to signed webhooks, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from auctiond.sandbox.carrier import VICES, open_sandbox_carrier
from auctiond.sandbox.carrier.jambonz import Jambonz
from auctiond.sandbox.carrier.options import HOOK_SECRET
from market.network import AskZip
from telephony._marks import sign, write_mark
from tests.whole.networks import FALLBACK, FIRST, NUMBER, SECOND, network_of, priced
from tests.whole.stage import CARRIER, client, hooks_at, lines_of, open_stage, until
from tests.whole.test_callbacks import TERMS, answered, settled, wanted

NAMES = ("twilio", "jambonz")
BILLABLE_S = 1.0  # These carriers tell times, or how long a talk was, to the second.
TALK_S = 3.2
TWO = (
    priced("first", "20", FIRST, billable_after_s=BILLABLE_S),
    priced("second", "10", SECOND, billable_after_s=BILLABLE_S),
)


@pytest.fixture(params=NAMES)
def protocol(request):
    return request.param


@pytest.fixture
def spoken(plan, protocol):
    """A plan with a carrier of documents."""
    return replace(plan, carrier=replace(plan.carrier, protocol=protocol))


@pytest.fixture
async def stage(spoken):
    """A stage with two buyers, of 20 and 10 dollars, whose phones are answered at once."""
    async with open_stage(spoken, lambda ports: network_of(TWO)) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


async def forged(stage, session):
    """Let jambonz, whose webhook is genuine, tell of the end of a call that is Twilio's."""
    line = await stage.in_state(session, "bridged")
    hook = f"{stage.url}/hooks/jambonz"
    for leg in (0, 1):
        url = sign(write_mark(hook, "leg", UUID(line["id"]), leg), HOOK_SECRET)
        told = {"call_sid": session, "direction": "inbound", "call_status": "completed"}
        request = Jambonz(HOOK_SECRET).write(url, told)
        reply = await stage.people.post(url, content=request.body, headers=dict(request.headers))
        assert reply.status_code == 200, reply.text


async def complaints(stage):
    """Return what the carrier says of our documents."""
    return (await stage.people.get("/sandbox/webhooks")).json()["complaints"]


async def test_a_busy_buyer_gives_way_and_the_next_pays_for_no_more_than_the_talk(stage):
    await stage.phone(FIRST, "busy")
    session = await stage.place(talk_s=TALK_S)
    record = await stage.over(session)
    assert (record["disposition"], record["target"], record["legs"]) == ("sold", "second", 2)
    assert {row["target"]: row["reason"] for row in record["candidates"]} == {
        "first": "busy",
        "second": "won",
    }
    truth = await stage.truth(session)
    assert truth["talk_ms"] - 2000 <= record["talk_ms"] <= truth["talk_ms"]
    assert (await stage.wallet("first"))["balance"] == "500.00"
    assert (await stage.wallet("second"))["balance"] == "490.00"
    kinds = [row["kind"] for row in record["timeline"]]
    for kind in ("CallerAnswered", "Greeted", "LegEnded", "BuyerJoined", "HungUp"):
        assert kind in kinds
    assert await complaints(stage) == []


async def test_a_caller_who_types_a_zip_leaves_while_a_buyer_rings_and_nobody_pays(spoken):
    asks = AskZip(prompt="Your zip?", again="Once more?", tries=2, timeout_s=3.0, required=True)
    async with open_stage(spoken, lambda ports: network_of(TWO, ask_zip=asks)) as stage:
        for number in (FIRST, SECOND):
            await stage.phone(number, "no_answer")
        session = await stage.place(zip="10001")
        await stage.in_state(session, "dialing")
        await until(lambda: rung(stage, session))  # It may still be on its way to the carrier.
        await stage.hang_up(session)
        record = await stage.over(session)
        assert record["facts"]["zip"] == "10001"
        assert (record["disposition"], record["target"]) == ("abandoned", None)
        await stage.no_hold_open()
        assert [leg["destination"] for leg in (await stage.truth(session))["legs"]] == [FIRST]
        assert (await stage.totals())["captured"] == 0


async def rung(stage, session):
    """Return who was rung."""
    return (await stage.truth(session))["legs"]


async def test_who_is_not_wanted_is_turned_away_before_it_is_answered(spoken):
    network = replace(network_of(TWO), blocked_callers=("+1*",))
    async with open_stage(spoken, lambda ports: network) as stage:
        session = await stage.place()
        record = await stage.over(session)
        assert record["disposition"] == "blocked"
        assert (await stage.truth(session))["answered_ms"] is None


async def test_with_all_vices_every_call_is_accounted_for(spoken):
    wild = replace(spoken, carrier=replace(spoken.carrier, vices=VICES["wild"], seed=7))
    async with open_stage(wild, lambda ports: network_of(TWO)) as stage:
        await stage.phone(FIRST, "declines", answer_after_s=0.3)
        await stage.phone(SECOND)
        sessions = [await stage.place(n, talk_s=TALK_S) for n in range(6)]
        records = [await stage.over(session) for session in sessions]
        await stage.no_hold_open()
        for session, record in zip(sessions, records, strict=True):
            truth = await stage.truth(session)
            assert truth["state"] == "ended"
            assert all(leg["ended_ms"] is not None for leg in truth["legs"])
            if record["disposition"] == "sold":
                assert truth["talk_ms"] >= BILLABLE_S * 1000
        assert "sold" in {record["disposition"] for record in records}
        assert (await stage.api.post("/v1/ledger/verify")).json()["verified"]
        assert await complaints(stage) == []


async def test_people_are_called_back(spoken, protocol, tmp_path):
    """Of one carrier the person first, of the other the buyer; all four ways are alike."""
    first = "caller" if protocol == "twilio" else "buyer"
    hours = tmp_path / "hours.toml"
    rule = 'place = "US"\ndaily = "00:00-24:00"\nsource = "for tests"\nread = 2026-11-24\n'
    hours.write_text(f"[[rule]]\n{rule}")
    ready = replace(spoken, settings=(*spoken.settings, ("calling_hours_file", hours)))
    terms = replace(TERMS, first=first)
    network = network_of(TWO, callback=terms, sorry="")
    async with open_stage(ready, lambda ports: network) as stage:
        await answered(stage, talk_s=TALK_S)
        done = await settled(stage, await wanted(stage), "over")
        assert (done["reason"], done["attempts_made"]) == ("reached", 1)
        call = await stage.get(f"/v1/calls/{done['call']}")
        assert (call["disposition"], call["target"]) == ("sold", "first")


async def test_several_carriers_serve_one_server_and_each_call_stays_with_its_own(plan):
    """The second carrier's settings come with the plan, and its webhooks to its own address."""
    other = replace(CARRIER, protocol="jambonz")
    spoken = replace(plan, carrier=replace(plan.carrier, protocol="twilio"))
    async with open_sandbox_carrier(other) as second:
        both = replace(spoken, more=lines_of(second))
        async with open_stage(both, lambda ports: network_of(TWO)) as stage:
            second.set_hooks(hooks_at(stage.settings.listen, "jambonz"))
            sessions = []
            async with client(second.base_url) as people:
                for phones in (stage.people, people):
                    for number in (FIRST, SECOND):
                        told = {"behaviour": "answers", "answer_after_s": 0.05}
                        await phones.put(f"/sandbox/phones/{number}", json=told)
                    order = {"from": "+12125550133", "to": NUMBER, "script": {"talk_s": TALK_S}}
                    reply = await phones.post("/sandbox/calls", json=order)
                    sessions.append(reply.json()["call_session_id"])
                await forged(stage, sessions[0])
                records = [await stage.over(session) for session in sessions]
            assert [record["disposition"] for record in records] == ["sold", "sold"]
            talk_ms = (await stage.truth(sessions[0]))["talk_ms"]
            assert talk_ms - 2000 <= records[0]["talk_ms"] <= talk_ms  # Not forged.
            calls = stage.server.base.calls
            rows = [
                await calls.by_ref(name, ref) for name, ref in zip(NAMES, sessions, strict=True)
            ]
            assert all(row is not None for row in rows)
