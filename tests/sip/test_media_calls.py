"""Calls over real SIP and RTP through the media switch, from the first ring to the ledger."""

from __future__ import annotations

import io
import wave
from array import array
from dataclasses import replace

import pytest

from auctiond.database import Where
from auctiond.sandbox.sip.edge import missing_for_media
from auctiond.sandbox.sip.handset import loudness, open_handset
from auctiond.sandbox.sip.sipp import Buyer, Caller, call
from market.recording import RecordingTerms
from routing.flows.reading import read_flow
from tests.sip.conftest import need
from tests.sip.kit import open_media_stage, open_recording, phones, wav_of
from tests.whole.networks import NUMBER, network_of, priced
from tests.whole.stage import until

CALLER_HZ, BUYER_HZ, TUNE_HZ, RING_HZ = 500.0, 1000.0, 1500.0, 440.0
LOUD = 0.1  # Hums have 0.24; what is not there has thousandths.

FLOW = """
id = "ivr"
begin = "notice"

[[node]]
id = "notice"
kind = "consent"
say = "This call is recorded. Press one to agree."
accept = "1"
timeout_s = 8
next = "tape"

[[node]]
id = "tape"
kind = "record"
action = "start"
next = "zip"

[[node]]
id = "zip"
kind = "gather"
check = "zip"
say = "Please enter your zip."
timeout_s = 8
next = "tune"
otherwise = "tune"

[[node]]
id = "tune"
kind = "play"
play = "@tune@"
next = "sell"

[[node]]
id = "sell"
kind = "auction"
ringback = true
unsold = "bye"

[[node]]
id = "bye"
kind = "hang_up"
say = "Goodbye."
"""


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_media())


@pytest.fixture
def where(pg_url):
    return Where(pg_url, None)


def loudest(heard, hz: float) -> float:
    """Return how loud a pitch was in the second in which it was loudest."""
    return max(loudness(heard[at : at + 8000], hz) for at in range(0, len(heard), 8000))


async def recorded(stage, record) -> array:
    """Return both sides of the call's recording, one sample of each in turn."""

    async def kept():
        path = f"/v1/recordings?call={record['id']}"
        found = (await stage.server.get(path))["recordings"]
        return found if found and all(one["state"] == "kept" for one in found) else None

    (found,) = await until(kept)
    made = await stage.server.api.post(f"/v1/recordings/{found['id']}/links", json={"minutes": 5})
    reply = await stage.server.api.get(made.json()["url"], headers={"authorization": ""})
    with wave.open(io.BytesIO(reply.content)) as file:
        assert file.getnchannels() == 2
        return array("h", file.readframes(file.getnframes()))


async def test_a_whole_call_consent_keys_music_whisper_a_buyer_who_accepts_a_talk_and_its_recording(
    where, tmp_path
):
    async with (
        open_handset(["1", "78701"], CALLER_HZ) as ear,
        open_handset(["1"], BUYER_HZ) as buyers_ear,
        phones([Buyer(1.0, 14.0, buyers_ear.port)], tmp_path) as (sold_to,),
        open_recording(wav_of(TUNE_HZ, 1.0)) as tune,
    ):
        screened = {"whisper": "A call about insurance.", "accept_key": True, "no_machine": True}
        target = priced("first", "20", sold_to, **screened)
        network = network_of((target,), flow="ivr", fallback="")
        flow = read_flow(FLOW.replace("@tune@", tune), "ivr.flow.toml")
        flows, terms = (flow,), RecordingTerms(on=True)
        network = replace(network, flows=flows, recording=terms)
        async with open_media_stage(where, tmp_path, network) as stage:
            caller = Caller("+12125550101", NUMBER, talk_s=30, media_port=ear.port)
            await call(caller, stage.switch.sip, tmp_path)
            (record,) = await stage.over(1)
            assert record["disposition"] == "sold", record
            assert dict(record["facts"])["zip"] == "78701"
            assert ear.questions >= 2
            assert loudest(ear.heard, TUNE_HZ) > LOUD / 2, "the caller heard no music"
            assert loudest(ear.heard, RING_HZ) > LOUD / 2, "no ringing while the buyer rang"
            assert buyers_ear.questions >= 1, "the buyer was not asked"
            pressed = [row["kind"] for row in record["timeline"]]
            assert pressed.index("BuyerAnswered") < pressed.index("BuyerJoined")
            assert loudness(ear.heard[-8000:], BUYER_HZ) > LOUD
            assert loudness(buyers_ear.heard[-8000:], CALLER_HZ) > LOUD
            assert (await stage.server.wallet("first"))["balance_micros"] == 480_000_000
            totals = await stage.server.totals()
            assert (totals["captured"], totals["open_holds"]) == (20_000_000, 0)
            assert (await stage.server.api.post("/v1/ledger/verify")).json()["verified"]
            both = await recorded(stage, record)
            said, heard = both[-8000:][0::2], both[-8000:][1::2]
            assert loudness(said, CALLER_HZ) > LOUD > 4 * loudness(said, BUYER_HZ)
            assert loudness(heard, BUYER_HZ) > LOUD > 4 * loudness(heard, CALLER_HZ)
            await stage.nothing_left()
            (told,) = stage.switch.records()
            assert [leg["talk_ms"] >= 1500 for leg in told["legs"]] == [True, True]
