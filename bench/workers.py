"""Whole calls a second, of one worker and of two, with the load in a process of its own.

Measures: a server as `auctiond serve --workers N` starts it, on its own PostgreSQL (fsync on), and
a carrier in another process that plays signed calls in a closed loop: 8 webhooks, an auction for
one buyer with a fixed price, hold, transfer, talk, capture, log: as many at once, and on as many
connections, as neither two workers nor their pauses between writes can run out of. After a warm-up
the calls that came to their end are counted. One and two workers in turn, twice; the better of each
counts, as on a machine that others use the worse one tells of the others. `calls_per_cpu_s_*`: of
all the server's own processes, without PostgreSQL: what the work costs, whoever wants the cores.

Why: who pays for a second core wants to know what it brings.

Cannot say: what more cores would give. On two cores carrier and PostgreSQL take from what two
workers could have, and it says how much: `two_vs_one_at_most` is what this machine could give if
the second worker cost nothing more for a call, by what server, PostgreSQL and carrier take of a
core for each: one worker fills a core, and then all that is left of all cores is used too.
`two_vs_one_with_cores` is what two workers would give with a core for each, and others for the
rest: two, times what a call costs one, over what it costs two. Neither depends on who else uses
the machine; `two_vs_one` does. `two_servers_vs_one` is what the machine itself makes of it: two
servers that know nothing of each other, each with one worker, a database and a carrier of its own
(without --quick: it takes its time).
Pings are left out: they cost alike in any worker (bench auction).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.harness import Result
from bench.load.carrier_process import carrier, found, order
from bench.stages.served import Cpu, served

# Enough that no worker waits for the carrier: a call waits a dozen times for a write, 10 to 30 ms
# each, and so do its webhooks, one on each line. 32 lines with 20 ms each were 200 calls a second.
AT_ONCE = 128
WARM_S = 1.5
SECONDS, SECONDS_QUICK = 8.0, 4.0
ROUNDS, ROUNDS_QUICK = 2, 1
CALLS_MAX_S = 400  # Signed before the clock starts; more than any machine of ours can take.


@dataclass(frozen=True, slots=True)
class Round:
    calls_per_s: float
    calls_per_cpu_s: float
    carrier_share: float  # Of a core.
    database_share: float
    server_share: float
    refused: int

    @property
    def worker_share(self) -> float:
        """Return the server's part in all the CPU that a call takes."""
        return self.server_share / (self.server_share + self.database_share + self.carrier_share)


def measure(quick: bool) -> Result:
    """Return how many calls one worker and two take."""
    seconds = SECONDS_QUICK if quick else SECONDS
    rounds: dict[int, list[Round]] = {1: [], 2: []}
    for no in range(ROUNDS_QUICK if quick else ROUNDS):
        for workers in (1, 2):
            rounds[workers] += play([workers], seconds, f"{workers}{no}")
    one, two = (max(rounds[n], key=lambda each: each.calls_per_s) for n in (1, 2))
    figures: dict[str, float] = {}
    for name, best in (("one", one), ("two", two)):
        figures |= {
            f"calls_per_s_{name}": best.calls_per_s,
            f"calls_per_cpu_s_{name}": best.calls_per_cpu_s,
            f"server_cpu_share_{name}": best.server_share,
            f"carrier_cpu_share_{name}": best.carrier_share,
            f"database_cpu_share_{name}": best.database_share,
            f"refused_{name}": best.refused,
        }
    cores = len(os.sched_getaffinity(0))
    ratios = {
        "two_vs_one": two.calls_per_s / one.calls_per_s,
        "two_vs_one_at_most": min(2.0, cores * one.worker_share),
        "two_vs_one_with_cores": 2 * two.calls_per_cpu_s / one.calls_per_cpu_s,
        "two_vs_one_per_cpu_s": two.calls_per_cpu_s / one.calls_per_cpu_s,
    }
    if not quick:
        apart = sum(each.calls_per_s for each in play([1, 1], seconds, "apart"))
        figures["calls_per_s_two_servers"] = apart
        ratios["two_servers_vs_one"] = apart / one.calls_per_s
    return Result(figures, ratios)


def play(servers: Sequence[int], seconds: float, run: str) -> list[Round]:
    """Return what servers of so many workers took at the same time, each of its own carrier."""
    with ExitStack() as stack:
        sides = [Side(stack, workers, AT_ONCE // len(servers)) for workers in servers]
        for side in sides:
            side.play(f"warm{run}", WARM_S)
        for side in sides:
            side.found()
        for side in sides:
            side.server.settle()
        before = [side.server.cpu() for side in sides]
        for side in sides:
            side.play(f"run{run}", seconds)
        found = [side.found() for side in sides]
        used = [side.server.cpu().since(cpu) for side, cpu in zip(sides, before, strict=True)]
    return [summed_up(each, cpu, seconds) for each, cpu in zip(found, used, strict=True)]


class Side:
    """A server and its carrier, which plays `at_once` calls at any time."""

    def __init__(self, stack: ExitStack, workers: int, at_once: int) -> None:
        self.carrier = stack.enter_context(carrier())
        assert self.carrier.stdout is not None
        port = int(self.carrier.stdout.readline())
        self.server = stack.enter_context(served(workers, port, AUCTIOND_SHED_AFTER_MS="10000"))
        self.at_once = at_once

    def play(self, run: str, seconds: float) -> None:
        """Have calls played."""
        calls = int(CALLS_MAX_S * seconds)
        lines = {"at_once": self.at_once, "connections": self.at_once}
        order(self.carrier, hooks=self.server.port, run=run, seconds=seconds, calls=calls, **lines)

    def found(self) -> dict[str, Any]:
        """Return what came of it, once it has."""
        return found(self.carrier)


def summed_up(found: dict[str, Any], used: Cpu, seconds: float) -> Round:
    """Return the figures of a round. The rate is of the time in which new calls came."""
    sold = [over for _, over, how, _ in found["calls"] if how == "sold"]
    in_time = sum(over <= seconds for over in sold)
    took_s = found["took_s"]
    return Round(
        in_time / seconds,
        len(sold) / used.server,
        found["cpu_s"] / took_s,
        used.database / took_s,
        used.server / took_s,
        found["refused"] + found["unfinished"],
    )
