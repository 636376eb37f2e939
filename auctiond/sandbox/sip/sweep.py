"""Callers who hang up in the very moment in which the buyer answers, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import trio

from auctiond.sandbox.chance import draw
from auctiond.sandbox.sip.exact import Leaver

AT_ONCE = 6  # Calls. More would measure how busy the machine is.
TRIAL = 6  # Calls that show how long a buyer's answer takes here and now.
TURN = 10  # Of so many callers one is patient, and one leaves at once: however slow the machine is.
TALK_MS = (20, 150)  # Of who is answered first.
_LEAVES, _TALKS = 11, 12  # Which chance is drawn.
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


async def sweep(leavers: Sequence[Leaver]) -> None:
    """Place all calls, some at a time. Raises NoReply."""
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def one(leaver: Leaver) -> None:
        async with limiter:
            await leaver.call()

    async with trio.open_nursery() as nursery:
        for leaver in leavers:
            nursery.start_soon(one, leaver)


def leaves_s(n: int, usual_ms: float, seed: int = 1) -> float:
    """Return when the n-th caller leaves: from `usual_ms` on by half of it, to either side."""
    if n % TURN == 0:
        return 1.0 + 3 * usual_ms / 1000
    if n % TURN == 1:
        return 0.02
    percent = 50 + draw(seed, _LEAVES, n) % 100
    return usual_ms * percent / 100_000


def talk_s(n: int, seed: int = 1) -> float:
    """Return how long the n-th caller talks if the answer came first."""
    least, most = TALK_MS
    return (least + draw(seed, _TALKS, n) % (most - least)) / 1000


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
