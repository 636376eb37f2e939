"""`python -m bench.carrier_player`: a carrier that plays signed calls. As cheap as Python can.

Prints the port of its commands. Then, for each line of JSON that it reads, it plays a load and
prints how its calls ended as JSON, with its own CPU time, by which one can see that it was not what
held the load back. `at_once`: a closed loop of so many calls. `rate`: an open loop of so many a
second, which come whether the server keeps up or not. `hold`: they stay in their talks until
`release`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

import uvloop

from bench.carrier_lines import Commands, connect
from bench.played_calls import Played, Stage
from bench.signed_calls import SignedCall, signed_calls

CONNECTIONS = 32
PATIENCE_S = 10.0  # For the calls that live when the time is over.


async def play(stage: Stage, order: dict[str, Any], calls: list[SignedCall]) -> None:
    """Play one load, until its calls are over or patience is."""
    began = time.monotonic()
    until = began + order["seconds"]

    def more() -> None:
        if calls and time.monotonic() < until:
            Played(stage, calls.pop(), hold=order.get("hold", False)).start()

    if "at_once" in order:
        stage.on_end = more
        for _ in range(order["at_once"]):
            more()
    while calls and time.monotonic() < until:
        if "rate" in order:
            due = round((time.monotonic() - began) * order["rate"])
            while calls and order["calls"] - len(calls) < due:
                more()
        await asyncio.sleep(0.005)
    stage.on_end = lambda: None
    patience = time.monotonic() + order.get("patience_s", PATIENCE_S)
    while stage.live > len(stage.held) and time.monotonic() < patience:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    stage.drop_new()


async def told(stage: Stage, order: dict[str, Any]) -> dict[str, Any]:
    """Do as ordered, and return how the calls ended since."""
    stage.ended.clear()
    stage.webhooks = stage.refused = 0
    calls: list[SignedCall] = []
    if "calls" in order:
        calls += signed_calls(order["calls"], order["run"], whole="rate" not in order)
        calls.reverse()
    cpu_s, began = time.process_time(), time.monotonic()
    if "release" in order:
        held, stage.held = stage.held, []
        for played in held:
            played.release()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while stage.live:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    else:
        await play(stage, order, calls)
    return {
        "calls": [
            (round(one.began - began, 4), round(one.over - began, 4), one.how, one.call.session)
            for one in stage.ended
        ],
        "webhooks": stage.webhooks,
        "refused": stage.refused,
        "unfinished": stage.live - len(stage.held),
        "acknowledged": [one.call.session for one in stage.ended if one.taken],
        "cpu_s": time.process_time() - cpu_s,
        "took_s": time.monotonic() - began,
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


if __name__ == "__main__":
    uvloop.run(main())
