"""CPU per ping: the wire, against httpx2 and against the least a trio program can do.

Measures: the CPU time of this process for one POST of 250 bytes and its small JSON answer, on
kept connections, with 20 buyers at once, in another process. Three contenders take turns in
rounds, so that a noisy neighbour hits all; figures and ratios are medians over the rounds.

- floor: the same bytes written to a socket and as many read as the answer is known to have.
- wire: auctiond.net.wire.
- httpx2: one client for each buyer, which is its fastest way. httpx: one client, as most use it.

Why: a ping's CPU is what bounds how many auctions a process holds. Ratios are what CI watches.
`share_of_floor` is floor/wire (1: nothing left to gain), `vs_httpx2` is httpx2/wire, and so on.

Cannot say: latency, TLS, new connections, the cost of tasks (all run in tasks that exist), or
how it is on another network card. The buyers answer at once, which no buyer does, and all with the
same head, as a busy buyer does within a second.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from ipaddress import ip_network

import httpx
import httpx2
import orjson
import trio

from auctiond.net.requests import request_bytes
from auctiond.net.wire import WireOptions, open_wire
from bench.harness import (
    BID,
    Bars,
    Latency,
    Result,
    buyers,
    cpu_s,
    http_answer,
    median,
    median_ratio,
)
from market.http import HttpRequest

BUYERS = 20
ROUNDS = 60  # Many and short: a neighbour's burst then hits all three, or few of the rounds.
ROUNDS_QUICK = 16
WIRE_PINGS = 40  # A round, for each buyer. httpx2 is so much slower that a tenth will do.
HTTPX2_PINGS = 4
HTTPX_PINGS = 1
HEADERS = (("content-type", "application/json"), ("user-agent", "auctiond"))
PING = {
    "auction": "0193a4f0-7c1e-7b5a-9c1d-2f60a3b4c5d6",
    "campaign": "solar-tx",
    "vertical": "home-improvement/solar",
    "zip": "78701",
    "state": "TX",
    "area_code": "512",
    "answers": {"homeowner": "yes", "credit": "good", "roof": "asphalt"},
    "timeout_ms": 700,
}

DRAWN = {
    "floor": "only the bytes, raw",
    "wire": "auctiond",
    "httpx2": "httpx2, one a buyer",
    "httpx": "httpx, one for all",
}

Ping = Callable[[int], Awaitable[None]]


async def measure(quick: bool) -> Result:
    """Return CPU microseconds per ping of each contender."""
    rounds = ROUNDS_QUICK if quick else ROUNDS
    pings = {"floor": WIRE_PINGS, "wire": WIRE_PINGS, "httpx2": HTTPX2_PINGS, "httpx": HTTPX_PINGS}
    took: dict[str, list[float]] = {name: [] for name in pings}
    with buyers(BUYERS, Latency()) as ports:
        requests = [_request(port) for port in ports]
        async with AsyncExitStack() as stack:
            contenders = {
                "floor": await stack.enter_async_context(floor_of(requests, ports)),
                "wire": await stack.enter_async_context(_wire(requests)),
                "httpx2": await stack.enter_async_context(_httpx2(requests)),
                "httpx": await stack.enter_async_context(_httpx(requests)),
            }
            for name, ping in contenders.items():
                await _us_per_ping(ping, pings[name])  # Connects, and warms up.
            for _ in range(rounds):
                for name, ping in contenders.items():
                    took[name].append(await _us_per_ping(ping, pings[name]))
    figures = {name: f"{name}_us_per_ping" for name in pings} | {"wire": "us_per_ping"}
    us = {name: median(each) for name, each in took.items()}
    return Result(
        figures={figure: us[name] for name, figure in figures.items()},
        ratios={
            "vs_httpx2": median_ratio(took["httpx2"], took["wire"]),
            "vs_httpx": median_ratio(took["httpx"], took["wire"]),
            "share_of_floor": min(1.0, median_ratio(took["floor"], took["wire"])),
        },
        curves=(Bars("CPU of a ping", "microseconds", {DRAWN[name]: us[name] for name in DRAWN}),),
    )


def _request(port: int) -> HttpRequest:
    return HttpRequest("POST", f"http://127.0.0.1:{port}/ping", HEADERS, orjson.dumps(PING))


async def _us_per_ping(ping: Ping, count: int) -> float:
    async def one_buyer(number: int) -> None:
        for _ in range(count):
            await ping(number)

    start_s = cpu_s()
    async with trio.open_nursery() as nursery:
        for number in range(BUYERS):
            nursery.start_soon(one_buyer, number)
    return (cpu_s() - start_s) * 1e6 / (count * BUYERS)


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
async def _wire(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
    options = WireOptions(allowed_networks=(ip_network("127.0.0.0/8"),))
    async with open_wire(options) as wire:

        async def ping(number: int) -> None:
            reply = await wire.send(requests[number])
            assert reply.status == 200

        yield ping


@asynccontextmanager
async def _httpx2(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
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
async def _httpx(requests: list[HttpRequest]) -> AsyncIterator[Ping]:
    limits = httpx.Limits(keepalive_expiry=60)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def ping(number: int) -> None:
            request = requests[number]
            reply = await client.post(request.url, content=request.body, headers=request.headers)
            assert reply.status_code == 200

        yield ping
