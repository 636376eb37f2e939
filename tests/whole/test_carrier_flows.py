"""A flow by each of the three carriers: consent, recording, keys, groups, a queue, a message."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from uuid import UUID

import pytest

from auctiond.net.document_link import DocumentLink
from market.ids import id_for
from market.network import TrackingNumber
from market.phone import SendDigits, Transfer
from market.recording import RecordingTerms
from routing.flows.reading import read_flow
from tests.whole.networks import FALLBACK, FIRST, TWO, network_of
from tests.whole.stage import open_stage, until
from tests.whole.test_call_flows import path_of

TEXAS = "+15125550100"  # Where the consent of one is enough.
OURS = "+15125550199"
DESK = "+15125550151", "+15125550152", "+15125550153"
TALK_S = 2.2  # Two of these carriers tell times to the second.
SOLD_S = 3.2  # The same, and longer than what is billable.
CARD = "4242"
FLOW = f"""
id = "desk"
begin = "notice"

[[node]]
id = "notice"
kind = "consent"
say = "This call is recorded. Press 9 if it should not be."
decline = "9"
timeout_s = 1
version = "2026-11"
next = "tape"

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
next = "what"
otherwise = "what"

[[node]]
id = "what"
kind = "menu"
say = "The desk is 1, a quote is 2; 3 waits for one."
timeout_s = 1
otherwise = "group"

[node.choices]
1 = "group"
2 = "sell"
3 = "line"

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
id = "sell"
kind = "auction"
unsold = "line"

[[node]]
id = "line"
kind = "queue"
size = 1
wait_s = 60
again_s = 2
music_url = "https://calls.example/music.wav"
next = "sell"
over = "message"
full = "message"

[[node]]
id = "message"
kind = "voicemail"
say = "Leave a message."
longest_s = 60
next = "bye"

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
        network_of(TWO[:1], flow="desk", fallback="", legs_max=10),
        flows=(read_flow(FLOW, "desk.flow.toml"),),
        numbers=(TrackingNumber(OURS, "calls", "pub"),),
        targets=(replace(TWO[0], answers_in=("TX",)),),
        recording=RecordingTerms(on=True),
    )
    async with open_stage(ready, lambda ports: network) as opened:
        yield opened


async def placed(stage, *keys, **script):
    """Let somebody call from Texas, who presses `keys`: to the notice, the card, the menu."""
    script = {"keys": list(keys), "talk_s": TALK_S} | script
    return await stage.place_order({"from": TEXAS, "to": OURS, "script": script})


async def phones(stage, *behaviours):
    """Say how the desk's phones behave."""
    for number, (behaviour, after_s) in zip(DESK, behaviours, strict=True):
        await stage.phone(number, behaviour, answer_after_s=after_s)


async def test_a_flow_does_all_it_can_by_any_carrier(stage):
    """One server for each carrier, and one call after the other."""
    await a_group_is_rung_and_the_talk_recorded(stage)
    await who_declines_is_not_recorded_and_keys_are_pressed_and_the_call_moved(stage)
    await who_leaves_stops_all_phones_of_a_group(stage)
    await one_waits_in_the_queue_and_is_sold_the_next_leaves_a_message(stage)
    hooks = (await stage.people.get("/sandbox/webhooks")).json()
    assert hooks["complaints"] == []


async def a_group_is_rung_and_the_talk_recorded(stage):
    await phones(stage, ("answers", 30), ("answers", 0.1), ("declines", 0.05))
    record = await stage.over(session := await placed(stage, "", CARD, "1"))
    truth = await stage.truth(session)
    assert {leg["destination"]: leg["cause"] for leg in truth["legs"]} == {
        DESK[0]: "originator_cancel",
        DESK[1]: "normal_clearing",
        DESK[2]: "call_rejected",
    }
    assert truth["talk_ms"] == TALK_S * 1000
    assert truth["talk_ms"] - 2000 <= record["talk_ms"] <= truth["talk_ms"]
    assert record["disposition"] == "unsold"
    assert consent(record) == [{"asked": True}, {"agreed": True}]
    assert taped(record) == ["started", "paused", "resumed"]
    await on_tape(stage, record, truth, ["start", "pause", "resume"], [("talk", 2)])


async def who_declines_is_not_recorded_and_keys_are_pressed_and_the_call_moved(stage):
    await phones(stage, ("declines", 0.05), ("busy", 0.05), ("declines", 0.1))
    session = await placed(stage, "9", CARD, "1", talk_s=0.5)
    call = await at(stage, session, "wait")
    base, lead = stage.server.base, stage.server.base.leads.get(call.id)
    line, ref = base.carriers.of(lead.carrier), lead.refs[0]
    await until(partial(is_asked, line, ref))  # A question that came later would tear off the keys.
    await line.send(SendDigits(call.id, ref, id_for(call.id, "keys"), digits="12#"))

    async def pressed():
        return (await stage.truth(session))["keys"] == "12#"

    await until(pressed)
    await stage.phone(FALLBACK)
    moves = Transfer(call.id, ref, id_for(call.id, "move"), 2, FALLBACK, OURS, 5.0)
    await line.send(moves)
    record = await stage.over(session)
    truth = await stage.truth(session)
    assert truth["legs"][-1]["destination"] == FALLBACK
    assert (truth["state"], truth["talk_ms"], truth["keys"]) == ("ended", 500, "12#")
    assert consent(record) == [{"asked": True}, {"agreed": False, "key": "9"}]
    assert taped(record) == ["refused"]
    await on_tape(stage, record, truth, [], [])


async def who_leaves_stops_all_phones_of_a_group(stage):
    await phones(stage, ("answers", 30), ("answers", 30), ("answers", 30))
    session = await placed(stage, "1", CARD, "1")
    await stage.in_state(session, "passing")

    async def all_ring():
        return len((await stage.truth(session))["legs"]) == len(DESK)

    await until(all_ring)
    await stage.hang_up(session)
    await stage.over(session)
    truth = await stage.truth(session)
    assert {leg["cause"] for leg in truth["legs"]} == {"originator_cancel"}


async def one_waits_in_the_queue_and_is_sold_the_next_leaves_a_message(stage):
    await stage.phone(FIRST, "busy")
    waits = await placed(stage, "1", CARD, "2", talk_s=SOLD_S)
    await at(stage, waits, "line")
    leaves = await placed(stage, "1", CARD, "3")
    call = await at(stage, leaves, "message", turn=1)
    await stage.phone(FIRST)

    async def begun():
        return taped(await stage.get(f"/v1/calls/{call.id}"))[4:] == ["started"]

    await until(begun)
    await stage.hang_up(leaves)
    sold, left = await stage.over(waits), await stage.over(leaves)
    assert path_of(sold)[-3:] == ["sell", "line", "sell"]
    assert (sold["disposition"], sold["target"]) == ("sold", "first")
    assert path_of(left)[-3:] == ["what", "line", "message"]
    assert taped(left) == ["started", "paused", "resumed", "stopped", "started"]
    verbs = ["start", "pause", "resume", "stop", "start"]
    await on_tape(stage, left, await stage.truth(leaves), verbs, [("talk", 2), ("message", 1)])


async def is_asked(line, ref):
    """Tell whether the question of "wait" was given, where it is a document."""
    if not isinstance(line, DocumentLink):
        return True
    leg = line._legs[ref]
    came = [*leg.answers.values(), *leg.ready.values()]
    return not leg.torn and any(b"We call you back" in document for document in came)


async def at(stage, session, node, turn=0):
    """Return our call once it is at a node of its flow."""

    async def there():
        for call in stage.server.desk.live():
            spot, ref = call.spot, stage.server.base.leads.get(call.id).call_ref
            if ref == session and spot is not None and (spot.node, spot.turn) == (node, turn):
                return call
        return None

    return await until(there)


def consent(record):
    """Return what is on record of the notice."""
    told = [row["data"] for row in record["timeline"] if row["kind"] == "recording_consent"]
    assert all((one.pop("node"), one.pop("version")) == ("notice", "2026-11") for one in told)
    return told


def taped(record):
    """Return what is on record of the recordings."""
    return [row["data"]["what"] for row in record["timeline"] if row["kind"] == "recording"]


async def on_tape(stage, record, truth, verbs, files):
    """Look at what became of the recordings: kind, channels and length are the carrier's."""
    name = stage.carrier.exchange.options.protocol
    if name == "jambonz":  # The sound is at the SIPREC server.
        assert truth["taping"] == [f"{verb}CallRecording" for verb in verbs]
        return

    async def all_kept():
        found = (await stage.get(f"/v1/recordings?call={record['id']}"))["recordings"]
        done = len(found) == len(files) and all(one["state"] == "kept" for one in found)
        return (done, found) if done else None

    _, found = await until(all_kept)
    found.sort(key=lambda one: one["began_ms"])
    assert [(one["kind"], one["channels"]) for one in found] == files
    assert {UUID(one["call"]) for one in found} <= {UUID(record["id"])}
    lengths = [one["duration_ms"] for one in found]
    if name == "telnyx":  # It tells when a recording began and ended, with its pauses.
        assert lengths == [tape["ended_ms"] - tape["began_ms"] for tape in truth["tapes"]]
    else:  # How long the file is, in whole seconds; none is not told.
        assert lengths == [tape["length_ms"] // 1000 * 1000 or None for tape in truth["tapes"]]
