"""Verify the whole ledger every night, tell what came of it, and put old months away."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import trio

from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.ledger_check import Report

HOUR_UTC = 3  # When the fewest call.
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
TOLD_MAX = 20  # Problems in the log; `auctiond ledger verify` lists them all.


@dataclass(frozen=True, slots=True)
class NightlyVerify:
    check: Callable[[], Awaitable[Report]]
    tell: Callable[
        [str, int], Awaitable[object]
    ]  # The operator: of which night, how many problems.
    put_away: Callable[[], Awaitable[None]]  # What is old: only where all is as it was written.
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]

    async def run(self) -> None:
        """Verify each night, until cancelled. What cannot be checked tonight is tomorrow."""
        while True:
            await trio.sleep(ms_to_next(self.now_ms()) / 1000)
            try:
                await self.verify()
            except (PgAway, PgError, OSError) as error:
                self.metrics.ledger_problems.set(-1)
                self.log.error("ledger.not_verified", reason=type(error).__name__)

    async def verify(self) -> None:
        """Verify once."""
        report = await self.check()
        self.metrics.ledger_problems.set(len(report.problems))
        self.metrics.ledger_verified_at.set(self.now_ms() / 1000)
        self.log.info(
            "ledger.verified",
            entries=report.entries,
            moves=report.transfers,
            took_s=round(report.took_s, 1),
            problems=len(report.problems),
        )
        for problem in report.problems[:TOLD_MAX]:
            self.log.error("ledger.problem", place=problem.place, what=problem.what)
        if report.problems:
            night = datetime.fromtimestamp(self.now_ms() / 1000, UTC)
            await self.tell(f"{night:%Y-%m-%d}", len(report.problems))
        else:
            await self.put_away()


def ms_to_next(now_ms: int) -> int:
    """Return how long it is to the next night's hour: a whole day in that very moment."""
    return (HOUR_UTC * HOUR_MS - now_ms - 1) % DAY_MS + 1
