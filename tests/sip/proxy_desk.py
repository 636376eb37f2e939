"""A server's side of the signalling edge, played by hand, on a real Kamailio."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import trio

from auctiond.sandbox.sip.edge import API_KEY
from auctiond.sandbox.sip.kamailio import KamailioOptions, open_kamailio
from market.http import HttpReply
from market.phone import (
    Answer,
    Answered,
    Arrived,
    Command,
    LegStatus,
)
from telephony._carrier import Webhook
from telephony.kamailio import Kamailio
from tests.sandbox_carrier.fake_server import FakeServer, open_http
from tests.whole.stage import single_errors

CALL = UUID(int=7)
NUMBER = "+18005550100"
DATAGRAMS = partial(trio.socket.socket, trio.socket.AF_INET, trio.socket.SOCK_DGRAM)


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
