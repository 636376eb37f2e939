"""Stands between carrier and server: delivers each webhook several times, in a shuffled order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random

import httpx2
import trio
from hypercorn.config import Config
from hypercorn.trio import serve


class Relay:
    def __init__(self, seed: int, client: httpx2.AsyncClient) -> None:
        self.url = ""
        self.taken = 0
        self.copies = 1
        self.within_s = 0.0  # News overtakes each other by that much.
        self._random = Random(seed)
        self._client = client
        self._target = ""
        self._under_way = 0
        self._news = trio.Condition()
        self._nursery: trio.Nursery

    def to(self, url: str) -> None:
        """Deliver to `url` from now on."""
        self._target = url

    async def run(self, task_status: trio.TaskStatus[None]) -> None:
        """Serve until cancelled."""
        config = Config()
        config.bind = ["127.0.0.1:0"]
        config.loglevel = "ERROR"
        async with trio.open_nursery() as self._nursery:
            (self.url,) = await self._nursery.start(partial(serve, self, config))
            task_status.started()

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] == "lifespan":
            while True:
                await send({"type": (await receive())["type"] + ".complete"})
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self._take(body, [(name, value) for name, value in scope["headers"] if b"telnyx" in name])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _take(self, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.taken += 1
        for _ in range(self.copies):
            self._under_way += 1
            delay_s = self._random.uniform(0, self.within_s)
            self._nursery.start_soon(self._deliver, body, headers, delay_s)

    async def _deliver(self, body: bytes, headers: list[tuple[bytes, bytes]], delay_s: float):
        await trio.sleep(delay_s)
        reply = await self._client.post(self._target, content=body, headers=headers)
        assert reply.status_code == 200
        async with self._news:
            self._under_way -= 1
            self._news.notify_all()

    async def delivered(self) -> None:
        """Wait until all copies have been taken."""
        async with self._news:
            while self._under_way:
                await self._news.wait()


@asynccontextmanager
async def open_relay(seed: int) -> AsyncIterator[Relay]:
    """Run a relay while the block lasts."""
    async with (
        httpx2.AsyncClient(timeout=30, trust_env=False) as client,
        trio.open_nursery() as nursery,
    ):
        relay = Relay(seed, client)
        await nursery.start(relay.run)
        yield relay
        nursery.cancel_scope.cancel()
