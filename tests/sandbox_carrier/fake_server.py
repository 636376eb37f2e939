"""A server that gets webhooks and gives commands, as small as can be, on a real port."""

import ssl
from contextlib import asynccontextmanager
from functools import partial

import httpx2
import orjson
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.sandbox.carrier import open_sandbox_carrier


class FakeServer:
    """Keeps every webhook. `statuses` are what it answers first, then 200 for ever."""

    def __init__(self):
        self.bodies = []
        self.headers = []
        self.statuses = []
        self._news = trio.Condition()

    async def __call__(self, scope, receive, send):
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body")
        self.bodies.append(body)
        self.headers.append({k.decode(): v.decode() for k, v in scope["headers"]})
        status = self.statuses.pop(0) if self.statuses else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        async with self._news:
            self._news.notify_all()

    async def until_true(self, holds):
        """Wait until webhooks have come that make `holds()` true."""
        with trio.fail_after(60):
            async with self._news:
                while not holds():
                    await self._news.wait()

    @property
    def events(self):
        return [orjson.loads(body)["data"] for body in self.bodies]

    async def until(self, name, direction=None, count=1):
        """Wait for the `count`-th event `name`, of the caller's leg or a dialled one."""
        with trio.fail_after(60):
            async with self._news:
                while True:
                    found = [e for e in self.events if e["event_type"] == name]
                    if direction is not None:
                        refs = self.refs(direction)
                        found = [e for e in found if e["payload"]["call_control_id"] in refs]
                    if len(found) >= count:
                        return found[count - 1]["payload"]
                    await self._news.wait()

    def refs(self, direction):
        return [
            e["payload"]["call_control_id"]
            for e in self.events
            if e["event_type"] == "call.initiated" and e["payload"]["direction"] == direction
        ]

    def names(self, direction):
        refs = self.refs(direction)
        events = [e for e in self.events if e["payload"]["call_control_id"] in refs]
        return [e["event_type"].removeprefix("call.") for e in events]


@asynccontextmanager
async def open_http(app):
    """Serve an ASGI application on a free loopback port; give its URL."""

    async def whole(scope, receive, send):
        if scope["type"] == "http":
            return await app(scope, receive, send)
        for _ in ("startup", "shutdown"):
            await send({"type": (await receive())["type"] + ".complete"})

    config = Config()
    config.bind, config.loglevel = ["127.0.0.1:0"], "ERROR"
    async with trio.open_nursery() as nursery:
        binds = await nursery.start(partial(serve, whole, config))
        yield binds[0]
        nursery.cancel_scope.cancel()


class Bench:
    """A carrier, a server, and a hand to play both with."""

    def __init__(self, carrier, server, http):
        self.carrier, self.server, self.http = carrier, server, http
        self.server_url = carrier.exchange.options.hooks

    async def place(self, **order):
        order = {"from": "+12025550133", "to": "+12025550100"} | order
        reply = await self.http.post("/sandbox/calls", json=order)
        assert reply.status_code == 201, reply.text
        return reply.json()["call_session_id"]

    async def phone(self, number, behaviour, **more):
        told = {"behaviour": behaviour, **more}
        reply = await self.http.put(f"/sandbox/phones/{number}", json=told)
        assert reply.status_code == 200, reply.text

    async def do(self, ref, verb, **fields):
        return await self.http.post(f"/v2/calls/{ref}/actions/{verb}", json=fields)

    async def answered(self, **order):
        """Place a call and answer it; return session and handle."""
        session = await self.place(**order)
        ref = (await self.server.until("call.initiated"))["call_control_id"]
        assert (await self.do(ref, "answer", command_id="answer")).status_code == 200
        await self.server.until("call.answered", "incoming")
        return session, ref

    async def truth(self, session):
        return (await self.http.get(f"/sandbox/calls/{session}")).json()


@asynccontextmanager
async def open_bench(make_options):
    server = FakeServer()
    async with (
        open_http(server) as url,
        open_sandbox_carrier(make_options(url + "/hooks/telnyx")) as carrier,
        httpx2.AsyncClient(
            base_url=carrier.base_url,
            headers={"authorization": "Bearer sandbox"},
            trust_env=False,
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        ) as http,
    ):
        yield Bench(carrier, server, http)
