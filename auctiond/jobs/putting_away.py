"""Put the months away that are over seven years old: by night, after the ledger was verified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from auctiond.jobs.seal import read_seal_file
from auctiond.logs import Log
from auctiond.pg.door import Pg
from auctiond.pg.months import (
    Month,
    MonthKept,
    Progress,
    PutAway,
    drop_months,
    put_month_away,
    read_months,
)

KEEP_YEARS = 7  # As SQL ledger_why_kept has it.


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""


def is_due(one: Month, today: date) -> bool:
    """Return whether a month that is still here is over seven years old, to its end."""
    age = (one.month.year + KEEP_YEARS, one.month.month)
    return one.put_away_at is None and age < (today.year, today.month)


async def put_months_away(
    pg: Pg,
    folder: Path,
    seal_path: Path,
    today: date,
    tell: Callable[[PutAway], None],
    progress: Progress = no_progress,
) -> None:
    """Put all months away that are due, oldest first. Raises MonthKept at the first that stays."""
    for one in await read_months(pg):
        if is_due(one, today):
            tell(await put_month_away(pg, one.month, folder, read_seal_file(seal_path), progress))


async def put_away_by_night(pg: Pg, folder: Path, seal_path: Path, today: date, log: Log) -> None:
    """Put away what is due, and drop the tables of what was put away long ago; tell the log."""

    def tell(done: PutAway) -> None:
        log.info("ledger.month_put_away", month=f"{done.month:%Y-%m}", file=done.path.name)

    try:
        await put_months_away(pg, folder, seal_path, today, tell)
    except MonthKept as kept:
        log.error("ledger.month_kept", month=f"{kept.month:%Y-%m}", reason=kept.why)
    for month in await drop_months(pg):
        log.info("ledger.month_dropped", month=f"{month:%Y-%m}")
