"""Seal the ledger: note its newest entries in a file that the database cannot reach.

Every minute the newest entries, every hour a signed root over all moves; each line is noted in
the database once it is in the file. Keep the file on another disk, or better another machine:
whoever can change both can lie.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.config import Settings
from auctiond.keys.seal_key import open_seal_key
from auctiond.logs import Log
from auctiond.pg.door import Pg
from auctiond.pg.errors import PgAway
from auctiond.pg.sql_file import read_queries
from ledger.merkle import Period, root, signed
from ledger.seals import Heads, Seals, hour_line, line_hash, month_line, read_seals, seal_line

SQL = read_queries("ledger")
KEY_NAME = "seal.key"  # In the data folder. Made at the first start.
EVERY_S = 60.0  # What can be cut off unseen is what was written since.
# An entry's time is taken before its commit, so look back as far as a commit may have taken.
OVERLAP = timedelta(minutes=5)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Sealer:
    """Appends to one seal file. Only one may do so at a time."""

    def __init__(self, pg: Pg, path: Path, key: Ed25519PrivateKey | None = None) -> None:
        self._log = Log("seal")
        self._pg = pg
        self._path = path
        self._key = key
        seals = read_seal_file(path)
        self._last, self._lines = seals.last, seals.lines
        self._until = seals.until or EARLIEST
        self._months = set(seals.months)
        self._since = seals.at or EARLIEST
        self._sealed: Heads = {}  # By the last line: what did not change since is not repeated.

    async def run(self) -> None:
        """Seal every minute, until cancelled. What cannot be sealed now is sealed later."""
        while True:
            await self.try_to_seal()
            await trio.sleep(EVERY_S)

    async def try_to_seal(self) -> None:
        """Seal, or tell the log why not."""
        try:
            await self.seal()
            await self.seal_hours()
            await self.seal_months()
        except (PgAway, OSError) as error:
            self._log.warning("seal.put_off", reason=type(error).__name__)

    async def seal(self) -> int:
        """Append the accounts that changed since the last line. Returns how many."""
        since = self._since - OVERLAP if self._since > EARLIEST else EARLIEST
        rows = await self._pg.fetch(SQL["heads"], since)
        heads = {row["account"]: (row["seq"], row["hash"]) for row in rows}
        changed = {name: head for name, head in heads.items() if self._sealed.get(name) != head}
        if not changed:
            return 0
        counts = await self._pg.fetch(SQL["transfer_counts"], since)
        transfers = {row["month"]: row["transfers"] for row in counts if row["transfers"]}
        at: datetime = rows[0]["looked_at"]
        await self._write(seal_line(at, changed, transfers, self._last))
        self._since, self._sealed = at, heads
        return len(changed)

    async def seal_hours(self) -> int:
        """Sign all moves from the last signed one to the end of the last hour. Returns how many."""
        if self._key is None:
            return 0
        now: datetime = await self._pg.fetch_value(SQL["now"])
        end = (now - OVERLAP).replace(minute=0, second=0, microsecond=0)
        total = 0
        while until := await self._next_end(end):
            blocks = await self._pg.fetch(SQL["blocks"], self._until, until)
            moves: int = sum(row["moves"] for row in blocks)
            period = Period(self._until, until, moves, root([row["hash"] for row in blocks]))
            await self._write(hour_line(now, signed(period, self._key), self._last), until)
            self._until = until
            total += moves
        return total

    async def _next_end(self, end: datetime) -> datetime | None:
        """Return until when to sign: not over the end of a month, which may be put away."""
        if end <= self._until:
            return None
        first: datetime | None = await self._pg.fetch_value(SQL["first_move"], self._until, end)
        return min(end, next_month(first)) if first else None

    async def seal_months(self) -> None:
        """Note the files of months that are not noted yet."""
        now: datetime = await self._pg.fetch_value(SQL["now"])
        for row in await self._pg.fetch(SQL["exports"]):
            month, sha256, closing = f"{row['month']:%Y-%m}", row["sha256"], row["closing"]
            if sha256 not in self._months:
                await self._write(month_line(now, month, sha256, closing, self._last))
                self._months.add(sha256)

    async def _write(self, line: bytes, until: datetime | None = None) -> None:
        """Append a line, then note it in the database: never the other way round."""
        await trio.to_thread.run_sync(_append, self._path, line)
        self._last, self._lines = line_hash(line), self._lines + 1
        await self._pg.execute(SQL["note_seal"], self._lines, bytes.fromhex(self._last), until)


def next_month(at: datetime) -> datetime:
    """Return the beginning of the next month."""
    first = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def make_sealer(pg: Pg, settings: Settings) -> Sealer:
    """Return the sealer of the settings; the key is made at the first start."""
    return Sealer(pg, settings.seal_path, open_seal_key(settings.data_dir / KEY_NAME))


def read_seal_file(path: Path) -> Seals:
    """Return what the file says; a file that is not there yet says nothing.

    The last line, if it has no end, was never wholly written and is passed over.
    """
    if not path.exists():
        return Seals()
    with path.open("rb") as file:
        return read_seals(_whole(file))


def _whole(lines: Iterable[bytes]) -> Iterable[bytes]:
    return (line for line in lines if line.endswith(b"\n"))


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.ftruncate(file, _whole_length(path))
        os.lseek(file, 0, os.SEEK_END)
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)


def _whole_length(path: Path) -> int:
    """Return the length without a last line that has no end."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        while size > 0:
            file.seek(size - 1)
            if file.read(1) == b"\n":
                break
            size -= 1
    return size
