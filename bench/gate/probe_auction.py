"""CPU of an auction: a server's auctioneer, twenty buyers that bid at once, one ping each.

What `bench auction` measures under load, with buyers of all kinds, is here without chance.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

from bench.gate.calm import hold_all, open_calm_stage
from bench.gate.probe import Probe

AUCTIONS = 30  # A round: some 30 ms of CPU.


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_calm_stage() as stage:
        yield Probe(partial(hold_all, stage, count(), AUCTIONS))
