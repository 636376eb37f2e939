"""What a whole call asks of others: tasks, queries, moves of money, rows of its log. Exact.

One call at a time, on the stage of calls: in, auctioned among twenty, sold, talked, hung up.
"""

from __future__ import annotations

import trio

from bench.gate.tasks import counted_tasks
from bench.harness import median
from bench.stages.calls import CallStage, open_calls
from bench.stages.stores import Stores
from bench.stages.world import arrived

CALLS = 11
SETTLES_S = 0.05  # After the end of a call, what it still has to write is written.


async def call_counts() -> dict[str, float]:
    """Return the counts: the median of some calls, as what comes by chance is no call's own."""
    stores = Stores()
    found: dict[str, list[float]] = {}
    async with open_calls(stores=stores) as stage:
        for number in range(CALLS):
            stores.asked.clear()
            with counted_tasks() as tasks:
                await _whole_call(stage, number)
            for name, count in (("tasks", tasks.spawned), *sorted(stores.asked.items())):
                found.setdefault(f"{name}_per_call", []).append(float(count))
    return {name: median(counts) for name, counts in found.items()}


async def _whole_call(stage: CallStage, number: int) -> None:
    stage.carrier.deliver(arrived(number))
    await stage.until_all_talk()
    (call,) = stage.server.desk.live()
    stage.carrier.hang_up(call)
    while stage.server.desk.live():  # noqa: ASYNC110  No event tells.
        await trio.sleep(0.01)
    await trio.sleep(SETTLES_S)
    await stage.server.base.call_log.flushed()
