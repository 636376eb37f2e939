"""The stage of `bench auction` without its weather: all buyers bid at once, nobody is in a hurry.

The deadline is far and nothing is shed, so on however busy a machine each auction does the same.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count

import trio

from auctiond.garbage import settle_garbage
from auctiond.networks.network_book import compile_edition
from bench.auction_load import FACTS
from bench.auction_stage import (
    CAMPAIGN,
    LAWS,
    BuyersProcess,
    Stage,
    encode_only,
    network_of,
    open_stage,
)
from bench.harness import Latency, buyers
from buyers.library import load_library
from market.call import Call, State
from market.ids import id_at

DEADLINE_MS = 10_000
AT_ONCE = 10  # Auctions under way.


@asynccontextmanager
async def open_calm_stage() -> AsyncIterator[Stage]:
    """Yield a stage over buyers that answer at once."""
    with buyers(len(LAWS), Latency()) as ports:
        process = BuyersProcess(pid=0, ports=tuple(ports), control=0)
        network = network_of(process.ports)
        campaigns = [replace(each, deadline_ms=DEADLINE_MS) for each in network.campaigns]
        calm = replace(network, campaigns=tuple(campaigns))
        async with open_stage(process, encode_only) as stage:
            stage.edition = compile_edition(1, calm, load_library(), str)
            stage.auctioneer = replace(stage.auctioneer, shed_after_ms=math.inf)
            settle_garbage()  # As the server does.
            yield stage


async def hold_all(stage: Stage, numbers: count[int], auctions: int) -> int:
    """Hold `auctions`, some at a time."""
    for _ in range(0, auctions, AT_ONCE):
        async with trio.open_nursery() as nursery:
            for _ in range(AT_ONCE):
                nursery.start_soon(hold_one, stage, next(numbers))
    return auctions


async def hold_one(stage: Stage, number: int) -> None:
    """Hold one auction, in which everybody bids."""
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
    bids, others = len(closed.ranked), {one.reason for one in closed.others}
    if bids != len(LAWS):
        raise RuntimeError(f"of {len(LAWS)} buyers, {bids} bid; the others: {others}")
