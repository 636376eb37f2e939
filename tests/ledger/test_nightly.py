"""The ledger is verified every night at three, and tomorrow if the database is away tonight."""

from __future__ import annotations

from datetime import UTC, datetime

import trio

from auctiond.jobs.nightly_verify import DAY_MS, HOUR_MS, NightlyVerify, ms_to_next
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway
from auctiond.pg.ledger_check import Report
from ledger.verify import Problem

MIDNIGHT_MS = 1_795_910_400_000  # 2026-11-29 00:00 UTC.


def test_the_next_night_is_never_now_and_never_over_a_day_away():
    three = MIDNIGHT_MS + 3 * HOUR_MS
    assert ms_to_next(MIDNIGHT_MS) == 3 * HOUR_MS
    assert (ms_to_next(three - 1), ms_to_next(three), ms_to_next(three + 1)) == (
        1, DAY_MS, DAY_MS - 1
    )  # fmt: skip


async def test_each_night_it_is_verified_and_told(autojump_clock, nursery):
    metrics, checked_at, put_away_at, told = Metrics(), [], [], []
    start = trio.current_time()
    ends = [
        Report((), 1, 2, 3, 4, 0, 0.5),
        PgAway("gone"),
        Report((Problem("unit usd", "sums to 5"),), 1, 2, 3, 4, 0, 0.5),
    ]

    def now_ms() -> int:
        return MIDNIGHT_MS + round((trio.current_time() - start) * 1000)

    async def check() -> Report:
        checked_at.append((now_ms() - MIDNIGHT_MS) / HOUR_MS)
        end = ends[len(checked_at) - 1]
        if isinstance(end, Exception):
            raise end
        return end

    async def tell(night: str, problems: int) -> None:
        told.append((night, problems))

    async def put_away() -> None:
        put_away_at.append((now_ms() - MIDNIGHT_MS) / HOUR_MS)

    def value(name: str) -> float:
        return metrics.registry.get_sample_value(f"auctiond_{name}")

    nursery.start_soon(NightlyVerify(check, tell, put_away, metrics, Log(), now_ms).run)
    seen = []
    for day in (1, 2, 3):
        await trio.sleep(start + day * 86_400 - trio.current_time())
        seen.append(value("ledger_problems"))
    assert checked_at == [3, 27, 51]
    assert put_away_at == [3]  # Where it is not as it was written, nothing goes.
    assert seen == [0, -1, 1]
    assert told == [(f"{datetime.fromtimestamp(MIDNIGHT_MS / 1000 + 51 * 3_600, UTC):%Y-%m-%d}", 1)]
    assert value("ledger_verified_at_seconds") * 1000 == MIDNIGHT_MS + 51 * HOUR_MS
    nursery.cancel_scope.cancel()
