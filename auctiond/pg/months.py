"""Months of the ledger: written into files, verified there, and put away when they are old."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import trio

from auctiond.pg.door import Pg
from auctiond.pg.errors import PgError
from auctiond.pg.roles import AUDITOR, RETENTION
from auctiond.pg.sql_file import read_queries
from ledger.month_file import MonthRead, head_line, line_of, read_month
from ledger.seals import Seals

SQL = read_queries("ledger_months") | read_queries("ledger_verify")
REFUSED = "LG002"  # The SQLSTATE of a month that is to stay.
STEP = timedelta(hours=1)  # What is written at once: at the most some 100,000 moves.
DROP_AFTER = timedelta(days=30)  # The detached tables: until then, nothing is lost with a file.
LEVEL = 6  # Of compression. Hashes do not shrink, the rest does tenfold.

Progress = Callable[[str, int, int], None]


class MonthKept(Exception):
    """A month stays where it is, and why."""

    def __init__(self, month: date, why: str) -> None:
        super().__init__(f"{month:%Y-%m}: {why}")
        self.month = month
        self.why = why


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the ledger, and where it is. Counts are known of what was exported."""

    month: date
    entries: int | None
    moves: int | None
    sha256: str
    exported_at: datetime | None
    put_away_at: datetime | None
    has_tables: bool  # Also of a month that was put away, for a while.


@dataclass(frozen=True, slots=True)
class PutAway:
    month: date
    path: Path
    read: MonthRead


def file_name(month: date) -> str:
    """Return what the file of a month is called."""
    return f"ledger-{month:%Y-%m}.jsonl.gz"


async def read_months(pg: Pg) -> list[Month]:
    """Return the months there are, oldest first."""
    async with pg.held(AUDITOR) as auditor:
        rows = await auditor.fetch(SQL["months"])
    return [Month(*(row[at] for at in range(7))) for row in rows]


async def why_kept(pg: Pg, month: date) -> str:
    """Return why a month may not be put away yet; "" if it may."""
    async with pg.held(AUDITOR) as auditor:
        return await auditor.fetch_value(SQL["why_kept"], month) or ""


async def put_month_away(
    pg: Pg, month: date, folder: Path, seals: Seals, progress: Progress
) -> PutAway:
    """Export a month, verify the file, and detach the month. Raises MonthKept."""
    if why := await why_kept(pg, month):
        raise MonthKept(month, why)
    path = folder / file_name(month)
    draft = path.with_suffix(".part")
    async with pg.held(AUDITOR) as auditor, pg.held(RETENTION) as retention:
        await write_month(auditor, month, draft, seals, progress)
        read = await trio.to_thread.run_sync(read_file, draft, seals)
        if read.problems:
            first = read.problems[0]
            raise MonthKept(month, f"its file is not right: {first.place}: {first.what}")
        await trio.to_thread.run_sync(_keep, draft, path)
        keys = (bytes.fromhex(read.sha256), bytes.fromhex(read.closing))
        await _allowed(month, retention, "note_export", *keys, read.entries, read.moves)
        await _allowed(month, retention, "put_away", keys[0])
        carried = await auditor.fetch_row(SQL["carried"])
        if carried is None or carried["is_now"] != carried["closing"]:
            what = "it was put away, and what was carried over is not what it ended with"
            raise MonthKept(month, f"{what}; its tables are still there")
    return PutAway(month, path, read)


async def drop_months(pg: Pg) -> list[date]:
    """Drop the tables of months that were put away long enough ago; return which."""
    async with pg.held(RETENTION) as retention:
        return [row[0] for row in await retention.fetch(SQL["drop"], DROP_AFTER)]


async def write_month(
    auditor: Pg, month: date, path: Path, seals: Seals, progress: Progress
) -> None:
    """Write all that was recorded in a month into a new file."""
    since, until = _utc(month), _utc(after(month))
    hours = (until - since) // STEP
    with _Writer(path) as file:
        await file.write([head_line(f"{month:%Y-%m}")])
        await file.write(_had("before", await auditor.fetch(SQL["closing"], month)))
        await file.write(
            line_of("hour", told)
            for told in seals.signed
            if since < datetime.fromisoformat(told["until"]) <= until
        )
        for hour in range(hours):
            start = since + hour * STEP
            rows = await auditor.fetch(SQL["moves"], start, start + STEP)
            file.count(len(rows), sum(row["entries"] for row in rows))
            await file.write([row["line"].encode() + b"\n" for row in rows])
            progress(f"hours of {month:%Y-%m}", hour + 1, hours)
        await file.write(_had("after", await auditor.fetch(SQL["closing"], after(month))))
        await file.end()


def read_file(path: Path, seals: Seals | None = None) -> MonthRead:
    """Verify a file, also against the entries that were sealed. Raises OSError, EOFError."""
    with gzip.open(path) as lines:
        return read_month(lines, seals.heads if seals else None)


def after(month: date) -> date:
    """Return the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


class _Writer(AbstractContextManager["_Writer"]):
    """A compressed file that is hashed as it is written, and is for us alone."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._raw = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
        self._file = gzip.GzipFile("", "wb", LEVEL, self._raw, mtime=0)  # The same, byte by byte.
        self._hash = sha256()
        self._moves = self._entries = 0

    def count(self, moves: int, entries: int) -> None:
        self._moves += moves
        self._entries += entries

    async def write(self, lines: Iterable[bytes]) -> None:
        """Write lines, in a thread."""
        text = b"".join(lines)
        self._hash.update(text)
        await trio.to_thread.run_sync(self._file.write, text)

    async def end(self) -> None:
        """Write the last line, which says what was before it, and see it safe on the disk."""
        told = {"entries": self._entries, "moves": self._moves, "sha256": self._hash.hexdigest()}
        await trio.to_thread.run_sync(self._file.write, line_of("end", told))
        await trio.to_thread.run_sync(self._sync)

    def _sync(self) -> None:
        self._file.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._file.close()
        self._raw.close()


def _had(key: str, rows: Iterable[Any]) -> Iterable[bytes]:
    return (line_of(key, [row[at] for at in range(6)]) for row in rows)


def _keep(draft: Path, path: Path) -> None:
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _utc(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


async def _allowed(month: date, pg: Pg, name: str, *args: object) -> None:
    try:
        await pg.fetch_value(SQL[name], month, *args)
    except PgError as error:
        if error.sqlstate != REFUSED:
            raise
        raise MonthKept(month, str(error)) from None
