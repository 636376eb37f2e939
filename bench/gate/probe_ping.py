"""CPU of a ping: the wire alone, over kept connections to buyers that answer at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_network

import trio

from auctiond.net.wire import WireOptions, open_wire
from bench.gate.probe import Probe
from bench.harness import Latency, buyers
from market.http import HttpRequest

BUYERS = 20
PINGS = 50  # A round, for each buyer: 20 ms of CPU.
HEADERS = (("content-type", "application/json"), ("user-agent", "auctiond"))
BODY = b'{"campaign":"solar-tx","zip":"78701","state":"TX","answers":{"roof":"asphalt"}}' * 3


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    with buyers(BUYERS, Latency()) as ports:
        options = WireOptions(allowed_networks=(ip_network("127.0.0.0/8"),))
        async with open_wire(options) as wire:
            requests = [request_to(port) for port in ports]

            async def ping(number: int) -> None:
                reply = await wire.send(requests[number])
                assert reply.status == 200

            yield Probe(partial(ping_all, ping, len(ports)))


def request_to(port: int) -> HttpRequest:
    """Return a ping of the usual size."""
    return HttpRequest("POST", f"http://127.0.0.1:{port}/ping", HEADERS, BODY)


async def ping_all(ping: Callable[[int], Awaitable[None]], count: int) -> int:
    """Ping that many buyers at once, each again and again."""
    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(ping_one, partial(ping, number), PINGS)
    return PINGS * count


async def ping_one(ping: Callable[[], Awaitable[None]], times: int) -> None:
    """Ping one buyer, one ping after the other."""
    for _ in range(times):
        await ping()
