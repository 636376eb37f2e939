"""Buyers for these tests: real sockets on loopback, each doing exactly what the test wrote."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network

import trio

from auctiond.net.wire import Wire, WireOptions, open_wire
from market.http import HttpRequest

LOOPBACK = (ip_network("127.0.0.0/8"),)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

Talk = Callable[[trio.abc.Stream], Awaitable[None]]


@dataclass
class Buyer:
    """Where it is, and the connections it has seen: each entry counts requests."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    gone: int = 0  # Connections whose end the buyer has seen.
    ended: trio.Event = field(default_factory=trio.Event)  # Set at the first of these.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ping"

    def ping(self, body: bytes = b"{}") -> HttpRequest:
        return HttpRequest("POST", self.url, (("content-type", "application/json"),), body)


async def read_request(stream: trio.abc.Stream) -> bytes:
    """Return one request with its body; b"" when the client has closed."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = await stream.receive_some(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    size = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
    while len(body) < size:
        body += await stream.receive_some(65536)
    return head + b"\r\n\r\n" + body


@asynccontextmanager
async def buyer(*answers: bytes | Talk) -> AsyncIterator[Buyer]:
    """Run a buyer that gives `answers` in turn on each connection, the last one for ever."""
    here = Buyer()

    async def serve(stream: trio.SocketStream) -> None:
        here.connections += 1
        turn = 0
        try:
            while request := await read_request(stream):
                here.requests.append(request)
                answer = answers[min(turn, len(answers) - 1)]
                turn += 1
                if isinstance(answer, bytes):
                    await stream.send_all(answer)
                else:
                    await answer(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass
        finally:
            here.gone += 1
            here.ended.set()
            with trio.CancelScope(shield=True, deadline=trio.current_time() + 1):
                await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        here.port = listeners[0].socket.getsockname()[1]
        yield here
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def wire(**options: object) -> AsyncIterator[Wire]:
    """Open a wire that may reach this machine."""
    settings = {"allowed_networks": LOOPBACK, **options}
    async with open_wire(WireOptions(**settings)) as opened:
        yield opened


async def never(stream: trio.abc.Stream) -> None:
    """Say nothing until the client goes."""
    await stream.receive_some(1)


async def hang_up(stream: trio.abc.Stream) -> None:
    """Close without an answer."""
    await stream.aclose()


def says_and_closes(data: bytes) -> Talk:
    """Answer `data`, then close."""

    async def talk(stream: trio.abc.Stream) -> None:
        await stream.send_all(data)
        await stream.aclose()

    return talk
