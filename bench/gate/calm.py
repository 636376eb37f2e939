"""The stage of `bench auction` without its weather: all buyers bid at once, nobody is in a hurry.

The deadline is far and nothing is shed, so on however busy a machine each auction does the same.
"""

from __future__ import annotations

import math
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count

import trio

from auctiond.garbage import settle_garbage
from auctiond.networks.network_book import compile_edition
from bench.harness import Latency, buyers
from bench.load.auctions import FACTS
from bench.stages.auctions import Stage, encode_only, open_stage
from bench.stages.certificate import Certificate
from bench.stages.networks import CAMPAIGN, network_of
from bench.stages.shops import LAWS, BuyersProcess
from buyers.library import load_library as library
from market.call import BidsClosed, Call, State
from market.ids import id_at
from market.network import Network, Target

DEADLINE_MS = 10_000
AT_ONCE = 10  # Auctions under way.


@dataclass(frozen=True, slots=True)
class Weather:
    """What an auction is held in."""

    buyers: int = len(LAWS)
    deadline_ms: int = DEADLINE_MS
    certificate: Certificate | None = None  # With one, pings go over TLS.
    dead: bool = False  # Whether the last buyer never answers.


CALM = Weather()


@asynccontextmanager
async def open_calm_stage(weather: Weather = CALM) -> AsyncIterator[Stage]:
    """Yield a stage over buyers that answer at once."""
    proof = weather.certificate
    key_file = None if proof is None else proof.chain_file
    with (
        buyers(weather.buyers, Latency(), key_file=key_file) as ports,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        if weather.dead:
            ports[-1] = silent.getsockname()[1]
        process = BuyersProcess(pid=0, ports=tuple(ports), control=0)
        ca_file = None if proof is None else proof.ca_file
        async with open_stage(process, encode_only, ca_file) as stage:
            stage.edition = compile_edition(1, _network(process.ports, weather), library(), str)
            stage.auctioneer = replace(stage.auctioneer, shed_after_ms=math.inf)
            settle_garbage()  # As the server does.
            yield stage


def _network(ports: tuple[int, ...], weather: Weather) -> Network:
    network = network_of(ports)
    campaigns = [replace(each, deadline_ms=weather.deadline_ms) for each in network.campaigns]
    targets = network.targets
    if weather.certificate is not None:
        targets = tuple(secure(target) for target in targets)
    return replace(network, campaigns=tuple(campaigns), targets=targets)


def secure(target: Target) -> Target:
    """Return a target that is pinged over TLS."""
    assert target.ping is not None
    url = target.ping.url.replace("http://127.0.0.1", "https://localhost")
    return replace(target, ping=replace(target.ping, url=url))


async def hold_all(stage: Stage, numbers: count[int], auctions: int) -> int:
    """Hold `auctions`, some at a time."""
    for _ in range(0, auctions, AT_ONCE):
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(hold_one, stage, next(numbers))
    return auctions


async def hold_one(stage: Stage, number: int) -> None:
    """Hold one auction, in which everybody bids."""
    closed = await hold(stage, number)
    bids, others = len(closed.ranked), {one.reason for one in closed.others}
    if bids != len(stage.buyers.ports):
        raise RuntimeError(f"{bids} bid; the others: {others}")


async def hold(stage: Stage, number: int) -> BidsClosed:
    """Return how an auction went."""
    now_ms = stage.auctioneer.now_ms()
    call = Call(
        id=id_at(now_ms, b"gate/%d" % number),
        network=1,
        campaign=CAMPAIGN,
        state=State.PINGING,
        facts=FACTS,
        arrived_ms=now_ms,
    )
    stage.call_log.reopen(call.id, 0)
    closed = await stage.auctioneer.hold(call, stage.edition)
    stage.call_log.close(call.id, {})
    return closed
