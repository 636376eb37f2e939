"""The media switch alone: what it does on real SIP and RTP when it is given Telnyx' commands."""

from __future__ import annotations

import io
import time
import wave
from array import array
from uuid import UUID

import pytest
import trio

from auctiond.sandbox.sip.edge import missing_for_media
from auctiond.sandbox.sip.exact import Answerer
from auctiond.sandbox.sip.handset import loudness, open_handset
from auctiond.sandbox.sip.sipp import Buyer, Caller, Refuser, call, phone
from market.phone import Answered, Arrived, Ended, Joined
from telephony._client_state import write_state
from telephony.telnyx import is_genuine, read_webhook
from tests.sip.conftest import need
from tests.sip.kit import open_recording, wav_of
from tests.sip.media_desk import open_desk
from tests.whole.stage import until

CALLER_HZ, BUYER_HZ, WHISPER_HZ = 500.0, 1000.0, 1500.0
LOUD = 0.1  # Hums have 0.24; what is not there has thousandths.
DIALLED = "+18005550100"


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_media())


async def test_who_is_hung_up_on_before_his_phone_replied_does_not_ring_on(tmp_path):
    buyer = Answerer(ring_s=60, first_reply_s=0.5)
    async with buyer.open(), open_desk(tmp_path) as desk, trio.open_nursery() as nursery:
        await desk.ring(nursery, Caller("+12125550109", DIALLED, 60))
        ref = await desk.arrived()
        await desk.do(ref, "transfer", to=buyer.address, timeout_secs=30, command_id="2")

        async def rung() -> bool:
            return bool(buyer.calls)

        await until(rung)
        await desk.do(ref, "hangup", command_id="3")

        async def over() -> bool:
            return not buyer.living

        await until(over)
    assert [one.answered for one in buyer.calls.values()] == [False]


async def test_a_whisper_a_bridge_and_a_recording_with_a_channel_for_each(tmp_path):
    async with (
        open_handset([], CALLER_HZ) as ear,
        open_handset([], BUYER_HZ) as buyers_ear,
        phone(Buyer(0.1, 30.0, buyers_ear.port), tmp_path) as buyer,
        open_recording(wav_of(WHISPER_HZ, 0.8)) as whisper,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as nursery,
    ):
        headers = {"X-Lead-Name": "Ada"}
        await desk.ring(nursery, Caller("+12125550101", DIALLED, 60, 30, ear.port, headers))
        ref = await desk.arrived()
        await desk.do(ref, "record_start", format="wav", channels="dual", command_id="2")
        states = [write_state(UUID(int=1), leg) for leg in (0, 1)]
        told = {"to": buyer, "timeout_secs": 5, "audio_url": whisper, "client_state": states[0]}
        await desk.do(ref, "transfer", **told, target_leg_client_state=states[1], command_id="3")
        repeated = await desk.do(ref, "transfer", **told, command_id="3")
        assert repeated.status_code == 200
        joined = await desk.news("call.bridged", 2)
        assert joined["client_state"] == states[0]
        assert loudness(buyers_ear.heard, WHISPER_HZ) > LOUD / 4
        assert loudness(ear.heard, WHISPER_HZ) < LOUD / 4, "the caller heard the whisper"
        await trio.sleep(1.2)  # They talk: what is tested is sound, which takes its time.
        await desk.do(ref, "record_pause", command_id="4")
        await desk.do(ref, "record_resume", command_id="5")
        await desk.do(ref, "hangup", command_id="6")
        saved = await desk.news("call.recording.saved")
        await desk.news("call.hangup", 2)
        assert len(desk.server.refs("outgoing")) == 1, "a repeated command was done again"
        reply = await desk.http.get(saved["recording_urls"]["wav"], headers={"authorization": ""})
        with wave.open(io.BytesIO(reply.content)) as file:
            assert (file.getnchannels(), file.getframerate()) == (2, 8000)
            both = array("h", file.readframes(file.getnframes()))
        last = slice(-2 * 6400, None)  # Of 0.8 s.
        said, heard = both[last][0::2], both[last][1::2]
        assert loudness(said, CALLER_HZ) > LOUD > loudness(said, BUYER_HZ) * 4
        assert loudness(heard, BUYER_HZ) > LOUD > loudness(heard, CALLER_HZ) * 4
        wrong = saved["recording_urls"]["wav"][:-1] + "x"
        assert (await desk.http.get(wrong)).status_code == 404

        for body, told in zip(desk.server.bodies, desk.server.headers, strict=True):
            assert is_genuine(body, told, desk.switch.public_key, time.time())
        kinds = [type(read_webhook(body)) for body in desk.server.bodies]
        assert (kinds.count(Arrived), kinds.count(Answered)) == (1, 2)
        assert (kinds.count(Joined), kinds.count(Ended)) == (2, 2)
        assert read_webhook(desk.server.bodies[0]).lead == {"name": "Ada"}
        text = (tmp_path / "edge" / "edge.log").read_text()
        records = (tmp_path / "edge" / "records.jsonl").read_text()
        assert "2125550101" not in text + records, "a number in a log or a record"


async def test_a_buyer_presses_one_to_accept_and_only_then_hears_the_caller(tmp_path):
    async with (
        open_handset([], CALLER_HZ) as ear,
        open_handset(["1"], BUYER_HZ) as buyers_ear,
        phone(Buyer(0.1, 30.0, buyers_ear.port), tmp_path) as buyer,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as nursery,
    ):
        await desk.ring(nursery, Caller("+12125550102", DIALLED, 60, 30, ear.port))
        ref = await desk.arrived()
        placed = await desk.http.post(
            "/v2/calls",
            json={"to": buyer, "link_to": ref, "connection_id": "1", "command_id": "2"},
        )
        theirs = placed.json()["data"]["call_control_id"]
        await desk.server.until("call.answered", "outgoing")
        question = {"payload": "A call for you. Press one.", "maximum_digits": 1}
        await desk.do(theirs, "gather_using_speak", **question, command_id="3")
        assert (await desk.news("call.gather.ended"))["digits"] == "1"
        assert loudness(buyers_ear.heard[-4000:], CALLER_HZ) < LOUD / 4
        assert (await desk.do(ref, "bridge", call_control_id=theirs)).status_code == 200
        await desk.news("call.bridged", 2)
        await desk.do(theirs, "hangup", command_id="5")
        await desk.news("call.hangup", 2)
        again = await desk.do(ref, "hangup")
        assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "90018")
        assert (await desk.http.get(f"/v2/calls/{ref}")).json()["data"]["is_alive"] is False


async def test_busy_declined_unanswered_and_nowhere_have_causes_and_leave_the_caller(tmp_path):
    async with (
        phone(Refuser(486, "Busy Here"), tmp_path) as busy,
        phone(Refuser(603, "Decline"), tmp_path) as declines,
        phone(Buyer(ring_s=30), tmp_path) as slow,
        open_desk(tmp_path, trunks=(("+1", busy.replace("buyer", "{number}")),)) as desk,
        trio.open_nursery() as nursery,
    ):
        await desk.ring(nursery, Caller("+12125550103", DIALLED, 60))
        ref = await desk.arrived()
        causes = []
        tries = (busy, declines, slow, "+15557110001", "+447700900001")
        for count, to in enumerate(tries, start=1):
            told = {
                "to": to,
                "timeout_secs": 1 if to == slow else 20,
                "park_after_unbridge": "self",
            }
            assert (await desk.do(ref, "transfer", **told)).status_code == 200
            ended = await desk.news("call.hangup", count)
            causes.append((ended["hangup_cause"], ended["sip_hangup_cause"]))
        assert causes == [
            ("user_busy", "486"),
            ("call_rejected", "603"),
            ("timeout", causes[2][1]),
            ("user_busy", "486"),
            ("not_found", "404"),
        ]
        assert (await desk.http.get(f"/v2/calls/{ref}")).json()["data"]["is_alive"] is True
        await desk.do(ref, "hangup")


async def test_a_call_that_no_server_takes_goes_to_the_overflow_and_stays_there(tmp_path):
    async with (
        phone(Buyer(0.1, 1.0), tmp_path) as desk_phone,
        open_desk(tmp_path, overflow=desk_phone, first_command_s=0.5) as desk,
    ):
        desk.server.statuses = [503] * 3
        await call(Caller("+12125550104", DIALLED, 30), desk.switch.sip, tmp_path)
        told = [event["event_type"] for event in desk.server.events]
        assert set(told) == {"call.initiated"}, "a server that was too late heard more"
        ref = desk.server.refs("incoming")[0]
        assert (await desk.do(ref, "hangup")).status_code == 422
        (record,) = await until(desk.records)
        assert [leg["talk_ms"] > 500 for leg in record["legs"]] == [True, True]


async def test_who_has_no_key_commands_nothing_and_nonsense_is_refused_by_name(tmp_path):
    async with open_desk(tmp_path) as desk:
        for key in ("", "Bearer wrong"):
            told = await desk.http.post("/v2/calls", json={}, headers={"authorization": key})
            assert told.status_code == 401
        assert (await desk.http.post("/v2/calls", content=b"[")).status_code == 400
        told = await desk.http.post("/v2/calls", json={"to": 7})
        assert told.status_code == 422
        assert told.json()["errors"][0]["title"] == "to is a text of 1 to 256 characters"
        assert (await desk.do("nobody", "hangup")).status_code == 404
