"""Auctions at a rate, whatever becomes of them (an open loop), and what is to be said of them.

Each auction has an intended start, drawn before the load begins, and another process says when it
is (bench/load/starts.py). All times are counted from it: a start that comes late because we are
busy is our lateness, and is counted as such.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import trio

from bench.harness import cpu_s
from bench.load.passes import passes
from bench.load.starts import Punctuality, starts
from bench.stages.auctions import CAMPAIGN, DEADLINE_MS, Stage, monotonic_offset_s
from bench.tools.histogram import Histogram, histogram_of
from market.bids import TargetId
from market.call import BidsClosed, Call, State
from market.ids import id_at

DEADLINE_S = DEADLINE_MS / 1000
# After the last decision: by then the deadlines of those that were early are over, and what bids
# came after them. Late pings go on for a second, into the next load, as they do in a server.
SETTLES_S = DEADLINE_S + 0.1
# A bid is timely that had left its buyer by then, before the deadline. The buyer notes the moment
# after its send() returned, when loopback has delivered: what is left is one tick of ours.
ALLOWANCE_S = 0.002
IN_TIME_S = 0.03  # A decision later than that is none: as late as work may be before it is shed.
FACTS = (("state", "TX"), ("zip", "78701"), ("area_code", "512"))

After = Callable[[Call, BidsClosed], Awaitable[object]]  # What a decision leads to.


@dataclass(frozen=True, slots=True)
class Held:
    """One auction, on trio's clock."""

    id: UUID
    intended: float
    started: float
    decided: float
    bids: frozenset[TargetId]
    shed: bool

    @property
    def overshoot_s(self) -> float:
        """How late it was decided, counted from where it should have begun."""
        return max(0.0, self.decided - self.intended - DEADLINE_S)

    @property
    def in_time(self) -> bool:
        """Whether it was held, and decided soon enough."""
        return not self.shed and self.overshoot_s <= IN_TIME_S

    @property
    def ran_out(self) -> bool:
        """Whether it lasted until its deadline."""
        return not self.shed and self.decided >= self.started + DEADLINE_S


@dataclass(frozen=True, slots=True)
class Load:
    """What a while at one rate came to."""

    auctions: tuple[Held, ...]
    seconds: float
    cpu_s: float  # Of this process: the server, and the little that makes the load.
    buyers_cpu_s: float
    left_out: int
    timely: int  # Bids that left in time.
    unjust: frozenset[UUID] = frozenset()  # Auctions that a timely bid was left out of.
    maker: Punctuality = field(default_factory=Punctuality)
    passes_s: tuple[float, ...] = ()  # Of the loop, while auctions began.

    @property
    def per_s(self) -> float:
        """How many began a second."""
        return len(self.auctions) / self.seconds

    @property
    def per_cpu_s(self) -> float:
        """How many a second of CPU time is enough for."""
        return len(self.auctions) / self.cpu_s

    def good(self) -> int:
        """Return how many auctions were decided in time, with every timely bid counted."""
        return sum(one.in_time and one.id not in self.unjust for one in self.auctions)

    def served_share(self) -> float:
        """Return the share of auctions that were decided in time, and not shed."""
        return sum(one.in_time for one in self.auctions) / max(1, len(self.auctions))

    def overshoots(self) -> Histogram:
        """Return by how much auctions missed their deadline, of those that lasted until it."""
        return _times(one.overshoot_s for one in self.auctions if one.ran_out)

    def passes(self) -> Histogram:
        """Return how long the loop's passes took."""
        return _times(self.passes_s)

    def decisions(self) -> Histogram:
        """Return the times from the intended start to the decision."""
        return _times(one.decided - one.intended for one in self.auctions if not one.shed)


def _times(took_s: Iterable[float]) -> Histogram:
    return histogram_of(each * 1000 for each in took_s)


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
