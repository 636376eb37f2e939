"""The sandbox's doors: keys, wrong orders, limits, and what stands in no log."""

import pytest

from auctiond.sandbox.carrier import CarrierOptions
from auctiond.sandbox.carrier.__main__ import read_key
from tests.sandbox_carrier.fake_server import open_bench


def plain(hooks):
    return CarrierOptions(hooks=hooks, hurry=100.0)


async def test_without_the_key_no_command_is_obeyed():
    async with open_bench(plain) as bench:
        bench.http.headers["authorization"] = "Bearer wrong"
        assert (await bench.do("v3:x", "answer")).status_code == 401


@pytest.mark.parametrize("path", ["/", "/v2", "/v2/call", "/sandbox/nothing", "/v3/calls/x"])
async def test_a_door_that_is_not_there_is_not_found(path):
    async with open_bench(plain) as bench:
        assert (await bench.http.post(path)).status_code == 404
        assert (await bench.http.post(path, content=b"{")).status_code == 400
        assert (await bench.http.post(path, content=b" " * 70_000)).status_code == 400


async def test_a_command_of_nonsense_breaks_nothing():
    async with open_bench(plain) as bench:
        _, ref = await bench.answered()
        odd = {"command_id": [1], "client_state": {}, "webhook_url": 7, "payload": 1}
        for verb in ("transfer", "speak", "gather_using_speak", "playback_start", "answer"):
            assert (await bench.do(ref, verb, **odd, to={}, audio_url=[])).status_code in (200, 422)
        await bench.do(ref, "hangup")
        assert (await bench.http.get("/sandbox/key")).status_code == 200


async def test_a_leg_that_never_was_is_not_found():
    async with open_bench(plain) as bench:
        assert (await bench.do("v3:x", "answer")).status_code == 404
        assert (await bench.http.get("/v2/calls/v3:x")).status_code == 404


async def test_the_status_of_a_leg_follows_it():
    async with open_bench(plain) as bench:
        session, ref = await bench.answered()
        assert (await bench.http.get(f"/v2/calls/{ref}")).json()["data"]["is_alive"] is True
        await bench.do(ref, "hangup")
        data = (await bench.http.get(f"/v2/calls/{ref}")).json()["data"]
        assert data["is_alive"] is False
        assert data["end_time"].endswith("Z")
        assert (await bench.truth(session))["source"] == "callee"


@pytest.mark.parametrize(
    ("path", "told", "says"),
    [
        ("/sandbox/calls", {"from": 1, "to": "+12025550100"}, "from: a text"),
        ("/sandbox/calls", {"from": "", "to": "", "script": {"zip": "x"}}, "script.zip"),
        ("/sandbox/calls", {"from": "", "to": "", "script": {"talk_s": -1}}, "talk_s"),
        ("/sandbox/calls", {"from": "", "to": "", "lead": [1]}, "lead"),
    ],
)
async def test_a_wrong_order_is_told_what_would_be_right(path, told, says):
    async with open_bench(plain) as bench:
        reply = await bench.http.post(path, json=told)
        assert reply.status_code == 422
        assert says in reply.json()["error"]


@pytest.mark.parametrize(
    "fields",
    [
        {"to": ""},
        {"to": "+13105550111", "timeout_secs": 4},
        {"to": "+13105550111", "timeout_secs": "20"},
        {"to": "+13105550111", "time_limit_secs": 14_401},
    ],
)
async def test_a_wrong_transfer_is_refused_as_the_carrier_does(fields):
    async with open_bench(plain) as bench:
        _, ref = await bench.answered()
        reply = await bench.do(ref, "transfer", **fields)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "10015")


async def test_nothing_is_played_to_a_call_that_is_not_answered():
    async with open_bench(plain) as bench:
        await bench.place()
        ref = (await bench.server.until("call.initiated"))["call_control_id"]
        assert (await bench.do(ref, "speak", payload="Hi", voice="f")).status_code == 422


async def test_a_reset_forgets_calls_and_tells_nobody():
    async with open_bench(plain) as bench:
        session, ref = await bench.answered()
        assert (await bench.http.delete("/sandbox")).status_code == 200
        assert (await bench.http.get(f"/sandbox/calls/{session}")).status_code == 404
        assert (await bench.do(ref, "hangup")).status_code == 404
        assert (await bench.http.get("/sandbox/calls")).json() == {"calls": []}


async def test_nothing_personal_is_shown_where_it_is_not_asked_for(capfd, caplog):
    async with open_bench(plain) as bench:
        session, _ = await bench.answered(name="Ada Lovelace", lead={"email": "ada@example.com"})
        call = bench.carrier.exchange.calls[session]
        shown = repr(call.order) + repr(call.a) + str(await bench.truth(session))
    out = capfd.readouterr()
    for text in (shown, out.out, out.err, caplog.text):
        assert "Ada" not in text
        assert "ada@" not in text
        assert "2025550133" not in text


def test_a_key_file_is_made_once_and_only_for_us(tmp_path):
    place = tmp_path / "carrier.key"
    key = read_key(str(place))
    assert len(key) == 32
    assert read_key(str(place)) == key
    assert place.stat().st_mode & 0o077 == 0
