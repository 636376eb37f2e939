"""Recordings, from the caller's consent to the link: carrier, file and database are real."""

from __future__ import annotations

import io
import wave
from dataclasses import replace
from uuid import UUID

import pytest

from auctiond.pg.people import People
from auctiond.recording.keeper import DAY_MS
from market.network import TrackingNumber
from market.recording import RecordingTerms
from routing.flows.reading import read_flow
from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, network_of
from tests.whole.stage import open_stage, until

TEXAS = "+15125550100"  # Where the consent of one is enough.
CALIFORNIA = "+12135550100"
OURS = "+15125550199"
TERMS = RecordingTerms(on=True, timeout_s=1.0)
TALK_S = 2.5  # On a crowded machine the command to record may take one of them.

FLOW = """
id = "taped"
begin = "notice"

[[node]]
id = "notice"
kind = "consent"
say = "This call is recorded."
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
next = "sell"
otherwise = "sell"

[[node]]
id = "sell"
kind = "auction"
unsold = "message"

[[node]]
id = "message"
kind = "voicemail"
say = "Leave a message."
longest_s = 5
next = "bye"

[[node]]
id = "bye"
kind = "hang_up"

"""


def taped(targets=TWO, flow=False, terms=TERMS, **campaign):
    """Return a network whose calls are recorded; all numbers and people are in Texas."""
    own = tuple(replace(one, answers_in=one.answers_in or ("TX",)) for one in targets)
    more = {"record": True, "fallback": ""} if not flow else {"flow": "taped"}
    network = network_of(own, **more | campaign)
    flows = (read_flow(FLOW, "taped.flow.toml"),) if flow else ()
    numbers = (TrackingNumber(OURS, "calls", "pub"),)
    return replace(network, numbers=numbers, flows=flows, recording=terms)


@pytest.fixture
async def stage(plan):
    """A stage with recording on, and two buyers whose phones are answered at once."""
    async with open_stage(plan, lambda ports: taped()) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


async def called(stage, caller=TEXAS, **script):
    """Return the record of a call, when it is over."""
    order = {"from": caller, "to": OURS, "script": {"talk_s": TALK_S} | script}
    return await stage.over(await stage.place_order(order))


async def recordings(stage, record, *states):
    """Return the recordings of a call once they are all in one of `states`."""

    async def there():
        found = (await stage.get(f"/v1/recordings?call={record['id']}"))["recordings"]
        done = found and all(one["state"] in (states or ("kept",)) for one in found)
        return found if done else None

    return await until(there)


def notes(record, kind):
    """Return what the call's record says of recording."""
    return [row["data"] for row in record["timeline"] if row["kind"] == kind]


async def heard(stage, recording):
    """Return the reply to a new link's use."""
    made = await stage.api.post(f"/v1/recordings/{recording['id']}/links", json={"minutes": 5})
    assert made.status_code == 201, made.text
    return await stage.people.get(made.json()["url"])


async def test_a_talk_is_recorded_sealed_and_heard_through_a_link(stage):
    record = await called(stage)
    assert record["disposition"] == "sold"
    (found,) = await recordings(stage, record)
    assert (found["kind"], found["leg"], found["channels"]) == ("talk", 1, 2)
    truth = await stage.truth(record["call_ref"])
    (tape,), (leg,) = truth["tapes"], truth["legs"]
    # To the millisecond as the carrier has it: from when our command reached it to the talk's end.
    assert leg["bridged_ms"] <= tape["began_ms"] < tape["ended_ms"] == leg["ended_ms"]
    assert found["duration_ms"] == tape["ended_ms"] - tape["began_ms"] == tape["length_ms"]
    (file,) = (one for one in (stage.settings.recordings_path).rglob("*") if one.is_file())
    assert b"WAVE" not in file.read_bytes()
    reply = await heard(stage, found)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "audio/wav")
    with wave.open(io.BytesIO(reply.content)) as sound:
        assert sound.getnchannels() == 2
        assert sound.getnframes() == found["duration_ms"] * 8, "8 samples a millisecond"
    assert (await stage.people.head(str(reply.url))).status_code == 405
    told = await stage.get(f"/v1/recordings/{found['id']}")
    assert [event["what"] for event in told["events"]] == [
        "asked",
        "told",
        "kept",
        "linked",
        "listened",
    ]
    assert told["events"][4]["by"] in told["events"][3]["why"].partition(",")[0]


async def test_nobody_is_asked_where_no_law_asks_and_somebody_elsewhere_is(stage):
    quiet = await called(stage)
    assert notes(quiet, "recording_consent") == []
    asked = await called(stage, CALIFORNIA)
    notice = {"node": "recording", "version": "1"}
    assert notes(asked, "recording_consent") == [
        notice | {"asked": True},
        notice | {"agreed": True},
    ]
    for record in (quiet, asked):
        await recordings(stage, record)


async def test_who_says_no_is_not_recorded_and_is_sold_all_the_same(stage):
    record = await called(stage, CALIFORNIA, keys=["9"])
    assert record["disposition"] == "sold"
    assert notes(record, "recording_consent")[-1] == {
        "node": "recording",
        "version": "1",
        "agreed": False,
        "key": "9",
    }
    assert notes(record, "recording") == [{"what": "refused", "why": "declined"}]
    assert (await stage.get("/v1/recordings"))["recordings"] == []


async def test_who_leaves_during_the_notice_is_on_record(stage):
    long = replace(TERMS, say=" ".join(["word"] * 150))  # A second, as the sandbox hurries.
    assert (await stage.apply(taped(terms=long))).status_code == 200
    session = await stage.place_order({"from": CALIFORNIA, "to": OURS, "script": {}})
    await stage.in_state(session, "flow")
    await stage.hang_up(session)
    record = await stage.over(session)
    assert notes(record, "recording_consent")[-1] == {
        "node": "recording",
        "version": "1",
        "stayed": False,
    }


async def test_a_target_that_blocks_recording_is_not_recorded(stage):
    blocking = (replace(TWO[0], no_recording=True), TWO[1])
    assert (await stage.apply(taped(blocking))).status_code == 200
    record = await called(stage)
    assert notes(record, "recording") == [{"what": "refused", "why": "target"}]
    await stage.phone(FIRST, "busy")
    await recordings(stage, await called(stage))  # The second one does not mind.


async def test_nothing_is_recorded_where_the_account_has_it_off(stage):
    for terms in (None, replace(TERMS, on=False)):
        assert (await stage.apply(taped(terms=terms))).status_code == 200
        record = await called(stage, CALIFORNIA)
        assert record["disposition"] == "sold"
        assert notes(record, "recording_consent") == []
    assert (await stage.get("/v1/recordings"))["recordings"] == []


async def test_a_flow_records_pauses_for_what_is_personal_and_takes_a_message(stage):
    assert (await stage.apply(taped(flow=True))).status_code == 200
    for number in (FIRST, SECOND):
        await stage.phone(number, "busy")
    record = await called(stage, keys=["", "4242"], patience_s=6.0)
    said = [note["what"] for note in notes(record, "recording")]
    assert said[:3] == ["started", "paused", "resumed"]
    assert said[3:] == ["stopped", "started"]
    message, talk = await recordings(stage, record)
    assert (message["kind"], message["channels"]) == ("message", 1)
    assert (talk["kind"], talk["leg"], talk["channels"]) == ("talk", 0, 2)


async def test_a_recording_is_deleted_at_any_time_and_its_links_with_it(stage):
    (found,) = await recordings(stage, await called(stage))
    made = await stage.api.post(f"/v1/recordings/{found['id']}/links")
    gone = await stage.api.delete(f"/v1/recordings/{found['id']}")
    assert (gone.status_code, gone.json()["state"]) == (200, "gone")
    assert not any(one.is_file() for one in stage.settings.recordings_path.rglob("*"))
    assert (await stage.people.get(made.json()["url"])).status_code == 404
    assert (await stage.api.delete(f"/v1/recordings/{found['id']}")).status_code == 409
    again = await stage.api.post(f"/v1/recordings/{found['id']}/links")
    assert again.status_code == 409


async def test_a_link_that_expired_or_was_changed_opens_nothing(stage):
    (found,) = await recordings(stage, await called(stage))
    listening = stage.server.recordings.listening
    row = await listening.book.get(UUID(found["id"]))
    token, _ = await replace(listening, now_ms=lambda: 0).link(row, 5, "key")
    for wrong in (token, token[:-4] + "AAAA", "x"):
        assert (await stage.people.get(f"{stage.url}/recordings/{wrong}")).status_code == 404
    told = await stage.get(f"/v1/recordings/{found['id']}")
    assert (told["events"][-1]["what"], told["events"][-1]["why"]) == ("refused", "expired")


async def test_who_is_erased_takes_the_recordings_along(stage):
    record = await called(stage)
    (found,) = await recordings(stage, record)
    base, keeper = stage.server.base, stage.server.recordings.keeper
    made = await stage.api.post(f"/v1/recordings/{found['id']}/links")
    row = await base.calls.get(UUID(record["id"]))
    await People(base.pg).erase(row.person_id)
    assert (await stage.people.get(made.json()["url"])).status_code == 404
    await keeper.sweep()
    (gone,) = await recordings(stage, record, "gone")
    assert gone["why"] == "erased"
    assert not any(one.is_file() for one in stage.settings.recordings_path.rglob("*"))


async def test_a_recording_is_kept_for_its_time_and_for_less_when_the_account_says_so(stage):
    (found,) = await recordings(stage, await called(stage))
    assert found["kept_until_ms"] == found["began_ms"] + 90 * DAY_MS
    assert (await stage.apply(taped(terms=replace(TERMS, keep_days=1)))).status_code == 200
    keeper = stage.server.recordings.keeper
    await keeper.sweep()
    (kept,) = (await stage.get("/v1/recordings"))["recordings"]
    assert (kept["state"], kept["kept_until_ms"]) == ("kept", found["began_ms"] + DAY_MS)
    keeper.now_ms = lambda: found["began_ms"] + DAY_MS + 1
    await keeper.sweep()
    (gone,) = (await stage.get("/v1/recordings"))["recordings"]
    assert (gone["state"], gone["why"]) == ("gone", "expired")


async def test_who_may_read_may_not_listen(stage):
    (found,) = await recordings(stage, await called(stage))
    key = (await stage.api.post("/v1/keys", json={"name": "r", "scopes": ["read"]})).json()["key"]
    headers = {"authorization": f"Bearer {key}"}
    path = f"/v1/recordings/{found['id']}"
    assert (await stage.api.get(path, headers=headers)).status_code == 200
    assert (await stage.api.post(f"{path}/links", headers=headers)).status_code == 403
    assert (await stage.api.delete(path, headers=headers)).status_code == 403
