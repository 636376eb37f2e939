"""`python -m bench.load.carrier`: a carrier that plays signed calls. As cheap as Python can.

Prints the port of its commands. Then, for each line of JSON that it reads, it plays a load and
prints how its calls ended as JSON, with its own CPU time and lateness, by which one can see that it
was not what held the load back. `at_once`: a closed loop of so many calls. `rate`: an open loop of
so many a second, at random moments, whether the server keeps up or not; they count from the moment
at which they should begin. `hold`: they stay in their talks until `release`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from typing import Any

import uvloop

from bench.load.carrier_lines import Commands, connect
from bench.load.metronome import moments
from bench.load.played_calls import Played
from bench.load.played_stage import Stage
from bench.load.signed_calls import SignedCall, signed_calls
from bench.tools.histogram import Histogram

CONNECTIONS = 32
PASS_S = 0.01
PATIENCE_S = 10.0  # For the calls that live when the time is over.


async def play(stage: Stage, order: dict[str, Any], calls: list[SignedCall]) -> Histogram:
    """Play one load, until its calls are over or patience is; return how punctual we were."""
    began = time.monotonic()
    until = began + order["seconds"]
    mine: list[Played] = []
    late = Histogram()

    def more(intended: float = 0.0) -> None:
        now = time.monotonic()
        if calls and now < until:
            played = Played(stage, calls.pop(), order.get("hold", False), intended or now)
            mine.append(played)
            played.start()

    if "at_once" in order:
        stage.on_end = more
        for _ in range(order["at_once"]):
            more()
        while calls and time.monotonic() < until:  # noqa: ASYNC110
            await asyncio.sleep(PASS_S)
    else:
        for offset in moments(order["rate"], order["seconds"], order["seed"]):
            if (wait_s := began + offset - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
            late.record(max(0.0, time.monotonic() - began - offset) * 1000)
            more(began + offset)
    stage.on_end = lambda: None
    await over(mine, order.get("patience_s", PATIENCE_S))
    stage.drop_new()
    return late


async def over(calls: Sequence[Played], patience_s: float) -> None:
    """Return when these calls are over, or held in their talk, or patience is over."""
    until = time.monotonic() + patience_s
    while (calls := [one for one in calls if one.lives]) and time.monotonic() < until:  # noqa: ASYNC110
        await asyncio.sleep(PASS_S)


async def told(stage: Stage, order: dict[str, Any]) -> dict[str, Any]:
    """Do as ordered, and return how the calls ended since."""
    stage.ended.clear()
    stage.webhooks = stage.refused = 0
    calls: list[SignedCall] = []
    if "calls" in order:
        calls += signed_calls(order["calls"], order["run"], whole="rate" not in order)
        calls.reverse()
    cpu_s, began, late = time.process_time(), time.monotonic(), Histogram()
    if "release" in order:
        held, stage.held = stage.held, []
        for played in held:
            played.release()
        await over(held, PATIENCE_S)
    else:
        late = await play(stage, order, calls)
    over_s = time.monotonic()
    left = [one for one in set(stage.by_leg.values()) if one.lives and one.began >= began]
    calls_told = [(one, one.over, one.how) for one in stage.ended]
    calls_told += [(one, over_s, "unfinished") for one in left]  # They came, and were not sold.
    return {
        "calls": [
            (round(one.began - began, 4), round(ended - began, 4), how, one.call.session)
            for one, ended, how in calls_told
        ],
        "webhooks": stage.webhooks,
        "refused": stage.refused,
        "unfinished": stage.live - len(stage.held),
        "acknowledged": [one.call.session for one in stage.ended if one.taken],
        "cpu_s": time.process_time() - cpu_s,
        "took_s": time.monotonic() - began,
        "late": late.told(),
    }


async def main() -> None:
    """Be the carrier, for as long as there are orders."""
    loop, stage = asyncio.get_running_loop(), Stage()
    server = await loop.create_server(lambda: Commands(stage), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    connected = False
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        for _ in range(0 if connected else order.get("connections", CONNECTIONS)):
            await connect(stage, order["hooks"])
        connected = True
        print(json.dumps(await told(stage, order)), flush=True)  # noqa: T201
    stage.is_over = True  # Who loses a connection now does not connect again.
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(main())
