"""Publishers' pings under load: how many a process answers, and how soon.

Twenty buyers in one process (one dead, one slow, one flapping), publishers in another, the door
and its auctions in this one. Pings come at random moments (Poisson), each of another caller, so
each is an auction; times count from the moment a ping should have been sent.

- vs_quart_route: pings in a CPU second that are answered from memory (of a caller with a bid), at
  the bare door against the same desk behind a route of Quart's, both saturated, in turns; the
  middle of several. By CPU: the clock would also measure what else the machine has to do.
- capacity_per_s: the highest rate at which 99 % get a bid within the publisher's time (400 ms).
- p50_ms, p99_ms at half and at 70 % of it, and overshoot_p99_ms of our own deadline (300 ms).
- vs_bare_auction: CPU of a ping over that of its auction alone, both at 70 %.
- generator_late_p99_ms, generator_cpu_share: of the publishers; their lateness counts as ours.

Why: publishers ask many and wait for nobody; who answers late is not asked again.

Cannot say: the database (a commit of 2 ms is slept), TLS, and a proxy in between.
"""

from __future__ import annotations

import gc
import sys

from auctiond.config import Settings
from bench.harness import Curve, Result, cpu_s, median
from bench.load.auctions import run_load
from bench.load.pings import CONNECTIONS, ping
from bench.load.publishers import Order
from bench.load.search import Search
from bench.stages.auctions import Stage, encode_only, open_stage
from bench.stages.rtb import Door, open_door, publishers
from bench.stages.shops import sandbox_buyers
from bench.tools.cores import move_away, own_core
from bench.tools.histogram import heard

FIRST_RATE = 20.0  # Any machine can.
SEARCH = Search(FIRST_RATE, large=1.6, small=1.2)
ONE_CALLER = "?sipOk=yes&zipcode=78701&CID=15122000000"


async def measure(quick: bool) -> Result:
    """Return the ratio to Quart, the capacity, and how it is at half and at 70 % of it."""
    sys.setswitchinterval(Settings().switch_interval_ms / 1000)
    with sandbox_buyers() as buyers, publishers() as pinging, own_core():
        move_away(buyers.pid)
        move_away(pinging.pid)
        async with open_stage(buyers, encode_only) as stage, open_door(stage, pinging) as door:
            await ping(door, FIRST_RATE, 1.0, seed=1)  # Connects, and warms up.
            gc.collect()
            gc.freeze()  # As the server does.
            rounds, seconds = (3, 0.7) if quick else (7, 1.5)
            bare_rate, ratio = await against_quart(door, rounds, seconds)
            step_s = 1.0 if quick else 2.5
            top = await SEARCH.highest(lambda rate, seed: ping(door, rate, step_s, seed))
            capacity = top.per_s
            half = await ping(door, 0.5 * capacity, 2.5 if quick else 8.0, seed=2)
            most = await ping(door, 0.7 * capacity, 2.5 if quick else 8.0, seed=3)
            bare = await bare_auction_s(stage, 0.7 * capacity, 2.0 if quick else 5.0)
    figures = {
        "cached_per_cpu_s": bare_rate,
        "capacity_per_s": capacity,
        "cpu_us_per_ping": most.cpu_s / most.asked * 1e6,
    }
    for name, load in (("50", half), ("70", most)):
        figures |= {
            f"p50_ms_at_{name}": load.took.percentile(0.5),
            f"p99_ms_at_{name}": load.took.percentile(0.99),
            f"overshoot_p99_ms_at_{name}": load.overshoot_ms(0.99),
            f"served_share_at_{name}": load.served_share(),
        }
    figures |= {
        "generator_late_p99_ms": (half.maker.late + most.maker.late).percentile(0.99),
        "generator_cpu_share": max(half.maker.cpu_share, most.maker.cpu_share),
    }
    ratios = {"vs_quart_route": ratio, "vs_bare_auction": most.cpu_s / most.asked / bare}
    spectra = {"at 50 %": half.took.spectrum(), "at 70 %": most.took.spectrum()}
    curve = Curve(
        "A publisher's ping, by percentile", "percentile of the pings", "ms", spectra, True
    )
    return Result(figures, ratios, (curve,))


async def against_quart(door: Door, rounds: int, seconds: float) -> tuple[float, float]:
    """Return what the bare door answers from memory in a CPU second, and that over Quart's."""
    rates: dict[str, list[float]] = {"/rtb/production/door": [], "/quart/production/door": []}
    for number in range(rounds):
        for path, found in rates.items():
            order = Order(door.port, path + ONE_CALLER, 0.0, seconds, CONNECTIONS, number, 0)
            cpu = cpu_s()
            seen = await door.publishers.carry_out(order)
            found.append(heard(seen["took"]).count / (cpu_s() - cpu))
    bare, quart = (median(found) for found in rates.values())
    return bare, bare / quart


async def bare_auction_s(stage: Stage, rate: float, seconds: float) -> float:
    """Return the CPU seconds of one auction without a ping around it."""
    load = await run_load(stage, rate, seconds, seed=4)
    return load.cpu_s / len(load.auctions)
