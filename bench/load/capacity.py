"""The capacity of a stage of auctions, and how it is at shares of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import trio

from bench.load.auctions import run_load
from bench.load.held import Load
from bench.load.search import Search
from bench.stages.auctions import Stage
from bench.tools.cores import apart
from bench.tools.histogram import Histogram

FIRST_RATE = 100.0  # Any machine can.
SEARCH = Search(FIRST_RATE, large=1.4, small=1.12)
SHARES = (50, 70, 90, 120)  # Percent of the capacity.
BURST = 10
IN_BURSTS = "70_in_bursts"
RUNS_OFF_S = 0.2  # A flood runs off before the next.


async def find_capacity(stage: Stage, seconds: float) -> Load:
    """Return the load at the highest rate at which 99 % were decided in time, and none shed."""

    async def play(rate: float, seed: int) -> Load:
        load = await run_load(stage, rate, seconds, seed)
        await trio.sleep(RUNS_OFF_S)
        return load

    return await SEARCH.highest(play)


async def at_shares(
    stage: Stage,
    capacity: float,
    seconds: float,
    shares: Sequence[int] = SHARES,
    bursts: bool = True,
) -> dict[str, Load]:
    """Return what came of `shares` of a capacity, and of 70 % in bursts of ten at once."""
    wanted = [(str(share), share, 1) for share in shares] + [(IN_BURSTS, 70, BURST)] * bursts
    loads: dict[str, Load] = {}
    for name, share, burst in wanted:
        rate = share / 100 * capacity
        loads[name] = await run_load(stage, rate, seconds, seed=share + burst, burst=burst)
        await trio.sleep(RUNS_OFF_S)
    return loads


def proof(loads: Mapping[str, Load]) -> dict[str, float]:
    """Return by which the maker of the load shows that it was not what held anything back."""
    late = sum((load.maker.late for load in loads.values()), Histogram())
    return {
        "generator_late_p99_ms": late.percentile(0.99),
        "generator_cpu_share": max(load.maker.cpu_share for load in loads.values()),
        "own_core": apart(),
        "buyers_cpu_share": max(load.buyers_cpu_s / load.seconds for load in loads.values()),
    }
