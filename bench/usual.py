"""The auction as it is usually written, beside ours: asyncio, and every common habit of the field.

Twenty buyers in another process, of whom one never answers; a deadline of 200 ms. The usual way:
`asyncio.gather` of twenty posts under one `wait_for`, a new httpx client for each auction, and a
row for each bid, inserted one by one (into SQLite in memory: a database on a wire costs more). It
is written fairly: no needless work, one TLS context, connections in parallel.

- usual_us, ours_us: CPU of an auction when all answer at once; vs_usual_way is their ratio. Ours is
  the server's whole auctioneer, with routing, ranking, metrics and the record of why each lost.
- usual_bids_kept, ours_bids_kept: of the 19 bids that came in time, when one buyer is dead. gather
  under wait_for has all or nothing: one slow buyer, and the caller hears that nobody wants him.

Why: that is what one would have without us, and public code of the field is like that.

Cannot say: how it is with a more careful baseline. `bench wire` compares the clients alone.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx

from bench.gate.calm import Weather, hold, hold_all, open_calm_stage
from bench.harness import Bars, Latency, Result, buyers, cpu_s, median
from bench.stages.shops import LAWS
from bench.wire import PING

DEADLINE_S, FAR_S = 0.2, 10.0
ROUNDS, ROUNDS_QUICK = 12, 6
OURS, USUAL = 40, 4  # Auctions in a round.


async def measure(quick: bool) -> Result:
    """Return what both take, and how many bids both keep."""
    rounds = ROUNDS_QUICK if quick else ROUNDS
    ours_us: list[float] = []
    async with open_calm_stage() as stage:
        numbers = count()
        await hold_all(stage, numbers, OURS)
        for _ in range(rounds):
            start_s = cpu_s()
            await hold_all(stage, numbers, OURS)
            ours_us.append((cpu_s() - start_s) / OURS * 1e6)
    ours_kept = await _ours_with_one_dead()
    usual = _usual(rounds)
    return Result(
        figures={
            "usual_us": usual["us"],
            "ours_us": median(ours_us),
            "usual_bids_kept": usual["kept"],
            "ours_bids_kept": ours_kept,
        },
        ratios={"vs_usual_way": usual["us"] / median(ours_us)},
        curves=(
            Bars(
                "CPU of an auction of twenty",
                "microseconds",
                {"auctiond": median(ours_us), "the usual way": usual["us"]},
            ),
            Bars(
                "Bids kept when one buyer of twenty is dead",
                "of the 19 that came in time",
                {"auctiond": ours_kept, "the usual way": usual["kept"]},
            ),
        ),
    )


async def _ours_with_one_dead() -> float:
    """Return how many bids an auction of ours keeps when one buyer never answers."""
    async with open_calm_stage(Weather(deadline_ms=int(DEADLINE_S * 1000), dead=True)) as stage:
        await hold(stage, 0)  # Connects.
        return float(len((await hold(stage, 1)).ranked))


def _usual(rounds: int) -> dict[str, float]:
    with buyers(len(LAWS), Latency()) as ports:
        command = [sys.executable, "-m", "bench.usual", str(rounds), *map(str, ports)]
        done = subprocess.run(command, capture_output=True, check=True)
        found: dict[str, float] = json.loads(done.stdout)
        return found


class UsualWay:
    """An auctioneer as one writes it in an afternoon."""

    def __init__(self, ports: Sequence[int], deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._urls = [f"http://127.0.0.1:{port}/ping" for port in ports]
        self._tls = ssl.create_default_context()
        self._rows = sqlite3.connect(":memory:", isolation_level=None)
        self._rows.execute("CREATE TABLE bid (auction TEXT, buyer TEXT, price REAL, number TEXT)")

    async def hold(self, auction: int) -> int:
        """Return how many bids there were."""
        async with httpx.AsyncClient(verify=self._tls, trust_env=False) as client:
            asking = asyncio.gather(*(self._ask(client, url) for url in self._urls))
            try:
                answers = await asyncio.wait_for(asking, self._deadline_s)
            except TimeoutError:
                answers = []
        bids = [one for one in answers if one.get("accept") and one["bid"] > 0]
        for bid in sorted(bids, key=lambda one: -one["bid"]):
            row = (str(auction), "buyer", bid["bid"], bid["number"])
            self._rows.execute("INSERT INTO bid VALUES (?, ?, ?, ?)", row)
        return len(bids)

    async def _ask(self, client: httpx.AsyncClient, url: str) -> dict[str, Any]:
        reply = await client.post(url, json=PING)
        answer: dict[str, Any] = reply.json()
        return answer


async def usual(rounds: int, ports: Sequence[int]) -> dict[str, float]:
    """Return the CPU microseconds of an auction, and the bids kept when one buyer is dead."""
    way = UsualWay(ports, FAR_S)  # However busy the machine, nobody is late for it.
    took_us = []
    await way.hold(0)
    for number in range(rounds):
        start_s = cpu_s()
        for turn in range(USUAL):
            if await way.hold(number * USUAL + turn) != len(ports):
                raise RuntimeError("not everybody bid")
        took_us.append((cpu_s() - start_s) / USUAL * 1e6)
    with socket.create_server(("127.0.0.1", 0)) as dead:
        one_dead = UsualWay([*ports[1:], dead.getsockname()[1]])
        return {"us": median(took_us), "kept": float(await one_dead.hold(-1))}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(usual(int(sys.argv[1]), [int(port) for port in sys.argv[2:]]))))  # noqa: T201
