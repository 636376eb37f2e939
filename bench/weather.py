"""Auctions in all weathers: twenty buyers and fifty, in plain and over TLS. CPU, in turns.

- us_20_plain, us_50_plain, us_20_tls, us_50_tls: CPU of a server's auction when all bid at once,
  over connections that are kept.
- us_per_ping_more: what each further buyer costs. tls_costs: TLS over plain, at twenty.

Why: a tier grows, and buyers want TLS; neither should come as a surprise.

Cannot say: what a new TLS connection costs (about 0.9 ms each, `connections_opened_when_warm` of
the gate holds their number to none), or how it is over a network that loses packets.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from itertools import count

from bench.gate.calm import AT_ONCE, Weather, hold_all, open_calm_stage
from bench.harness import Curve, Result, cpu_s, median, median_ratio
from bench.stages.certificate import certificate

ROUNDS, ROUNDS_QUICK = 20, 8
SIZES = (20, 50)


async def measure(quick: bool) -> Result:
    """Return microseconds of an auction in each weather."""
    took: dict[str, list[float]] = {}
    with certificate() as proof:
        async with AsyncExitStack() as stack:
            stages = {}
            for size in SIZES:
                for name, secured in (("plain", None), ("tls", proof)):
                    weather = Weather(size, certificate=secured)
                    stages[f"{size}_{name}"] = await stack.enter_async_context(
                        open_calm_stage(weather)
                    )
            numbers = count()
            for stage in stages.values():
                await hold_all(stage, numbers, 4 * AT_ONCE)  # Connects, and warms up.
            for _ in range(ROUNDS_QUICK if quick else ROUNDS):
                for name, stage in stages.items():
                    start_s = cpu_s()
                    done = await hold_all(stage, numbers, 2 * AT_ONCE)
                    took.setdefault(name, []).append((cpu_s() - start_s) / done * 1e6)
    us = {name: median(found) for name, found in took.items()}
    lines = {
        name: [(float(size), us[f"{size}_{name}"]) for size in SIZES] for name in ("plain", "tls")
    }
    return Result(
        figures={f"us_{name}": found for name, found in us.items()}
        | {"us_per_ping_more": (us["50_plain"] - us["20_plain"]) / (SIZES[1] - SIZES[0])},
        ratios={"tls_costs": median_ratio(took["20_tls"], took["20_plain"])},
        curves=(Curve("CPU of an auction", "buyers", "microseconds", lines),),
    )
