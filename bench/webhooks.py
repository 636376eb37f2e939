"""Webhooks in, commands out: how much of a call's cost is more than answering 200 to its webhooks.

The sandbox carrier calls a whole server with its PostgreSQL (a process of its own, like carrier,
buyers and callers). Each call is asked for a zip, auctioned among five buyers, hears
music meanwhile, is transferred, joined, and paid for: ten webhooks and half a dozen commands, and
a webhook for each of the five digits, as Telnyx has it.

- vs_bare_200: whole calls in a CPU second of the server, over how many times an empty ASGI handler
  behind hypercorn, which is the server that all of this one but its floods runs on, takes the
  webhooks of one call in a CPU second: it reads a request and answers 200, in the same process, in
  turns. The middle of several rounds. 1 would mean that a call costs no more than hypercorn does.
  Both at full load, or nearly: that handler takes one after the other without a pause, and calls
  come at 80 % of what the server's CPU carries. `cpu_ms_per_call_at_8` is what a call costs where
  few come: then none shares a wake-up or a commit with another, and the machine falls asleep
  between two.
- vs_bare_200_express: the same beside that handler on the way that webhooks really come in by
  (auctiond/web/express.py), which costs a sixth of hypercorn. It was called vs_bare_200 before, so
  compare like with like: the faster that way becomes, the smaller is this ratio.
- command_p50_ms, command_p99_ms at half and at 70 % of capacity: from when something happened by
  the carrier's clock, of which a webhook tells, to the first command of its call, whatever lies
  between: the carrier's signing, the way here, the signature, the inbox's commit, the call's own
  log. Capacity is what the server's CPU would carry at one core.
- carrier_cpu_share: of the carrier's one core at 70 %. Near 1, the carrier would be what limits us.
  generator_late_p99_ms, generator_cpu_share: of those who call.

Why: a call is its webhooks and commands; what they cost is how many calls a process carries.

Cannot say: TLS, a proxy, a real carrier's way. PostgreSQL's CPU is not counted, but it and the
others share the machine's cores with the server, so the times are worse than on one of its own;
five programs would want five, so nobody is given one.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from auctiond.config import Settings
from auctiond.garbage import settle_garbage
from bench.harness import Result, median
from bench.load.callers import callers
from bench.load.hooks import hook_client
from bench.load.whole_calls import Load, bare_per_cpu_s, call
from bench.stages.webhooks import open_stage
from bench.tools.jitter import idle_timers, p99_ms

FIRST_RATE = 8.0  # Calls a second. Any machine can.
SHARE = 0.8  # Of what the CPU carries by the calls before.
EXPRESS_PATH, HYPERCORN_PATH = "/hooks/telnyx", "/elsewhere"  # By the path one or the other serves.
BARE = {
    EXPRESS_PATH: 4000,
    HYPERCORN_PATH: 1500,
}  # Webhooks a round: some tenths of a second of CPU.


async def measure(quick: bool) -> Result:
    """Return the ratio, and how soon commands follow at half and at 70 % of capacity."""
    sys.setswitchinterval(Settings().switch_interval_ms / 1000)
    rounds, seconds = (3, 3.0) if quick else (5, 4.0)
    with tempfile.TemporaryDirectory() as folder, hook_client() as client, callers() as people:
        async with open_stage(Path(folder)) as stage:
            await call(stage, people, FIRST_RATE, 2.0, 0)  # Connects, and warms up.
            settle_garbage()  # As the server does.
            first = await call(stage, people, FIRST_RATE, seconds, 97)
            more = await call(stage, people, SHARE * first.per_cpu_s, seconds, 96)
            rate = SHARE * more.per_cpu_s
            express: list[float] = []
            hypercorn: list[float] = []
            loads: list[Load] = []
            for seed in range(1, rounds + 1):
                for path, found in ((EXPRESS_PATH, express), (HYPERCORN_PATH, hypercorn)):
                    found.append(await bare_per_cpu_s(stage, client, path, BARE[path]))
                loads.append(await call(stage, people, rate, seconds, seed))
            capacity = median([load.per_cpu_s for load in loads])
            with idle_timers() as late_ms:
                half = await call(stage, people, 0.5 * capacity, seconds, 98, timed=True)
                most = await call(stage, people, 0.7 * capacity, seconds, 99, timed=True)
    figures = {
        "calls_per_cpu_s": capacity,
        "bare_200_per_cpu_s": median(hypercorn),
        "bare_200_express_per_cpu_s": median(express),
        "webhooks_per_call": median([load.webhooks_per_call for load in loads]),
        "cpu_ms_per_call": 1000 / capacity,
        "cpu_ms_per_call_at_8": 1000 / first.per_cpu_s,
        "talked_share": most.talked / most.calls,
        "rate_at_70": most.calls / most.seconds,
        "carrier_cpu_share": most.carrier_cpu_s / most.seconds,
        "generator_late_p99_ms": (half.maker.late + most.maker.late).percentile(0.99),
        "generator_cpu_share": max(half.maker.cpu_share, most.maker.cpu_share),
        "idle_timer_late_p99_ms": p99_ms(late_ms),
    }
    for name, load in (("50", half), ("70", most)):
        figures[f"command_p50_ms_at_{name}"] = load.took.percentile(0.5)
        figures[f"command_p99_ms_at_{name}"] = load.took.percentile(0.99)
    return Result(
        figures,
        {
            "vs_bare_200": against(loads, hypercorn),
            "vs_bare_200_express": against(loads, express),
        },
    )


def against(loads: list[Load], bare: list[float]) -> float:
    """Return the calls of a CPU second over those whose webhooks `bare` answers in one."""
    pairs = zip(loads, bare, strict=True)
    return median([load.per_cpu_s * load.webhooks_per_call / each for load, each in pairs])
