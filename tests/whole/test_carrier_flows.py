"""What a flow asks of a carrier, by each of the three: groups, recording, keys, a move for good."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from market.ids import id_for
from market.network import TrackingNumber
from market.phone import SendDigits, Transfer
from market.recording import RecordingTerms
from routing.flows.reading import read_flow
from tests.whole.networks import FALLBACK, TWO, network_of
from tests.whole.stage import open_stage, until

TEXAS = "+15125550100"  # Where the consent of one is enough.
OURS = "+15125550199"
DESK = "+15125550151", "+15125550152", "+15125550153"
TALK_S = 2.2  # Two of these carriers tell times to the second.
FLOW = f"""
id = "desk"
begin = "tape"

[[node]]
id = "tape"
kind = "record"
action = "start"
next = "card"

[[node]]
id = "card"
kind = "gather"
say = "Your card?"
digits = 4
tries = 1
timeout_s = 1
keep_as = "card"
next = "group"
otherwise = "group"

[[node]]
id = "group"
kind = "ring_group"
order = "simultaneous"
to = {list(DESK)}
ring_s = 5
unanswered = "wait"

[[node]]
id = "wait"
kind = "gather"
say = "We call you back. When?"
digits = 4
tries = 1
timeout_s = 60
keep_as = "when"
next = "bye"
otherwise = "bye"

[[node]]
id = "bye"
kind = "hang_up"
"""


@pytest.fixture(params=["telnyx", "twilio", "jambonz"])
async def stage(plan, request):
    """A stage whose calls go through the flow."""
    name = request.param
    more = (("siprec_server", "sip:rec.example"),) if name == "jambonz" else ()
    ready = replace(
        plan,
        carrier=replace(plan.carrier, protocol=name),
        more={f"{name}_{key}": value for key, value in more},
    )
    network = replace(
        network_of(TWO, flow="desk", fallback=""),
        flows=(read_flow(FLOW, "desk.flow.toml"),),
        numbers=(TrackingNumber(OURS, "calls", "pub"),),
        targets=tuple(replace(one, answers_in=("TX",)) for one in TWO),
        recording=RecordingTerms(on=True),
    )
    async with open_stage(ready, lambda ports: network) as opened:
        yield opened


async def placed(stage, **script):
    """Let somebody call from Texas."""
    script = {"keys": ["4242"], "talk_s": TALK_S} | script
    return await stage.place_order({"from": TEXAS, "to": OURS, "script": script})


async def phones(stage, *behaviours):
    """Say how the desk's phones behave."""
    for number, (behaviour, after_s) in zip(DESK, behaviours, strict=True):
        await stage.phone(number, behaviour, answer_after_s=after_s)


async def test_a_flow_rings_records_presses_keys_and_moves_calls_by_any_carrier(stage):
    """One server for each carrier, and one call after the other."""
    name = stage.carrier.exchange.options.protocol
    await phones(stage, ("answers", 30), ("answers", 0.1), ("declines", 0.05))
    record = await stage.over(session := await placed(stage))
    truth = await stage.truth(session)
    assert {leg["destination"]: leg["cause"] for leg in truth["legs"]} == {
        DESK[0]: "originator_cancel",
        DESK[1]: "normal_clearing",
        DESK[2]: "call_rejected",
    }
    assert truth["talk_ms"] == TALK_S * 1000
    assert truth["talk_ms"] - 2000 <= record["talk_ms"] <= truth["talk_ms"]
    assert record["disposition"] == "unsold"
    await recorded(stage, record, truth, name)

    await phones(stage, ("declines", 0.05), ("busy", 0.05), ("declines", 0.1))
    session = await placed(stage)
    waits = await at(stage, session, "wait")
    await keys_and_a_move(stage, waits, session)

    await phones(stage, ("answers", 30), ("answers", 30), ("answers", 30))
    session = await placed(stage)
    await stage.in_state(session, "passing")
    await until(lambda: rings(stage, session))
    await stage.hang_up(session)
    record = await stage.over(session)
    truth = await stage.truth(session)
    assert {leg["cause"] for leg in truth["legs"]} == {"originator_cancel"}
    hooks = (await stage.people.get("/sandbox/webhooks")).json()
    assert hooks["complaints"] == []


async def rings(stage, session):
    """Tell whether all phones of the desk ring."""
    return len((await stage.truth(session))["legs"]) == len(DESK)


async def at(stage, session, node):
    """Return our call once it is at a node of its flow."""

    async def there():
        for call in stage.server.desk.live():
            if call.spot is not None and call.spot.node == node and call.spot.flow == "desk":
                return call
        return None

    return await until(there)


async def keys_and_a_move(stage, call, session):
    """Press keys on a live call, and move it to another number for good."""
    base, lead = stage.server.base, stage.server.base.leads.get(call.id)
    line, ref = base.carriers.of(lead.carrier), lead.refs[0]
    await line.send(SendDigits(call.id, ref, id_for(call.id, "keys"), digits="12#"))

    async def pressed():
        return "12#" in (await stage.truth(session))["keys"]  # Twice, where all is very slow.

    await until(pressed)
    await stage.phone(FALLBACK)
    moves = Transfer(call.id, ref, id_for(call.id, "move"), 2, FALLBACK, OURS, 5.0)
    await line.send(moves)
    await stage.over(session)
    truth = await stage.truth(session)
    assert truth["legs"][-1]["destination"] == FALLBACK
    assert truth["talk_ms"] == TALK_S * 1000
    assert truth["state"] == "ended"


async def recorded(stage, record, truth, name):
    """Look at what became of the recording, which was paused while the card was asked for."""
    notes = [row["data"]["what"] for row in record["timeline"] if row["kind"] == "recording"]
    assert notes == ["started", "paused", "resumed"]
    if name == "jambonz":  # The sound is at the SIPREC server.
        verbs = [verb.removesuffix("CallRecording") for verb in truth["taping"]]
        assert verbs == ["start", "pause", "resume"]
        return

    async def kept():
        found = (await stage.get(f"/v1/recordings?call={record['id']}"))["recordings"]
        return found if found and found[0]["state"] == "kept" else None

    (found,) = await until(kept)
    assert (found["channels"], UUID(found["call"])) == (2, UUID(record["id"]))
    assert found["duration_ms"] >= 2000
