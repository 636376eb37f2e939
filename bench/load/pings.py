"""Publishers' pings at a rate, and what a while of them came to."""

from __future__ import annotations

from dataclasses import dataclass

import trio

from bench.harness import cpu_s
from bench.load.publishers import Order
from bench.load.starts import Punctuality
from bench.stages.rtb import DOOR, Door
from bench.tools.histogram import Histogram, heard

CONNECTIONS = 32
SETTLES_S = 0.4  # What was promised is over; late pings go on into the next load, as in a server.
EACH_ANOTHER = "/rtb/production/door?sipOk=yes&zipcode=78701&CID=1512{n}"


@dataclass(frozen=True, slots=True)
class Load:
    """What a while at one rate came to."""

    seconds: float
    took: Histogram
    asked: int
    bids: int
    late_bids: int  # After the publisher's time.
    cpu_s: float
    maker: Punctuality

    @property
    def per_s(self) -> float:
        """How many were asked a second."""
        return self.asked / self.seconds

    @property
    def per_cpu_s(self) -> float:
        """How many a second of CPU time is enough for."""
        return self.asked / self.cpu_s

    def served_share(self) -> float:
        """Return the share of pings that got a bid in the publisher's time."""
        return (self.bids - self.late_bids) / max(1, self.asked)

    def overshoot_ms(self, share: float) -> float:
        """Return by how much answers missed our deadline."""
        return max(0.0, self.took.percentile(share) - DOOR.deadline_ms)


async def ping(door: Door, rate: float, seconds: float, seed: int) -> Load:
    """Let the publishers ping at `rate`, each time for another caller."""
    first = int(trio.current_time() * 1000) % 7_000_000  # Callers who have no bid yet.
    order = Order(door.port, EACH_ANOTHER, rate, seconds, CONNECTIONS, seed, first, DOOR.timeout_ms)
    cpu = cpu_s()
    seen = await door.publishers.carry_out(order)
    await trio.sleep(SETTLES_S)
    while door.desk.pending:  # noqa: ASYNC110  What a flood left behind is not the next one's.
        await trio.sleep(0.1)
    asked = seen["bids"] + seen["others"] + seen["lost"]
    maker = Punctuality(heard(seen["late"]), seen["cpu_share"])
    took, late_bids = heard(seen["took"]), seen["late_bids"]
    return Load(seconds, took, asked, seen["bids"], late_bids, cpu_s() - cpu, maker)
