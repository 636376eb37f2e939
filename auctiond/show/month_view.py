"""Months of the ledger and their files, for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from rich.table import Table

from auctiond.pg.months import Month, file_name
from auctiond.show.tables import grid
from ledger.month_file import MonthRead

PROBLEMS_SHOWN = 50


def month_table(months: Sequence[Month], width: int) -> Table:
    """Return a row for each month: how much is in it, as far as that is known, and where it is."""
    rows = [
        [f"{one.month:%Y-%m}", _count(one.moves), _count(one.entries), where(one)] for one in months
    ]
    return grid(["month", ">moves", ">entries", "where it is"], rows, width)


def where(one: Month) -> str:
    """Return where a month is."""
    if one.put_away_at is not None:
        still = "; its tables are still here" if one.has_tables else ""
        return f"in {file_name(one.month)} since {one.put_away_at:%Y-%m-%d}{still}"
    if one.exported_at is not None:
        return f"in the database, and in {file_name(one.month)} since {one.exported_at:%Y-%m-%d}"
    return "in the database"


def file_lines(path: Path, read: MonthRead) -> Iterator[str]:
    """Yield what a file has, and what is wrong with it."""
    noun = "hour" if read.hours == 1 else "hours"
    yield (
        f"{path.name}: {read.month or '?'}, {read.moves:,} moves and {read.entries:,} entries, "
        f"{read.hours:,} signed {noun}, sha256 {read.sha256[:16]}."
    )
    yield from (f"  {one.place}: {one.what}" for one in read.problems[:PROBLEMS_SHOWN])
    if len(read.problems) > PROBLEMS_SHOWN:
        yield f"  and {len(read.problems) - PROBLEMS_SHOWN:,} more"


def gaps(files: Sequence[MonthRead]) -> Iterator[str]:
    """Yield where a file does not begin with what the one before it ended with."""
    for before, then in pairwise(files):
        if before.closing != then.opening:
            yield f"{then.month} does not begin with what {before.month} ended with."


def _count(found: int | None) -> str:
    return "" if found is None else f"{found:,}"
