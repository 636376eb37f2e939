"""One round: calls come in, the server is killed, is started again, and all comes to its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any

import trio

from auctiond.pg.remains import poll_until
from auctiond.sandbox.carrier.phones import read_order
from auctiond.sandbox.network import tracking_numbers
from auctiond.sandbox.people import person
from bench.crash.check import Seen
from bench.crash.gather import gather
from bench.crash.moments import Aim, Moment
from bench.crash.stage import NUMBERS, CrashStage

AIM_S = 6.0  # A moment that has not come by then does not come in this round.
OVER_S = 90.0  # Until all is over; a review comes to stay.
POLL_S = 0.1
QUIET_S = 3.0  # So long nothing may change before what is held counts as left to a person.
# How long callers talk: just under the three billable seconds, over them, well over.
TALKS_S = (2.7, 3.15, 3.3, 3.3, 3.6)


@dataclass(frozen=True, slots=True)
class Crowd:
    """The calls of a round: how many, and within how many seconds they come."""

    calls: int
    within_s: float
    leave_s: tuple[float, float] | None = None  # All leave between then; None: few do, early.


async def play(
    stage: CrashStage, aim: Aim, crowd: Crowd, no: int, moment: Moment
) -> tuple[Seen, float]:
    """Play round `no`. Returns what everybody saw, and how long the server took to be ready."""
    rng = Random(f"{stage.seed}:{no}:calls")
    first = len(stage.placed)
    aim.at(moment, partial(stage.server.kill, with_postgres=moment.with_postgres))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_place, stage, crowd, rng)
        await aim.shoot(AIM_S)
        await stage.server.wait()
        ready_s = await stage.server.start()
    await _all_over(stage, stage.placed[first:])
    return await gather(stage, aim, stage.placed[first:]), ready_s


async def _place(stage: CrashStage, crowd: Crowd, rng: Random) -> None:
    start = trio.current_time()
    for at in sorted([0.0, *(rng.uniform(0, crowd.within_s) for _ in range(crowd.calls - 1))]):
        await trio.sleep_until(start + at)
        order = read_order(_order(stage.seed, len(stage.placed), rng, crowd))
        stage.placed.append(stage.carrier.exchange.place(order).session)


def _order(seed: int, n: int, rng: Random, crowd: Crowd) -> dict[str, Any]:
    caller = person(seed, n)
    zip_code = rng.choice((*(caller.zip,) * 6, "bad", "bad", None))
    leaves = zip_code is None or rng.random() < 0.12  # Who types nothing loses patience.
    leave_s = crowd.leave_s or ((0.2, 3.0) if leaves else None)
    return {
        "from": caller.number,
        "to": tracking_numbers(NUMBERS)[n % NUMBERS].number,
        "name": caller.name,
        "lead": {"email": caller.email, "street": caller.street},
        "script": {
            "zip": zip_code,
            "talk_s": rng.choice(TALKS_S),
            "hang_up_after_s": rng.uniform(*leave_s) if leave_s else None,
        },
    }


async def _all_over(stage: CrashStage, sessions: list[str]) -> None:
    """Return when all calls are over, all webhooks delivered, and the money is at rest."""
    calls, hooks = stage.carrier.exchange.calls, stage.carrier.exchange.hooks
    quiet_since = trio.current_time()
    before: object = None
    with trio.move_on_after(OVER_S):
        await poll_until(lambda: all(calls[session].state == "ended" for session in sessions))
        await poll_until(lambda: hooks.pending == 0)
        while True:
            live = (await stage.get("/v1/status"))["live"]
            totals = await stage.get("/v1/ledger/totals")
            if live == 0 and totals["open_holds"] == 0:
                return
            if (live, totals) != before:
                quiet_since, before = trio.current_time(), (live, totals)
            if live == 0 and trio.current_time() > quiet_since + QUIET_S:
                return
            await trio.sleep(POLL_S)
