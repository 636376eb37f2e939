"""The signalling edge alone: Kamailio on real SIP, commanded as the server commands it."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import trio

from auctiond.sandbox.sip.edge import API_KEY
from auctiond.sandbox.sip.kamailio import KamailioOptions, missing_for_kamailio, open_kamailio
from auctiond.sandbox.sip.sipp import Buyer, Caller, Refuser, call, phone
from market.http import HttpReply
from market.phone import (
    Answer,
    Answered,
    Arrived,
    Command,
    Dial,
    Ended,
    Gather,
    Gathered,
    Hangup,
    Joined,
    LegStatus,
)
from telephony._carrier import Webhook
from telephony.kamailio import Kamailio
from tests.sandbox_carrier.fake_server import FakeServer, open_http
from tests.sip.conftest import need
from tests.whole.stage import single_errors

CALL = UUID(int=7)
NUMBER = "+18005550100"
DATAGRAMS = partial(trio.socket.socket, trio.socket.AF_INET, trio.socket.SOCK_DGRAM)


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_kamailio())


@dataclass
class Desk:
    """A server's side of the edge, played by hand, in the words of its adapter."""

    carrier: Kamailio
    server: FakeServer
    http: httpx2.AsyncClient
    sip: str
    folder: Path

    @property
    def news(self) -> list[Any]:
        """All that the edge told so far, if it is genuine."""
        found = []
        for body, query in zip(self.server.bodies, self.server.queries, strict=True):
            webhook = Webhook(body, {}, query, int(query[2:12]) * 1000)
            assert self.carrier.is_genuine(webhook)
            found += self.carrier.read_webhook(webhook)
        return found

    async def told(self, kind: type, leg: int = 0) -> Any:
        """Wait for news of a leg."""

        def there() -> list[Any]:
            return [one for one in self.news if type(one) is kind and one.leg == leg]

        await self.server.until_true(there)
        return there()[0]

    async def give(self, kind: type[Command], ref: str, **more: Any) -> int:
        """Give a command; return the status of the reply."""
        command_id = more.pop("command_id", None) or uuid4()
        request = self.carrier.write_command(kind(CALL, ref, command_id, **more))
        headers = dict(request.headers)
        reply = await self.http.post(request.url, content=request.body, headers=headers)
        return reply.status_code

    async def status(self, ref: str) -> LegStatus:
        request = self.carrier.write_status_query(ref)
        reply = await self.http.get(request.url, headers=dict(request.headers))
        return self.carrier.read_status(HttpReply(reply.status_code, (), reply.content))

    async def held(self) -> str:
        """Return the caller's handle, once the edge holds the call for us."""
        ref: str = (await self.told(Arrived)).ref
        assert await self.give(Answer, ref) == 200
        await self.told(Answered)
        return ref


class QueryServer(FakeServer):
    """Keeps the queries too: the edge signs there."""

    def __init__(self):
        super().__init__()
        self.queries = []

    async def __call__(self, scope, receive, send):
        assert scope["path"] == "/hooks/kamailio"
        message = await receive()
        body, query = message.get("body", b""), scope["query_string"].decode()

        async def again():
            self.queries.append(query)  # In the moment in which the body is taken down.
            return {"type": "http.request", "body": body, "more_body": False}

        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        await super().__call__(scope, again, send)


@asynccontextmanager
async def open_desk(folder, **options):
    edge = folder / "edge"
    edge.mkdir()
    server = QueryServer()
    with single_errors():
        async with (
            open_http(server) as url,
            open_kamailio(KamailioOptions(f"{url}/hooks", edge, **options)) as kamailio,
            httpx2.AsyncClient(trust_env=False) as http,
        ):
            values = {"api_url": kamailio.api_url, "api_key": API_KEY}
            yield Desk(Kamailio(values, ""), server, http, kamailio.sip, folder)


async def test_a_command_is_done_once_the_caller_stays_hidden_and_a_limit_cuts_both(tmp_path):
    async with phone(Buyer(0.1, 60), tmp_path) as buyer, open_desk(tmp_path) as desk:
        headers = {"X-Lead-Name": "Ada", "P-Asserted-Identity": "<sip:+12125550111@10.9.9.9>"}
        caller = Caller("+12125550111", NUMBER, talk_s=60, headers=headers)
        async with trio.open_nursery() as calls:
            calls.start_soon(partial(call, caller, desk.sip, tmp_path))
            ref = await desk.held()
            assert (await desk.told(Arrived)).lead == {"name": "Ada"}
            assert await desk.give(Gather, ref) == 200
            assert (await desk.told(Gathered)).digits == ""
            once = {"command_id": uuid4(), "leg": 1, "destination": buyer, "longest_s": 1}
            assert await desk.give(Dial, ref, **once) == 200
            assert await desk.give(Dial, ref, **once) == 200, "what is repeated is no error"
            await desk.told(Joined, 1)
            assert (await desk.status(f"{ref}:1")).alive
            assert (await desk.told(Ended, 1)).cause == "max_duration"
            assert (await desk.told(Ended)).cause == "max_duration"
        status = await desk.status(ref)
        assert not status.alive
        assert status.ended_ms == (await desk.told(Ended)).at_ms
        assert await desk.give(Dial, ref, leg=2, destination=buyer) == 410, "a late command"
        unkeyed = await desk.http.get(desk.carrier.write_status_query(ref).url)
        assert unkeyed.status_code == 401
    sent = "".join(path.read_text() for path in tmp_path.glob("*.messages"))
    to_buyer = [part for part in sent.split("\n\n") if "INVITE sip:buyer@" in part]
    assert to_buyer
    assert all("2125550111" not in part and "Ada" not in part for part in to_buyer)
    assert "2125550111" not in (tmp_path / "edge" / "kamailio.log").read_text()


async def test_a_ring_that_is_cancelled_leaves_the_caller_ringing_for_the_next(tmp_path):
    async with (
        phone(Buyer(ring_s=30), tmp_path) as slow,
        phone(Refuser(603, "Decline"), tmp_path) as declines,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as calls,
    ):
        calls.start_soon(partial(call, Caller("+12125550112", NUMBER), desk.sip, tmp_path))
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination=slow) == 200
        assert await desk.give(Hangup, f"{ref}:1", leg=1) == 200
        assert (await desk.told(Ended, 1)).cause == "cancelled"
        assert (await desk.status(ref)).alive
        assert not (await desk.status(f"{ref}:1")).alive
        assert await desk.give(Dial, ref, leg=2, destination=declines) == 200
        assert (await desk.told(Ended, 2)).cause == "declined"
        assert await desk.give(Hangup, ref) == 200
        assert (await desk.told(Ended)).cause == "completed"


async def test_a_server_that_dies_while_it_holds_a_call_loses_it_to_the_overflow(tmp_path):
    async with (
        phone(Buyer(0.1, 0.5), tmp_path) as desk_phone,
        open_desk(tmp_path, overflow=desk_phone, held_ms=1500) as desk,
        trio.open_nursery() as calls,
    ):
        calls.start_soon(partial(call, Caller("+12125550113", NUMBER, 30), desk.sip, tmp_path))
        ref = await desk.held()
        assert (await desk.told(Ended)).cause == "carrier_error"
        assert await desk.give(Hangup, ref) == 410


def request_of(method: str, door: str, to: int, own: int) -> bytes:
    """Return a request that says it is of a call under way, through `door` to a port `to`."""
    return (
        f"{method} sip:+19005550100@127.0.0.1:{to} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{own};branch=z9hG4bK-{method}\r\n"
        f"Route: <sip:{door};lr;ftag=a>\r\n"
        "From: <sip:them@127.0.0.1>;tag=a\r\n"
        "To: <sip:us@127.0.0.1>;tag=b\r\n"
        "Call-ID: their-own\r\n"
        f"CSeq: 2 {method}\r\n"
        f"Contact: <sip:+12125550111@127.0.0.1:{own}>\r\n"
        "P-Asserted-Identity: <sip:+12125550111@127.0.0.1>\r\n"
        "Max-Forwards: 70\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()


async def test_what_says_it_is_of_a_call_rings_nobody_and_what_follows_in_one_stays_hidden(
    tmp_path,
):
    async with open_desk(tmp_path) as desk:
        with DATAGRAMS() as stranger, DATAGRAMS() as other, trio.fail_after(60):
            for each in (stranger, other):
                await each.bind(("127.0.0.1", 0))
            host, _, port = desk.sip.removeprefix("sip:").partition(":")
            ports = other.getsockname()[1], stranger.getsockname()[1]
            await stranger.sendto(request_of("INVITE", desk.sip, *ports), (host, int(port)))
            assert (await stranger.recv(4096)).startswith(b"SIP/2.0 481 ")
            await stranger.sendto(request_of("INFO", desk.sip, *ports), (host, int(port)))
            came = await other.recv(4096)
    assert came.startswith(b"INFO "), "the first that came: no INVITE did"
    assert b"Contact: <sip:call@127.0.0.1" in came
    assert b"2125550111" not in came


async def test_an_invite_within_a_talk_goes_to_who_talks(tmp_path):
    async with (
        phone(Buyer(0.1, 60), tmp_path) as buyer,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as calls,
    ):
        caller = Caller("+12125550111", NUMBER, talk_s=2)
        calls.start_soon(partial(call, caller, desk.sip, tmp_path))
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination=buyer) == 200
        await desk.told(Joined, 1)
        while not said(tmp_path):  # noqa: ASYNC110  A file of another program's.
            await trio.sleep(0.01)
        with DATAGRAMS() as one, DATAGRAMS() as other, trio.fail_after(60):
            for each in (one, other):
                await each.bind(("127.0.0.1", 0))
            ports = other.getsockname()[1], one.getsockname()[1]
            again = request_of("INVITE", desk.sip, *ports).decode()
            for name, value in said(tmp_path).items():
                again = re.sub(f"(?m)^{name}: .*?\r\n", f"{name}: {value}\r\n", again)
            host, _, port = desk.sip.removeprefix("sip:").partition(":")
            await one.sendto(again.encode(), (host, int(port)))
            came = await other.recv(4096)
    assert came.startswith(b"INVITE ")
    assert b"2125550111" not in came


def said(folder: Path) -> dict[str, str]:
    """Return the headers of a call that was answered, as its caller's next request has them."""
    for path in folder.glob("*.messages"):
        for part in path.read_text().replace("\r\n", "\n").split("\n\n"):
            if "SIP/2.0 200" in part and "Record-Route:" in part and "INVITE" in part:
                found = dict(re.findall(r"(?m)^(From|To|Call-ID|Record-Route): (.*)$", part))
                return {name.replace("Record-", ""): value for name, value in found.items()}
    return {}
