"""What real carriers do wrong, the sandbox does on purpose; and what they never do, not."""

import orjson
import pytest
import trio

from auctiond.sandbox.carrier import VICES, CarrierOptions, Vices
from tests.sandbox_carrier.fake_server import open_bench

BUYER = "+13105550111"
SOON_S = (0.02, 0.02, 0.05)


def with_vices(**vices):
    def options(hooks):
        return CarrierOptions(hooks=hooks, hurry=100.0, vices=Vices(**vices), redelivery_s=SOON_S)

    return options


def attempts(bench):
    return [orjson.loads(body)["meta"]["attempt"] for body in bench.server.bodies]


def ids(bench):
    return [event["id"] for event in bench.server.events]


async def test_a_duplicate_has_the_same_id():
    async with open_bench(with_vices(duplicated=1.0)) as bench:
        await bench.place()
        await bench.server.until("call.initiated", None, 2)
        assert len(set(ids(bench))) == 1


async def test_what_is_not_taken_is_delivered_again_with_the_same_id():
    async with open_bench(with_vices()) as bench:
        bench.server.statuses = [500, 503]
        await bench.place()
        await bench.server.until("call.initiated", None, 3)
        assert attempts(bench) == [1, 2, 3]
        assert len(set(ids(bench))) == 1


async def test_what_is_never_taken_is_given_up():
    async with open_bench(with_vices()) as bench:
        bench.server.statuses = [500] * 10
        await bench.place()
        await bench.server.until("call.initiated", None, 4)
        with trio.fail_after(60):
            while not (await bench.http.get("/sandbox/webhooks")).json().get("given_up"):
                await trio.lowlevel.checkpoint()
        assert attempts(bench) == [1, 2, 3, 4]


async def test_a_lost_first_delivery_comes_again():
    async with open_bench(with_vices(lost_once=1.0)) as bench:
        await bench.place()
        await bench.server.until("call.initiated")
        assert attempts(bench) == [2]


async def test_an_arrival_is_never_lost_for_good():
    async with open_bench(with_vices(lost=1.0)) as bench:
        session = await bench.place()
        await bench.server.until("call.initiated")
        await bench.http.post(f"/sandbox/calls/{session}/hangup")
        with trio.fail_after(60):
            while (await bench.http.get("/sandbox/webhooks")).json().get("lost") != 1:
                await trio.lowlevel.checkpoint()
        assert bench.server.names("incoming") == ["initiated"]


async def test_a_command_given_twice_is_done_once():
    async with open_bench(with_vices()) as bench:
        await bench.phone(BUYER, "no_answer")
        session, ref = await bench.answered()
        for _ in range(3):
            reply = await bench.do(ref, "transfer", to=BUYER, command_id="dial-1")
            assert reply.json() == {"data": {"result": "ok"}}
        assert len((await bench.truth(session))["legs"]) == 1
        second = await bench.do(ref, "transfer", to=BUYER, command_id="dial-2")
        assert second.status_code == 422


async def test_a_failing_carrier_does_nothing():
    async with open_bench(with_vices(failing=1.0)) as bench:
        session = await bench.place()
        ref = (await bench.server.until("call.initiated"))["call_control_id"]
        assert (await bench.do(ref, "reject", cause="USER_BUSY")).status_code == 500
        assert (await bench.truth(session))["state"] == "ringing"


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.02, 0.03, 0.04, 0.06])
async def test_a_hang_up_that_crosses_an_answer_leaves_no_leg_alive(after_s):
    async with open_bench(with_vices()) as bench:
        await bench.phone(BUYER, "answers", answer_after_s=0.02)
        session, ref = await bench.answered()
        await bench.do(ref, "transfer", to=BUYER, park_after_unbridge="self")
        await trio.sleep(after_s)
        await bench.http.post(f"/sandbox/calls/{session}/hangup")
        await bench.server.until("call.hangup", None, 2)
        (leg,) = (await bench.truth(session))["legs"]
        talked = leg["bridged_ms"] is not None
        assert leg["talk_ms"] == (leg["ended_ms"] - leg["bridged_ms"] if talked else 0)
        bridged = [e for e in bench.server.events if e["event_type"] == "call.bridged"]
        assert len(bridged) == (2 if talked else 0)


async def test_wild_webhooks_are_the_same_news_however_they_come():
    def options(hooks):
        vices = VICES["wild"]
        return CarrierOptions(hooks=hooks, hurry=100.0, seed=7, vices=vices, redelivery_s=SOON_S)

    async with open_bench(options) as bench:
        sessions = [await bench.place(script={"hang_up_after_s": 0.01}) for _ in range(30)]
        server, count = bench.server, len(sessions)
        await server.until_true(lambda: len(set(server.refs("incoming"))) == count)
        by_id = {event["id"]: event for event in bench.server.events}
        assert all(event == by_id[event["id"]] for event in bench.server.events)
        assert set(attempts(bench)) > {1}
