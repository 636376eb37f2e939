"""Verify the ledger in PostgreSQL: SQL looks at all of it, ledger/verify.py at what SQL doubts.

Each page is judged set-wise where it lies; only what is not provably right comes over, and is
judged again in Python, which says what is wrong. Writers may go on: each page is one snapshot.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from operator import itemgetter
from uuid import UUID

import trio

from auctiond.pg.door import Pg, Row
from auctiond.pg.errors import PgError
from auctiond.pg.pages import Pages, work_off
from auctiond.pg.roles import AUDITOR
from auctiond.pg.sql_file import read_queries
from ledger.merkle import root
from ledger.seals import (
    Seals,
    count_problems,
    file_problems,
    month_problems,
    period_problems,
)
from ledger.verify import (
    EntryRow,
    Problem,
    TransferRow,
    column_problems,
    end_problems,
    entry_problems,
    transfer_problems,
)

SQL = read_queries("ledger_verify") | read_queries("ledger")
PAGE = 240_000  # Entries at once: a second's work, and the joins fit into memory.
PAGE_MOVES = 20_000  # For those there is more to join.
# Up to so many moves all are read for each page of entries, in order; beyond, each is looked up.
READ_ALL_MAX = 3_000_000
JUDGED = 5_000  # Moves that come over at once.
PROBLEMS_MAX = 1_000  # Whoever has more needs no longer list.
# A younger line may have come after the file was read.
NOTED_AGO = timedelta(minutes=2)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ENTRY = itemgetter(*range(len(EntryRow._fields)))  # The columns are in that order.
_TRANSFER = itemgetter(*range(len(TransferRow._fields)))
_DATA_FAULT = "22"  # The class of SQLSTATEs for values that are not what they should be.

NO_SEALS = Seals()  # Nobody looked for any; a file without a line is another thing.

Key = tuple[str, date, int]
FIRST: Key = ("", date(1, 1, 1), 0)
Progress = Callable[[str, int, int], None]  # What is read, how much so far, how much in all.


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was checked: of how many rows, and how long that took."""

    what: str
    rows: int
    took_s: float


@dataclass(frozen=True, slots=True)
class Report:
    problems: tuple[Problem, ...]
    accounts: int
    entries: int
    transfers: int
    lines: int
    seals: int
    took_s: float
    checked: tuple[Checked, ...] = ()
    kept_from: date | None = None  # The months before are in files, and no longer in the database.

    @property
    def ok(self) -> bool:
        return not self.problems


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""


async def verify(
    pg: Pg, seals: Seals = NO_SEALS, progress: Progress = no_progress, page: int = PAGE
) -> Report:
    """Verify the whole ledger, also against what was sealed, as the auditor."""
    async with AsyncExitStack() as stack:
        three = [await stack.enter_async_context(pg.held(AUDITOR)) for _ in range(3)]
        for one in three:
            await one.fetch(SQL["set"])
        return await Check(three, seals, progress, page).run()


@dataclass(slots=True)
class Check:
    """One run over the whole ledger, with three connections of its own."""

    pgs: list[Pg]
    seals: Seals
    progress: Progress
    page: int = PAGE
    problems: list[Problem] = field(default_factory=list)
    checked: list[Checked] = field(default_factory=list)
    accounts: int = 0
    entries: int = 0
    moves: int = 0
    lines: int = 0
    sizes: tuple[int, int] = (0, 0)  # About so many entries and moves.
    counted: bool = True  # Whether PostgreSQL knows that, too.
    kept_from: date | None = None
    sealed: _Sealed = field(init=False)

    async def run(self) -> Report:
        """Check everything, on three connections at a time."""
        start_s = time.monotonic()
        self.note(self.seals.problems)
        about = await self.pgs[0].fetch_row(SQL["about"])
        assert about is not None
        self.sizes, self.sealed = (about["entries"], about["transfers"]), _Sealed(self.seals)
        self.counted = about["counted"]
        await self._check_carried(self.pgs[0])
        entries = Pages(self._next_entries, self._check_entries)
        moves = Pages(self._next_moves, self._check_moves)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work_off, self.pgs[0], entries, moves)
            nursery.start_soon(work_off, self.pgs[1], moves, entries)
            nursery.start_soon(self._check_whole, self.pgs[2])
        await self._check_ends(self.pgs[0])
        self.checked += [
            Checked("chains of entries", self.entries, entries.took_s),
            Checked("moves, their entries and lines", self.moves, moves.took_s),
        ]
        return Report(
            problems=tuple(sorted(self.problems, key=lambda one: one.place)),
            accounts=self.accounts,
            entries=self.entries,
            transfers=self.moves,
            lines=self.lines,
            seals=self.seals.lines,
            took_s=time.monotonic() - start_s,
            checked=tuple(self.checked),
            kept_from=self.kept_from,
        )

    def note(self, problems: Iterable[Problem]) -> None:
        """Keep what was found, up to a limit."""
        self.problems += islice(problems, PROBLEMS_MAX - len(self.problems))

    def _done(self, what: str, rows: int, since_s: float) -> None:
        self.checked.append(Checked(what, rows, time.monotonic() - since_s))

    async def _next_entries(self, pg: Pg, page: Row | None) -> Row | None:
        after = _key(page) if page else FIRST
        return await pg.fetch_row(SQL["entries_page"], *after, self.page)

    async def _check_entries(self, pg: Pg, before: Row | None, page: Row) -> None:
        """Follow the chains of a page of accounts, against what was sealed of them."""
        after, end = _key(before) if before else FIRST, _key(page)
        heads = self.sealed.between(after[0], end[0])
        await self._look_up(pg, self.sizes[1] > READ_ALL_MAX)
        rows = await pg.fetch(SQL["entries_wrong"], *after, *end, *heads, PROBLEMS_MAX)
        await self._look_up(pg, True)
        for row in rows:
            self.note(entry_problems(EntryRow._make(_ENTRY(row))))
        self.entries += page["entries"]
        self.accounts += page["accounts"]
        self.progress("entries", self.entries, self.sizes[0])

    async def _check_ends(self, pg: Pg) -> None:
        ends = await pg.fetch(SQL["ends"], list(self.sealed.last))
        self.note(end_problems(self.sealed.last, {row["account"]: row["seq"] for row in ends}))

    async def _next_moves(self, pg: Pg, page: Row | None) -> Row | None:
        after = page["id"] if page else UUID(int=0)
        return await pg.fetch_row(SQL["moves_page"], after, min(self.page, PAGE_MOVES))

    async def _check_moves(self, pg: Pg, before: Row | None, page: Row) -> None:
        """Hold each move of a page against its body, its rules, and all that belongs to it."""
        after = before["id"] if before else UUID(int=0)
        for ids in _portions(await self._doubted(pg, after, page["id"])):
            for row in await pg.fetch(SQL["moves_by_id"], ids):
                self.note(transfer_problems(TransferRow._make(_TRANSFER(row))))
        self.moves += page["n"]
        self.progress("moves", self.moves, self.sizes[1])

    async def _doubted(self, pg: Pg, last: UUID, end: UUID) -> list[UUID]:
        # What it takes for empty, it would compare each with each: eighty times as long.
        await self._look_up(pg, self.counted)
        try:
            rows = await pg.fetch(SQL["moves_wrong"], last, end)
        except PgError as error:
            if not error.sqlstate.startswith(_DATA_FAULT):
                raise
            rows = await pg.fetch(SQL["moves_between"], last, end)
        await self._look_up(pg, True)
        return sorted({row["id"] for row in rows})

    async def _look_up(self, pg: Pg, may: bool) -> None:
        await pg.fetch(SQL["look_up"], "on" if may else "off")

    async def _check_whole(self, pg: Pg) -> None:
        """Check what is true of the ledger as a whole."""
        sizes = await pg.fetch_row(SQL["sizes"])
        assert sizes is not None
        self.lines = sizes["lines"]
        for name, what, rows in (
            ("guards", "guards of the tables", sizes["tables"]),
            ("twice_held", "open holds", sizes["open_holds"]),
            ("held_differently", "sums of open holds", sizes["open_holds"]),
            ("unit_sums", "sums of all units", sizes["entries"] + sizes["lines"]),
            ("orphans", "rows that belong together", sizes["lines"] + sizes["refs"]),
            ("too_much_back", "what was taken back", sizes["reversals"]),
        ):
            start_s = time.monotonic()
            found = await pg.fetch(SQL[name])
            self.note(Problem(row["place"], row["what"]) for row in found)
            self._done(what, rows, start_s)
        start_s = time.monotonic()
        columns = [row["name"] for row in await pg.fetch(SQL["columns"])]
        self.note(column_problems(columns))
        self._done("columns, for personal data", len(columns), start_s)
        await self._check_seals(pg)

    async def _check_carried(self, pg: Pg) -> None:
        """Compare what was carried over with what the months that were put away ended with."""
        start_s = time.monotonic()
        if row := await pg.fetch_row(SQL["carried"]):
            self.kept_from = row["kept_from"]
            if row["is_now"] != row["closing"]:
                what = "what was carried over is not what the months put away ended with"
                self.note([Problem(f"{self.kept_from:%Y-%m}", what)])
            self._done("what was carried over", 1, start_s)

    async def _check_seals(self, pg: Pg) -> None:
        """Compare what was sealed: the file itself, counts of months, roots over periods."""
        start_s = time.monotonic()
        noted = await pg.fetch_row(SQL["noted_seal"], NOTED_AGO)
        if noted is not None and self.seals is not NO_SEALS:
            self.note(file_problems(self.seals, noted["no"], noted["hash"]))
        kept_from = datetime.combine(self.kept_from or date(1970, 1, 1), datetime.min.time(), UTC)
        for period in self.seals.periods:
            if period.until <= kept_from:
                continue  # Its moves are in a file, and it with them.
            blocks = await pg.fetch(SQL["blocks"], period.since, period.until)
            now = root([row["hash"] for row in blocks])
            self.note(period_problems(period, sum(row["moves"] for row in blocks), now))
        rows = await pg.fetch(SQL["transfer_counts"], EARLIEST)
        counts = {row["month"]: row["transfers"] for row in rows}
        self.note(count_problems(self.seals, counts, f"{kept_from:%Y-%m}"))
        rows = await pg.fetch(SQL["exports"])
        files = {row["sha256"]: (f"{row['month']:%Y-%m}", row["closing"]) for row in rows}
        self.note(month_problems(self.seals, files))
        self._done("seals", self.seals.lines, start_s)


def _key(page: Row) -> Key:
    return page["account"], page["month"], page["seq"]


class _Sealed:
    """What was sealed, by account in order, so that each page is given its own part."""

    def __init__(self, seals: Seals) -> None:
        self.last = {account: max(heads) for account, heads in seals.heads.items()}
        self._heads = seals.heads
        self._names = sorted(seals.heads)

    def between(self, first: str, last: str) -> tuple[list[str], list[int], list[str]]:
        """Return accounts, seqs and hashes of the accounts from `first` to `last`."""
        found = [
            (name, seq, hash_)
            for name in self._names
            if first <= name <= last
            for seq, hash_ in self._heads[name].items()
        ]
        return [one[0] for one in found], [one[1] for one in found], [one[2] for one in found]


def _portions(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[at : at + JUDGED] for at in range(0, len(ids), JUDGED))
