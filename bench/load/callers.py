"""Who calls, for `bench webhooks`: a process that has the sandbox carrier place calls at a rate.

`python -m bench.load.callers` reads an order from each line of standard input and prints what came
of it, when all calls are over, and how late it was itself. Calls come at random moments (Poisson),
not one after the other.
"""

from __future__ import annotations

import json
import random
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import httpx2
import trio

from bench.load.other_side import OtherSide, other_side
from bench.tools.histogram import Histogram

OVER_S = 30.0  # After the last call began. A call here takes two seconds.
POLL_S = 0.1
CALLERS = 1_000_000


@dataclass(frozen=True, slots=True)
class Order:
    """So many calls a second to `number` of the carrier at `url`."""

    url: str
    number: str
    rate: float
    seconds: float
    seed: int
    talk_s: float = 0.5
    zip: str = "78701"


def callers() -> AbstractContextManager[OtherSide]:
    """Run the callers while the block lasts."""
    return other_side("bench.load.callers")


async def carry_out(order: Order) -> dict[str, Any]:
    """Place the calls that are ordered, and wait until they are over."""
    chance, late, cpu_s = random.Random(order.seed), Histogram(), time.process_time()
    async with httpx2.AsyncClient(base_url=order.url, trust_env=False, timeout=30.0) as client:
        before = (await client.get("/sandbox/webhooks")).json()
        sessions: list[str] = []
        async with trio.open_nursery() as nursery:
            at_s = start_s = trio.current_time()
            while at_s < start_s + order.seconds:
                await trio.sleep_until(at_s)
                late.record((trio.current_time() - at_s) * 1000)
                nursery.start_soon(_place, client, order, chance.randrange(CALLERS), sessions)
                at_s += chance.expovariate(order.rate)
        cpu_share = (time.process_time() - cpu_s) / order.seconds
        with trio.move_on_after(OVER_S):
            while not all([await _is_over(client, one) for one in sessions]):  # noqa: ASYNC110
                await trio.sleep(POLL_S)
        talked = [(await client.get(f"/sandbox/calls/{one}")).json()["talk_ms"] for one in sessions]
        after = (await client.get("/sandbox/webhooks")).json()
    sent = after["sent"] - before.get("sent", 0)
    return {
        "calls": len(sessions),
        "talked": sum(ms > 0 for ms in talked),
        "webhooks": sent,
        "late": late.told(),
        "cpu_share": cpu_share,
    }


async def _place(client: httpx2.AsyncClient, order: Order, n: int, sessions: list[str]) -> None:
    script = {"zip": order.zip, "talk_s": order.talk_s}
    call = {"from": f"+1512{2_000_000 + n}", "to": order.number, "script": script}
    sessions.append((await client.post("/sandbox/calls", json=call)).json()["call_session_id"])


async def _is_over(client: httpx2.AsyncClient, session: str) -> bool:
    told: dict[str, Any] = (await client.get(f"/sandbox/calls/{session}")).json()
    return bool(told["state"] == "ended")


def main() -> None:
    """Carry out orders until standard input closes."""
    for line in sys.stdin:
        print(json.dumps(trio.run(carry_out, Order(**json.loads(line)))), flush=True)  # noqa: T201  The parent waits for it.


if __name__ == "__main__":
    main()
