"""Verify the ledger in PostgreSQL: read all of it in pages, and let ledger/verify.py judge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from operator import itemgetter
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries
from ledger.seals import Seals, count_problems
from ledger.verify import Chains, EntryRow, Problem, TransferRow, sums_problems, transfer_problems

SQL = read_queries("ledger")
PAGE = 10_000  # Rows at once: some megabytes, and a fraction of a second between two steps.
PROBLEMS_MAX = 1_000  # Whoever has more needs no longer list.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_ENTRY = itemgetter(*range(len(EntryRow._fields)))  # The columns are in that order.
_TRANSFER = itemgetter(*range(len(TransferRow._fields)))

Progress = Callable[[str, int, int], None]  # What is read, how much so far, how much in all.


@dataclass(frozen=True, slots=True)
class Report:
    problems: tuple[Problem, ...]
    accounts: int
    entries: int
    transfers: int
    lines: int
    seals: int
    took_s: float

    @property
    def ok(self) -> bool:
        return not self.problems


class Check:
    """One run over the whole ledger. Writers may go on: each step sees one snapshot."""

    def __init__(self, pg: Pg, seals: Seals, progress: Progress, page: int = PAGE) -> None:
        self._pg = pg
        self._seals = seals
        self._progress = progress
        self._page = page
        self._problems: list[Problem] = list(seals.problems[:PROBLEMS_MAX])
        self._chains = Chains(seals.heads)
        self._transfers = 0

    async def run(self) -> Report:
        """Read and judge everything."""
        start_s = time.monotonic()
        sizes = await self._pg.fetch_row(SQL["sizes"])
        assert sizes is not None
        await self._check_entries(sizes["entries"])
        await self._check_transfers(sizes["transfers"])
        await self._check_sums()
        return Report(
            problems=tuple(self._problems),
            accounts=self._chains.accounts,
            entries=self._chains.entries,
            transfers=self._transfers,
            lines=sizes["lines"],
            seals=self._seals.lines,
            took_s=time.monotonic() - start_s,
        )

    async def _check_entries(self, total: int) -> None:
        account, month, seq = "", date(1, 1, 1), 0
        while True:
            rows = await self._pg.fetch(SQL["entries_after"], account, month, seq, self._page)
            for row in rows:
                self._note(self._chains.feed(EntryRow._make(_ENTRY(row))))
            self._progress("entries", self._chains.entries, total)
            if len(rows) < self._page:
                break
            account, month, seq = rows[-1]["account"], rows[-1]["month"], rows[-1]["seq"]
        self._note(self._chains.finish())

    async def _check_transfers(self, total: int) -> None:
        last = UUID(int=0)
        while True:
            rows = await self._pg.fetch(SQL["transfers_after"], last, self._page)
            for row in rows:
                self._note(transfer_problems(TransferRow._make(_TRANSFER(row))))
            self._transfers += len(rows)
            self._progress("moves", self._transfers, total)
            if len(rows) < self._page:
                break
            last = rows[-1]["id"]

    async def _check_sums(self) -> None:
        held = [
            (row["account"], row["held"], row["amount"])
            for row in await self._pg.fetch(SQL["held_differently"])
        ]
        units = [(row["unit"], row["amount"]) for row in await self._pg.fetch(SQL["unit_sums"])]
        orphans = [(row["place"], row["what"]) for row in await self._pg.fetch(SQL["orphans"])]
        self._note(sums_problems(held, units, orphans))
        if self._seals.transfers:
            self._note(count_problems(self._seals, await self._counts()))

    def _note(self, problems: Iterable[Problem]) -> None:
        self._problems += islice(problems, PROBLEMS_MAX - len(self._problems))

    async def _counts(self) -> dict[str, int]:
        rows = await self._pg.fetch(SQL["transfer_counts"], EARLIEST)
        return {row["month"]: row["transfers"] for row in rows}


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Say nothing."""


NO_SEALS = Seals()


async def verify(pg: Pg, seals: Seals = NO_SEALS, progress: Progress = no_progress) -> Report:
    """Verify the whole ledger, also against what was sealed."""
    return await Check(pg, seals, progress).run()
