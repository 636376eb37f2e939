"""Callers who hang up in the very moment in which the buyer answers, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio

from auctiond.sandbox.chance import draw
from auctiond.sandbox.sip.sipp import Caller, call

AT_ONCE = 6  # Calls. More would measure how busy the machine is.
TRIAL = 6  # Calls that show how long a buyer's answer takes here and now.
AROUND_MS = 150  # To either side of the buyer's answer.
_CHANCE = 11  # Which chance is drawn.
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sweep:
    """What came of the sweep, by the switch's own records."""

    calls: int
    cancelled: int  # The caller left while the buyer's phone rang.
    answered: int  # The buyer answered, and was not joined any more.
    bridged: int
    early: int  # Nobody had been rung yet.
    rung_after: int  # Legs that were rung after the caller had left: there may be none.


async def sweep(
    number: str, dialled: str, to: str, folder: Path, *, count: int, usual_ms: float, seed: int = 1
) -> None:
    """Place `count` calls whose callers leave around `usual_ms` after they were answered."""
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def one(n: int) -> None:
        off_ms = draw(seed, _CHANCE, n) % (2 * AROUND_MS) - AROUND_MS
        talk_s = max(usual_ms + off_ms, 20.0) / 1000
        async with limiter:
            await call(Caller(f"{number}{n:04d}", dialled, talk_s), to, folder)

    async with trio.open_nursery() as nursery:
        for n in range(count):
            nursery.start_soon(one, n)


def usual_answer_ms(records: Sequence[Json]) -> float:
    """Return how long after the caller's answer the buyers' usually comes: the median."""
    waits = sorted(
        leg["answered_ms"] - caller["answered_ms"]
        for caller, *legs in (record["legs"] for record in records)
        for leg in legs
        if leg["answered_ms"] is not None and caller["answered_ms"] is not None
    )
    return float(waits[len(waits) // 2])


def talk_ms(record: Json) -> int | None:
    """Return how long the caller of a record was joined with a buyer; None: never."""
    caller, *rung = record["legs"]
    for leg in rung:
        if leg["bridged_ms"] is not None:
            return int(min(caller["ended_ms"], leg["ended_ms"]) - leg["bridged_ms"])
    return None


def outcome(records: Sequence[Json]) -> Sweep:
    """Return what came of the calls in `records`."""
    ends = [_end_of(record["legs"]) for record in records]
    rung_after = sum(
        leg["started_ms"] > caller["ended_ms"]
        for caller, *legs in (record["legs"] for record in records)
        for leg in legs
    )
    return Sweep(
        calls=len(records),
        cancelled=ends.count("cancelled"),
        answered=ends.count("answered"),
        bridged=ends.count("bridged"),
        early=ends.count("early"),
        rung_after=rung_after,
    )


def _end_of(legs: Sequence[Json]) -> str:
    _, *rung = legs
    if any(leg["bridged_ms"] for leg in rung):
        return "bridged"
    if any(leg["answered_ms"] for leg in rung):
        return "answered"
    return "cancelled" if rung else "early"
