"""`python -m bench.carrier_player`: a carrier that plays signed calls as fast as they are taken.

As cheap as Python can: uvloop, no parser, answers written once. Prints the port of its commands;
then reads one JSON line (where the hooks are, how many calls, how many at once), plays, and prints
what it found as JSON: times of the calls that came to their end, and its own CPU time, by which one
can see that it was not what held the load back.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import deque
from contextlib import suppress
from typing import cast

import uvloop

from bench.signed_calls import Hook, SignedCall, signed_calls

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 27\r\n\r\n"
ANSWER = OK + b'{"data":{"result":"ok"}}   '
ALIVE_BODY = b'{"data":{"is_alive":true}} '
AGAIN_S = 0.2  # After a 503.
CONNECTIONS = 32
PATIENCE_S = 10.0  # For the calls that live when the time is over.


class Http(asyncio.Protocol):
    """Cuts what comes into messages. Knows of HTTP only where a message with a length ends."""

    def __init__(self) -> None:
        self._left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._left += data
        while True:
            head, end, rest = self._left.partition(b"\r\n\r\n")
            if not end:
                return
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].partition(b"\r\n")[0]) if at >= 0 else 0
            if len(rest) < length:
                return
            self._left = rest[length:]
            self.message(head, rest[:length])

    def message(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class Player:
    def __init__(self, calls: deque[SignedCall]) -> None:
        self.calls = calls
        self.idle: deque[Sender] = deque()
        self.ready: deque[tuple[Played, Hook]] = deque()  # Webhooks that wait for a connection.
        self.by_leg: dict[str, Played] = {}
        self.ended: list[float] = []
        self.live = self.refused = self.webhooks = 0
        self.done = asyncio.Event()
        self.until = 0.0

    def start(self) -> None:
        """Let one more call come, if there is time."""
        if self.calls and time.monotonic() < self.until:
            self.live += 1
            Played(self, self.calls.popleft()).go_on()
        elif not self.live:
            self.done.set()

    def send(self, played: Played, hook: Hook) -> None:
        """Send a webhook by the next free connection."""
        self.ready.append((played, hook))
        self.flush()

    def flush(self) -> None:
        while self.ready and self.idle:
            self.idle.popleft().send(*self.ready.popleft())

    def command(self, path: bytes, body: bytes) -> None:
        """The server gave a command."""
        _, _, rest = path.partition(b"/calls/")
        ref, _, _ = rest.partition(b"/")
        played = self.by_leg.get(ref.replace(b"%3A", b":").decode())
        if played is not None:
            played.hear(path, body)


class Played:
    """One call on its way."""

    __slots__ = ("at", "began", "call", "heard", "hint", "player", "waits")

    def __init__(self, player: Player, call: SignedCall) -> None:
        self.player, self.call, self.at = player, call, 0
        self.heard: list[bytes] = []  # Commands that came before we waited for them.
        self.waits, self.hint, self.began = b"", b"", time.monotonic()
        for leg in call.legs:
            player.by_leg[leg] = self

    def go_on(self) -> None:
        """Take the next step."""
        if self.at == len(self.call.steps):
            self._end()
            return
        step = self.call.steps[self.at]
        self.at += 1
        if isinstance(step, Hook):
            self.player.send(self, step)
        elif any(path.endswith(step.verb) for path in self.heard):
            self.go_on()
        else:
            self.waits = step.verb

    def hear(self, path: bytes, body: bytes) -> None:
        """Take a command; its webhook_url says how the next webhooks are addressed."""
        found = body.find(b"/hooks/telnyx?")
        if found >= 0:
            self.hint = body[found + 13 : body.index(b'"', found)]
        self.heard.append(path)
        if self.waits and path.endswith(self.waits):
            self.waits = b""
            self.go_on()

    def _end(self) -> None:
        for leg in self.call.legs:
            del self.player.by_leg[leg]
        self.player.live -= 1
        self.player.ended.append(time.monotonic())
        self.player.start()


class Sender(Http):
    """A connection to the hooks: one webhook at a time."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player
        self._sent: tuple[Played, Hook] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._player.idle.append(self)
        self._player.flush()

    def send(self, played: Played, hook: Hook) -> None:
        self._sent = (played, hook)
        self.transport.write(hook.head + played.hint + hook.rest)

    def message(self, head: bytes, body: bytes) -> None:
        assert self._sent is not None
        played, hook = self._sent
        self._player.idle.append(self)
        if head.startswith(b"HTTP/1.1 200"):
            self._player.webhooks += 1
            played.go_on()
        else:
            self._player.refused += 1
            loop = asyncio.get_running_loop()
            loop.call_later(AGAIN_S, self._player.send, played, hook)
        self._player.flush()


class Commands(Http):
    """A connection by which the server gives commands."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player

    def message(self, head: bytes, body: bytes) -> None:
        line = head.partition(b"\r\n")[0]
        method, path, _ = line.split(b" ")
        self.transport.write(ANSWER if method == b"POST" else OK + ALIVE_BODY)
        if method == b"POST":
            self._player.command(path, body)


async def play() -> None:
    """Be the carrier, once."""
    loop = asyncio.get_running_loop()
    player = Player(deque())
    server = await loop.create_server(lambda: Commands(player), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        player.calls.extend(signed_calls(order["calls"], order["run"]))
        player.ended.clear()
        player.done.clear()
        player.refused = player.webhooks = 0
        senders = [
            await loop.create_connection(lambda: Sender(player), "127.0.0.1", order["hooks"])
            for _ in range(CONNECTIONS)
        ]
        cpu_s, began = time.process_time(), time.monotonic()
        player.until = began + order["seconds"]
        for _ in range(order["at_once"]):
            player.start()
        with suppress(TimeoutError):
            await asyncio.wait_for(player.done.wait(), order["seconds"] + PATIENCE_S)
        found = {
            "ended_s": [at - began for at in player.ended],
            "unfinished": player.live,
            "waits": [f"{one.at} {one.waits!r}" for one in player.by_leg.values()][:6],
            "webhooks": player.webhooks,
            "refused": player.refused,
            "cpu_s": time.process_time() - cpu_s,
            "took_s": time.monotonic() - began,
        }
        player.calls.clear()
        player.idle.clear()
        player.ready.clear()
        player.by_leg.clear()
        player.live = 0
        for transport, _ in senders:
            transport.close()
        print(json.dumps(found), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(play())
