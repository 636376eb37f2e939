"""One probe in a process of its own: `python -m bench.gate.probe NAME`. For each line, a round.

It is started in the tree that it is to measure, head's or base's, and prints for each round the
CPU microseconds of one unit of work (a ping, an auction, a webhook, an entry). `--plant 1.2`
burns a fifth more CPU in each round: so anybody can see the gate catch it.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import trio

import auctiond
from bench.harness import cpu_s

NAMES = ("ping", "auction", "webhook", "entry")  # A file each: probe_NAME.py, with `open_probe`.
WARM_UPS = 2


@dataclass(frozen=True, slots=True)
class Probe:
    """What a round does, and what it costs."""

    work: Callable[[], Awaitable[int]]  # Returns how many units were done.
    cpu_s: Callable[[], float] = cpu_s


Open = Callable[[], AbstractAsyncContextManager[Probe]]


async def us_each(probe: Probe, plant: float = 1.0) -> float:
    """Return the CPU microseconds of a unit in one round, `plant` times what it takes."""
    start_s = probe.cpu_s()
    count = await probe.work()
    until_s = cpu_s() + (plant - 1) * (probe.cpu_s() - start_s)
    while cpu_s() < until_s:
        pass
    return (probe.cpu_s() - start_s) / count * 1e6


async def serve(open_probe: Open, plant: float) -> None:
    """Do a round for each line of standard input."""
    async with open_probe() as probe:
        for _ in range(WARM_UPS):
            await probe.work()
        _say({"tree": str(Path(auctiond.__file__).parent.parent)})
        while await trio.to_thread.run_sync(sys.stdin.readline):
            _say({"us": await us_each(probe, plant)})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201  The parent waits for this line.


def main(name: str, plant: str = "1") -> None:
    """Be the probe, until standard input closes."""
    open_probe: Open = importlib.import_module(f"bench.gate.probe_{name}").open_probe
    trio.run(partial(serve, open_probe, float(plant)))


if __name__ == "__main__":
    main(*sys.argv[1:])
