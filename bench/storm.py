"""Auctions under load as in `bench auction`, with fifty buyers, and with buyers that want TLS.

The buyers are of all kinds here too: one dead, one ten times slower, one flapping, the rest fast.
For each of 20_tls, 50_plain and 50_tls (20_plain is `bench auction`) the capacity is looked for,
and then it is measured at 50, 70, 90 and 120 % of that and at 70 % in bursts of ten. --quick: only
50_tls, the hardest, at 70 and 120 %.

- capacity_per_s_SKY: auctions a second. overshoot_p99_ms_SKY_at_70, ...: by how much auctions that
  lasted until their deadline missed it. goodput_per_s_SKY_at_70, ...: decided in time, with every
  timely bid counted. timely_bids_left_out: up to 70 %, of all skies.
- goodput_at_120_SKY: of the capacity, what is left when a fifth more comes than it is.
- generator_*, buyers_cpu_share: as in `bench auction`.

Why: TLS and larger tiers are what a network grows into; a deadline is kept there too, or is none.

Cannot say: what handshakes cost (connections are kept, but those that a deadline ended), or what a
network does. Capacities are of seconds, so a tenth either way is chance.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from auctiond.config import Settings
from auctiond.garbage import settle_garbage
from bench.harness import Curve, Result
from bench.load.auctions import run_load
from bench.load.capacity import FIRST_RATE, SHARES, at_shares, find_capacity, proof
from bench.load.held import Load
from bench.stages.certificate import Certificate, certificate
from bench.stages.skies import open_sky
from bench.tools.cores import own_core

SKIES = {"20_tls": (20, True), "50_plain": (50, False), "50_tls": (50, True)}
SHARES_QUICK = (70, 120)
QUICK = "50_tls"
CALM = ("50", "70", "70_in_bursts")


@dataclass(frozen=True, slots=True)
class Sky:
    """What was found under one."""

    capacity: float
    loads: Mapping[str, Load]

    def good_per_s(self, at: str) -> float:
        """Return the goodput at a share of the capacity."""
        return self.loads[at].good() / self.loads[at].seconds


async def measure(quick: bool) -> Result:
    """Return how auctions go under each sky."""
    sys.setswitchinterval(Settings().switch_interval_ms / 1000)
    skies: dict[str, Sky] = {}
    with certificate() as shown:
        for name, (count, tls) in SKIES.items():
            if quick and name != QUICK:
                continue
            skies[name] = await _measure(count, shown if tls else None, quick)
    figures = {key: value for name, sky in skies.items() for key, value in _figures(name, sky)}
    loads = {f"{name}/{at}": load for name, sky in skies.items() for at, load in sky.loads.items()}
    calm = [load.left_out for sky in skies.values() for at, load in sky.loads.items() if at in CALM]
    return Result(
        figures=figures | {"timely_bids_left_out": float(sum(calm))} | proof(loads),
        ratios={
            f"goodput_at_120_{name}": sky.good_per_s("120") / sky.capacity
            for name, sky in skies.items()
        },
        curves=_curves(skies),
    )


async def _measure(count: int, shown: Certificate | None, quick: bool) -> Sky:
    search_s, seconds = (0.8, 1.5) if quick else (1.5, 4.0)
    async with open_sky(count, shown) as stage:
        with own_core():
            await run_load(stage, FIRST_RATE, 1.0, seed=1)  # Connects, and warms up.
            settle_garbage()  # As the server does.
            top = await find_capacity(stage, search_s)
            capacity = top.per_s
            shares = SHARES_QUICK if quick else SHARES
            return Sky(capacity, await at_shares(stage, capacity, seconds, shares, not quick))


def _figures(name: str, sky: Sky) -> list[tuple[str, float]]:
    figures = [(f"capacity_per_s_{name}", sky.capacity)]
    for at, load in sky.loads.items():
        figures += [
            (f"overshoot_p99_ms_{name}_at_{at}", load.overshoots().percentile(0.99)),
            (f"decision_p99_ms_{name}_at_{at}", load.decisions().percentile(0.99)),
            (f"goodput_per_s_{name}_at_{at}", sky.good_per_s(at)),
        ]
    return figures


def _curves(skies: Mapping[str, Sky]) -> tuple[Curve, ...]:
    late, good = {}, {}
    for name, sky in skies.items():
        steps = [(float(at), str(at)) for at in SHARES if str(at) in sky.loads]
        late[name] = [(at, sky.loads[key].overshoots().percentile(0.99)) for at, key in steps]
        good[name] = [(at, 100 * sky.good_per_s(key) / sky.capacity) for at, key in steps]
    x = "load, percent of the capacity"
    return (
        Curve("The deadline with fifty buyers, and over TLS", x, "ms after it, p99", late),
        Curve("Goodput with fifty buyers, and over TLS", x, "percent of the capacity", good),
    )
