"""What an auction of twenty leaves behind and takes: tasks, connections, memory. Exact, or nearly.

Auctions one at a time, by the stage of the auction probe, once warm.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc
from itertools import count

from bench.gate.calm import hold_all, hold_one, open_calm_stage
from bench.gate.tasks import counted_tasks
from bench.harness import median
from bench.stages.auctions import Stage

WARM_UPS = 200
AUCTIONS = 50
TRACED = 9


async def auction_counts() -> dict[str, float]:
    """Return the counts."""
    async with open_calm_stage() as stage:
        numbers = count()
        await hold_all(stage, numbers, WARM_UPS)
        opened = stage.wire.statistics().opened
        blocks = await _blocks(stage)
        with counted_tasks() as tasks:
            for _ in range(AUCTIONS):
                await hold_one(stage, next(numbers))
        left = await _blocks(stage) - blocks
        return {
            "tasks_per_auction": tasks.spawned / AUCTIONS,
            "connections_opened_when_warm": float(stage.wire.statistics().opened - opened),
            "blocks_left_per_auction": max(0.0, round(left / AUCTIONS, 1)),
            "peak_kb_of_an_auction": round(await _peak_bytes(stage, numbers) / 1024, 1),
        }


async def _blocks(stage: Stage) -> int:
    """Return how many blocks of memory Python's objects take, once the log is written."""
    await stage.call_log.flushed()
    gc.collect()
    return sys.getallocatedblocks()


async def _peak_bytes(stage: Stage, numbers: count[int]) -> float:
    """Return by how many bytes Python's objects grow in an auction, at most; the median."""
    peaks = []
    tracemalloc.start()
    for _ in range(TRACED):
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        await hold_one(stage, next(numbers))
        peaks.append(float(tracemalloc.get_traced_memory()[1] - before))
    tracemalloc.stop()
    return median(peaks)
