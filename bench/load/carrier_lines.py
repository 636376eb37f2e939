"""The lines between a load's carrier and the server: webhooks go out, commands come in."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bench.load.cheap_http import ALIVE, TAKEN, CheapHttp
from bench.load.played_calls import Played
from bench.load.played_stage import Stage
from bench.load.signed_calls import Hook

AGAIN_S = 0.3  # After a refusal.


class Sender(CheapHttp):
    """A connection to the hooks: one webhook at a time."""

    def __init__(self, stage: Stage, port: int) -> None:
        self._stage, self._port = stage, port
        self._sent: tuple[Played, Hook] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._stage.idle.append(self.send)
        self._stage.flush()

    def connection_lost(self, error: Exception | None) -> None:
        """Connect again, as a carrier does; what was not answered is sent again."""
        if self.send in self._stage.idle:
            self._stage.idle.remove(self.send)
        if self._sent is not None:
            self._stage.ready.append(self._sent)
        if self._stage.is_over:
            return
        loop = asyncio.get_running_loop()
        self._again = loop.create_task(connect(self._stage, self._port))

    def send(self, played: Played, hook: Hook) -> None:
        self._sent = (played, hook)
        before, after = hook.parts()
        self.transport.write(before + played.hint + after)

    def message(self, head: bytes, body: bytes) -> None:
        assert self._sent is not None
        (played, hook), self._sent = self._sent, None
        self._stage.idle.append(self.send)
        if head.startswith(b"HTTP/1.1 200"):
            played.acknowledged()
        elif played.refused():
            loop = asyncio.get_running_loop()
            loop.call_later(AGAIN_S, self._stage.send_again, played, hook)
        self._stage.flush()


class Commands(CheapHttp):
    """A connection by which the server gives commands."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def message(self, head: bytes, body: bytes) -> None:
        method, path, _ = head.partition(b"\r\n")[0].split(b" ")
        self.transport.write(TAKEN if method == b"POST" else ALIVE)
        if method == b"POST":
            self._stage.command(path, body)


async def connect(stage: Stage, port: int) -> None:
    """Have one more connection to the hooks."""
    with suppress(OSError):  # The server is gone.
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: Sender(stage, port), "127.0.0.1", port)
