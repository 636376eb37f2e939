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

from contextlib import AsyncExitStack

import orjson
import trio

from bench.harness import Bars, Latency, Result, buyers, cpu_s, median, median_ratio
from bench.load.clients import Ping, floor_of, httpx2_to, httpx_to, wire_to
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
                "wire": await stack.enter_async_context(wire_to(requests)),
                "httpx2": await stack.enter_async_context(httpx2_to(requests)),
                "httpx": await stack.enter_async_context(httpx_to(requests)),
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
