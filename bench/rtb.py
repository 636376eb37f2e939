"""Publishers' pings under load: how many a process answers, and how soon.

Twenty buyers in one process (one dead, one slow, one flapping), publishers in another, the door
and its auctions in this one. Pings come at random moments (Poisson), each of another caller, so
each is an auction; times count from the moment a ping should have been sent.

- vs_quart_route: pings in a CPU second that are answered from memory (of a caller with a bid), at
  the bare door against the same desk behind a route of Quart's, both saturated, in turns; the
  middle of several. By CPU: the clock would also measure what else the machine has to do.
- capacity_per_s: the highest rate at which 99 % get a bid within the publisher's time (400 ms).
- p50_ms, p99_ms at half and at 70 % of it, and overshoot_p99_ms of our own deadline (300 ms).
- vs_bare_auction: CPU of a ping over that of its auction alone.

Cannot say: the database (a commit of 2 ms is slept), TLS, and a proxy in between.
"""

from __future__ import annotations

import gc
import sys
from dataclasses import dataclass

import trio

from auctiond.config import Settings
from bench.auction_load import run_load
from bench.auction_stage import Stage, encode_only, open_stage, sandbox_buyers
from bench.harness import Result, cpu_s, median, percentile
from bench.rtb_client import Order
from bench.rtb_stage import DOOR, Door, open_door, publishers

SERVED_SHARE = 0.99
FIRST_RATE = 20.0  # Any machine can.
STEP = 1.2
SLACK = 0.35  # Of what the CPU time of one ping promises: there the search begins.
CONNECTIONS = 32
SETTLES_S = 1.5  # Late pings go on for a second.
ONE_CALLER = "?sipOk=yes&zipcode=78701&CID=15122000000"
EACH_ANOTHER = "/rtb/production/door?sipOk=yes&zipcode=78701&CID=1512{n}"


@dataclass(frozen=True, slots=True)
class Load:
    """What a while at one rate came to."""

    rate: float
    took_ms: list[float]
    asked: int
    bids: int
    cpu_s: float

    def served_share(self) -> float:
        """Return the share of pings that got a bid in the publisher's time."""
        late = sum(took > DOOR.timeout_ms for took in self.took_ms)
        return max(0, self.bids - late) / max(1, self.asked)

    def overshoot_ms(self, share: float) -> float:
        """Return by how much answers missed our deadline."""
        return percentile([max(0.0, took - DOOR.deadline_ms) for took in self.took_ms], share)


async def measure(quick: bool) -> Result:
    """Return the ratio to Quart, the capacity, and how it is at half and at 70 % of it."""
    sys.setswitchinterval(Settings().switch_interval_ms / 1000)
    with sandbox_buyers() as buyers, publishers() as pinging:
        async with open_stage(buyers, encode_only) as stage, open_door(stage, pinging) as door:
            await ping(door, FIRST_RATE, 1.0, seed=1)  # Connects, and warms up.
            gc.collect()
            gc.freeze()  # As the server does.
            rounds, seconds = (3, 0.7) if quick else (7, 2.0)
            bare_rate, ratio = await against_quart(door, rounds, seconds)
            bare = await bare_auction_s(stage, 2.0 if quick else 5.0)
            step_s = 1.0 if quick else 4.0
            top = await find_capacity(door, step_s)
            capacity = top.asked / step_s
            half = await ping(door, 0.5 * capacity, 2.5 if quick else 20.0, seed=2)
            most = await ping(door, 0.7 * capacity, 2.5 if quick else 20.0, seed=3)
    figures = {
        "cached_per_cpu_s": bare_rate,
        "capacity_per_s": capacity,
        "cpu_us_per_ping": most.cpu_s / most.asked * 1e6,
    }
    for name, load in (("50", half), ("70", most)):
        figures |= {
            f"p50_ms_at_{name}": percentile(load.took_ms, 0.5),
            f"p99_ms_at_{name}": percentile(load.took_ms, 0.99),
            f"overshoot_p99_ms_at_{name}": load.overshoot_ms(0.99),
            f"served_share_at_{name}": load.served_share(),
        }
    ratios = {"vs_quart_route": ratio, "vs_bare_auction": most.cpu_s / most.asked / bare}
    return Result(figures, ratios)


async def against_quart(door: Door, rounds: int, seconds: float) -> tuple[float, float]:
    """Return what the bare door answers from memory in a CPU second, and that over Quart's."""
    rates: dict[str, list[float]] = {"/rtb/production/door": [], "/quart/production/door": []}
    for number in range(rounds):
        for path, found in rates.items():
            order = Order(door.port, path + ONE_CALLER, 0.0, seconds, CONNECTIONS, number, 0)
            cpu = cpu_s()
            seen = await door.publishers.carry_out(order)
            found.append(len(seen["took_ms"]) / (cpu_s() - cpu))
    bare, quart = (median(found) for found in rates.values())
    return bare, bare / quart


async def bare_auction_s(stage: Stage, seconds: float) -> float:
    """Return the CPU seconds of one auction without a ping around it."""
    load = await run_load(stage, FIRST_RATE, seconds, seed=4)
    return load.cpu_s / len(load.auctions)


async def find_capacity(door: Door, seconds: float) -> Load:
    """Return the load at the highest rate that was served; two failures in a row end the search."""
    first = await ping(door, FIRST_RATE, seconds, seed=4)
    rate = max(FIRST_RATE, SLACK * first.asked / first.cpu_s)
    best, failures = first, 0
    while failures < 2:
        load = await ping(door, rate, seconds, seed=5)
        served = load.served_share() >= SERVED_SHARE
        best, failures = (load, 0) if served else (best, failures + 1)
        rate *= STEP
    return best


async def ping(door: Door, rate: float, seconds: float, seed: int) -> Load:
    """Let the publishers ping at `rate`, each time for another caller."""
    first = int(trio.current_time() * 1000) % 7_000_000  # Callers who have no bid yet.
    order = Order(door.port, EACH_ANOTHER, rate, seconds, CONNECTIONS, seed, first)
    cpu = cpu_s()
    seen = await door.publishers.carry_out(order)
    await trio.sleep(SETTLES_S)
    while door.desk.pending:  # noqa: ASYNC110  What a flood left behind is not the next one's.
        await trio.sleep(0.1)
    asked = seen["bids"] + seen["others"] + seen["lost"]
    return Load(rate, seen["took_ms"], asked, seen["bids"], cpu_s() - cpu)
