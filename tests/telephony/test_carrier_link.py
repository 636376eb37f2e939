"""The line to the carrier, over real sockets: what is repeated, and what is not."""

import logging
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
import pytest
import trio

from auctiond.net.carrier_link import open_carrier_link
from auctiond.sandbox.carrier import CarrierOptions, Vices
from market.phone import Answer, CarrierError, Dial, Hangup, LegGone
from telephony.telnyx import CARRIER, LegStatus
from tests.sandbox_carrier.fake_server import open_bench, open_http

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
ANSWER = Answer(CALL, "v3:abc", ID)
DIAL = Dial(CALL, "v3:abc", ID, 1, "+13105550111", "+12025550131")


def options(url):
    return telnyx(url + "/v2", "KEY123", "https://x.example/hooks")


def telnyx(api_url, api_key, hook_url):
    values = {"api_url": api_url, "api_key": api_key, "connection_id": "7", "public_key": b""}
    return CARRIER(values, hook_url)


class Script:
    """A carrier that answers what it is told to; None: it keeps silent until we give up."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.ids = []

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body")
        self.ids.append(orjson.loads(body or b"{}").get("command_id"))
        reply = self.replies.pop(0)
        if reply is None:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        status, told, *headers = reply
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(told)})


OK = (200, {"data": {"result": "ok"}})
GONE = (422, {"errors": [{"code": "90018"}]})


@asynccontextmanager
async def open_link(script):
    async with open_http(script) as url, open_carrier_link(options(url)) as link:
        yield link


async def test_a_command_that_fails_or_is_not_answered_is_repeated_with_its_id():
    script = Script((500, {}), None, OK)
    async with open_link(script) as link:
        await link.send(ANSWER)
    assert script.ids == [str(ID)] * 3


async def test_after_three_failures_it_is_the_carriers_error():
    script = Script(*[(503, {})] * 4)
    async with open_link(script) as link:
        with pytest.raises(CarrierError) as caught:
            await link.send(ANSWER)
    assert caught.value.reason == "http:503"
    assert len(script.ids) == 3


@pytest.mark.parametrize("reply", [GONE, (404, {})])
async def test_a_dead_leg_is_asked_for_once(reply):
    script = Script(reply)
    async with open_link(script) as link:
        with pytest.raises(LegGone):
            await link.send(ANSWER)
    assert len(script.ids) == 1


async def test_a_refusal_is_not_repeated():
    script = Script((422, {"errors": [{"code": "10015"}]}))
    async with open_link(script) as link:
        with pytest.raises(CarrierError, match="refused"):
            await link.send(ANSWER)
    assert len(script.ids) == 1


async def test_the_carrier_may_ask_to_wait_but_not_too_long():
    script = Script((429, {}, (b"retry-after", b"0")), OK)
    async with open_link(script) as link:
        await link.send(ANSWER)
    script = Script((429, {}, (b"retry-after", b"60")), OK)
    async with open_link(script) as link:
        with pytest.raises(CarrierError, match="http:429"):
            await link.send(ANSWER)
    assert len(script.ids) == 1


async def test_a_carrier_that_is_not_there_is_unreachable():
    async with open_http(Script()) as url:
        pass
    async with open_carrier_link(options(url)) as link:
        with pytest.raises(CarrierError, match="unreachable"):
            await link.send(ANSWER)
        with pytest.raises(CarrierError, match="unreachable"):
            await link.status("v3:abc")


async def test_a_flood_is_no_answer():
    flood = (200, {"data": {"is_alive": True, "x": "x" * 100_000}})
    async with open_link(Script(*[flood] * 3)) as link:
        with pytest.raises(CarrierError, match="unreachable"):
            await link.status("v3:abc")


async def test_cancelled_commands_leave_the_line_whole():
    script = Script(*[None] * 1000)
    async with open_link(script) as link:
        for _ in range(30):
            with trio.move_on_after(0.01):
                await link.send(ANSWER)
        script.replies = [OK] * 1000  # A request of before may come late, and take one.
        await link.send(ANSWER)


async def test_no_number_and_no_key_stands_in_an_error_or_a_log(caplog):
    caplog.set_level(logging.DEBUG)
    script = Script(*[(500, {"detail": "+13105550111"})] * 3)
    async with open_link(script) as link:
        with pytest.raises(CarrierError) as caught:
            await link.send(DIAL)
    shown = caplog.text + repr(caught.value) + repr(caught.value.__cause__)
    assert "+1310" not in shown
    assert "KEY123" not in shown


async def test_the_whole_line_against_the_sandbox_with_its_vices():
    def carrier(hooks):
        return CarrierOptions(hooks=hooks, seed=3, vices=Vices(failing=0.3))

    async with open_bench(carrier) as bench, open_carrier_link(sandbox(bench)) as link:
        session = await bench.place()
        ref = (await bench.server.until("call.initiated"))["call_control_id"]
        assert await link.status(ref) == LegStatus(alive=True)
        for command in (Answer(CALL, ref, ID), Answer(CALL, ref, ID)):
            await link.send(command)
        await bench.server.until("call.answered")
        await link.send(Hangup(CALL, ref, UUID(int=7), leg=0))
        await bench.server.until("call.hangup")
        ended_ms = (await bench.truth(session))["ended_ms"]
        assert await link.status(ref) == LegStatus(alive=False, ended_ms=ended_ms)
        with pytest.raises(LegGone):
            await link.send(Answer(CALL, ref, UUID(int=8)))


def sandbox(bench):
    return telnyx(bench.carrier.api_url, "sandbox", bench.server_url)
