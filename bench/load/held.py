"""What became of auctions that were held: each, and all of a load together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from bench.load.starts import Punctuality
from bench.stages.networks import DEADLINE_MS
from bench.tools.histogram import Histogram, histogram_of
from market.bids import TargetId

DEADLINE_S = DEADLINE_MS / 1000
IN_TIME_S = 0.03  # A decision later than that is none: as late as work may be before it is shed.


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
