"""Auctions at a rate, whatever becomes of them (an open loop), and what is to be said of them.

Each auction has an intended start, drawn before the load begins, and another process says when it
is (bench/load/starts.py). All times are counted from it: a start that comes late because we are
busy is our lateness, and is counted as such.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import trio

from bench.harness import cpu_s
from bench.load.held import DEADLINE_S, Held, Load
from bench.load.passes import passes
from bench.load.starts import Punctuality, starts
from bench.stages.auctions import Stage, monotonic_offset_s
from bench.stages.networks import CAMPAIGN
from market.call import BidsClosed, Call, State
from market.ids import id_at

# After the last decision: by then the deadlines of those that were early are over, and what bids
# came after them. Late pings go on for a second, into the next load, as they do in a server.
SETTLES_S = DEADLINE_S + 0.1
# A bid is timely that had left its buyer by then, before the deadline. The buyer notes the moment
# after its send() returned, when loopback has delivered: what is left is one tick of ours.
ALLOWANCE_S = 0.002
FACTS = (("state", "TX"), ("zip", "78701"), ("area_code", "512"))

After = Callable[[Call, BidsClosed], Awaitable[object]]  # What a decision leads to.


async def run_load(
    stage: Stage,
    rate: float,
    seconds: float,
    seed: int,
    after: After | None = None,
    burst: int = 1,
) -> Load:
    """Hold auctions at `rate` for that long, `burst` at once; wait for what is late, and count."""
    held: list[Held] = []
    stage.came.clear()
    stage.buyers.reset()
    cpu, buyers_cpu = cpu_s(), stage.buyers.cpu_s()
    maker = Punctuality()
    with passes() as passes_s:
        async with trio.open_nursery() as nursery:
            async for intended in starts(rate, seconds, seed, burst, maker):
                nursery.start_soon(_hold, stage, intended, held, after)
    await trio.sleep(SETTLES_S)
    cpu, buyers_cpu = cpu_s() - cpu, stage.buyers.cpu_s() - buyers_cpu
    timely, left_out, unjust = _overheard(stage, held)
    for one in held:
        stage.call_log.close(one.id, {})
    counts = (left_out, timely, unjust, maker, tuple(passes_s))
    return Load(tuple(held), seconds, cpu, buyers_cpu, *counts)


async def _hold(stage: Stage, intended: float, held: list[Held], after: After | None) -> None:
    now_ms = stage.auctioneer.now_ms()
    call = Call(
        id=id_at(now_ms, os.urandom(16)),
        network=1,
        campaign=CAMPAIGN,
        state=State.PINGING,
        facts=FACTS,
        arrived_ms=now_ms,
    )
    stage.call_log.reopen(call.id, 0)
    started = trio.current_time()
    closed = await stage.auctioneer.hold(call, stage.edition)
    decided = trio.current_time()
    stage.call_log.event(call.id, closed)
    shed = not closed.ranked and any(one.reason == "shed" for one in closed.others)
    bids = frozenset([bid.target for bid in closed.ranked])
    held.append(Held(call.id, intended, started, decided, bids, shed))
    if after is not None:
        await after(call, closed)


def _overheard(stage: Stage, held: Sequence[Held]) -> tuple[int, int, frozenset[UUID]]:
    """Return how many bids left their buyers in time, how many of those did not count, and where.

    In time is by the deadline that was enforced: from the start that the auction had.
    """
    auctions = {f"{one.id.hex}-0": one for one in held if not one.shed}
    offset_s = monotonic_offset_s()
    timely = left_out = 0
    unjust = set[UUID]()
    for (target, name), sent_s in stage.buyers.sent_s().items():
        one = auctions.get(name)
        if one is None or sent_s - offset_s > one.started + DEADLINE_S - ALLOWANCE_S:
            continue
        timely += 1
        if target not in one.bids and target not in stage.came.get(one.id, ()):
            left_out += 1
            unjust.add(one.id)
    return timely, left_out, frozenset(unjust)
