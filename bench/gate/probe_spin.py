"""CPU of a loop that touches nothing: in it the gate's own test plants a slow-down."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.gate.probe import Probe

LOOPS = 10


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    yield Probe(spin)


async def spin() -> int:
    """Count a while: some 10 ms of CPU."""
    for _ in range(LOOPS):
        sum(range(40_000))
    return LOOPS
