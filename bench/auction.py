"""Auctions under load: how many a process holds, and how punctual and just they are.

Twenty buyers in another process, one dead, one ten times slower, one flapping. Auctions start
at random moments (Poisson) that a third process names, each counted from the moment it should have
started; this process has a core of its own, where there are two. First the capacity is looked for:
the highest rate at which 99 % are decided in time and none of them is shed. Then it is measured at
50, 70, 90 and 120 % of that, and at 70 % in bursts of ten at once.

- overshoot_p99_ms_at_50, ...: by how much auctions that lasted until their deadline missed it.
- pass_p99_ms_at_50, pass_longest_ms_at_50, ...: of the loop's passes, which is how long no deadline
  is seen. What is left of an overshoot is a queue of passes, or the machine.
- timely_bids_left_out: bids that left their buyer (which notes the moment, on the same clock) 2 ms
  or more before the deadline, and neither counted in the decision nor came to the call later.
- goodput_per_s_at_50, ...: auctions a second decided in time with every timely bid counted.
  goodput_at_120_per_capacity: what is left of the capacity when a fifth more comes than it is.
- capacity_per_s, cpu_us_per_auction: of one process.
- idle_timer_late_p99_ms: how late an idle process beside us was woken: the machine's own share.
- generator_late_p99_ms, generator_cpu_share: of who names the moments; its lateness is counted as
  ours. own_core: 1 where this process had one. buyers_cpu_share: the most in any load; near 1, the
  buyers would be what limits us.

Why: the deadline is a caller who waits, and a bid that is not heard is money and trust lost.

Cannot say: TLS and fifty buyers (`bench storm`), the network, the database and the rest of a
call's way, which share the CPU in a server (its capacity is a part of this). The dead buyer's and
the slow one's pings are capped as there, so above some rate most auctions are spared waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from auctiond.config import Settings
from auctiond.garbage import settle_garbage
from bench.harness import Curve, Result
from bench.load.auctions import run_load
from bench.load.capacity import FIRST_RATE, SHARES, at_shares, find_capacity, proof
from bench.load.held import Load
from bench.stages.auctions import encode_only, open_stage
from bench.stages.shops import sandbox_buyers
from bench.tools.cores import move_away, own_core
from bench.tools.jitter import idle_timers, p99_ms


async def measure(quick: bool) -> Result:
    """Return the capacity, and how it is at shares of it."""
    sys.setswitchinterval(Settings().switch_interval_ms / 1000)
    seconds = 2.0 if quick else 10.0
    with sandbox_buyers() as buyers:
        move_away(buyers.pid)
        async with open_stage(buyers, encode_only) as stage:
            with own_core(), idle_timers() as late_ms:
                await run_load(stage, FIRST_RATE, 1.0, seed=1)  # Connects, and warms up.
                settle_garbage()  # As the server does.
                top = await find_capacity(stage, 1.0 if quick else 2.5)
                capacity = top.per_s
                loads = await at_shares(stage, capacity, seconds)
    figures = _figures(capacity, loads)
    return Result(
        figures=figures | proof(loads) | {"idle_timer_late_p99_ms": p99_ms(late_ms)},
        ratios={"goodput_at_120_per_capacity": loads["120"].good() / seconds / capacity},
        curves=_curves(capacity, loads),
    )


def _figures(capacity: float, loads: Mapping[str, Load]) -> dict[str, float]:
    calm = [loads["50"], loads["70"]]
    figures = {
        "capacity_per_s": capacity,
        "cpu_us_per_auction": calm[-1].cpu_s / len(calm[-1].auctions) * 1e6,
        "timely_bids_left_out": float(sum(load.left_out for load in calm)),
        "timely_bids": float(sum(load.timely for load in calm)),
    }
    for name, load in loads.items():
        figures |= _at(name, load)
    return figures


def _at(name: str, load: Load) -> dict[str, float]:
    count = len(load.auctions)
    return {
        f"overshoot_p99_ms_at_{name}": load.overshoots().percentile(0.99),
        f"overshoot_p50_ms_at_{name}": load.overshoots().percentile(0.5),
        f"pass_p99_ms_at_{name}": load.passes().percentile(0.99),
        f"pass_longest_ms_at_{name}": load.passes().percentile(1.0),
        f"decision_p50_ms_at_{name}": load.decisions().percentile(0.5),
        f"decision_p99_ms_at_{name}": load.decisions().percentile(0.99),
        f"ran_out_share_at_{name}": sum(one.ran_out for one in load.auctions) / count,
        f"served_share_at_{name}": load.served_share(),
        f"goodput_per_s_at_{name}": load.good() / load.seconds,
    }


def _curves(capacity: float, loads: Mapping[str, Load]) -> tuple[Curve, ...]:
    steps = [(float(share), loads[str(share)]) for share in SHARES]
    late = {
        f"p{percent:g}": [(at, load.overshoots().percentile(percent / 100)) for at, load in steps]
        for percent in (50, 99, 99.9)
    }
    took = {
        f"p{percent:g}": [(at, load.decisions().percentile(percent / 100)) for at, load in steps]
        for percent in (50, 99)
    }
    good = [(at, load.good() / load.seconds) for at, load in steps]
    asked = [(at, at / 100 * capacity) for at, _ in steps]
    x = "load, percent of the capacity"
    return (
        Curve("How late the deadline is kept", x, "ms after the deadline", late),
        Curve("From the start to the decision", x, "ms", took),
        Curve("Goodput", x, "auctions a second", {"asked for": asked, "good": good}),
        Curve(
            "From the start to the decision, by percentile",
            "percentile of the auctions",
            "ms",
            {f"at {at} %": loads[str(at)].decisions().spectrum() for at in SHARES},
            nines=True,
        ),
    )
