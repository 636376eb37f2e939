"""Those who ping, for `bench wire`: each is a function that sends one ping to a buyer, by number.

All send the same bytes over connections that they keep.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network

import httpx
import httpx2
import trio

from auctiond.net.requests import request_bytes
from auctiond.net.wire import WireOptions, open_wire
from bench.harness import BID
from bench.load.alike import http_answer
from market.http import HttpRequest

Ping = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def floor_of(requests: list[HttpRequest], ports: list[int]) -> AsyncIterator[Ping]:
    """Yield what writes a ping's bytes and reads as many as its answer is known to have."""
    data = [request_bytes(request) for request in requests]
    sockets = [socket.create_connection(("127.0.0.1", port)) for port in ports]
    expected = len(http_answer(BID))
    for each in sockets:
        each.setblocking(False)

    async def ping(number: int) -> None:
        sockets[number].send(data[number])
        size = 0
        while size < expected:
            await trio.lowlevel.wait_readable(sockets[number])
            size += len(sockets[number].recv(4096))

    try:
        yield ping
    finally:
        for each in sockets:
            each.close()


@asynccontextmanager
async def wire_to(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
    """Yield our own wire."""
    options = WireOptions(allowed_networks=(ip_network("127.0.0.0/8"),))
    async with open_wire(options) as wire:

        async def ping(number: int) -> None:
            reply = await wire.send(requests[number])
            assert reply.status == 200

        yield ping


@asynccontextmanager
async def httpx2_to(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
    """Yield httpx2, a client for each buyer."""
    limits = httpx2.Limits(keepalive_expiry=60)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(httpx2.AsyncClient(limits=limits, trust_env=False))
            for _ in requests
        ]

        async def ping(number: int) -> None:
            request = requests[number]
            reply = await clients[number].post(
                request.url, content=request.body, headers=request.headers
            )
            assert reply.status_code == 200

        yield ping


@asynccontextmanager
async def httpx_to(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
    """Yield httpx, one client for all buyers."""
    limits = httpx.Limits(keepalive_expiry=60)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def ping(number: int) -> None:
            request = requests[number]
            reply = await client.post(request.url, content=request.body, headers=request.headers)
            assert reply.status_code == 200

        yield ping
