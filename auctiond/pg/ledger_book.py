"""The ledger in PostgreSQL: moves go in through a group writer, balances come out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import trio

from auctiond.pg.door import Pg, Row, Step
from auctiond.pg.group import GroupWriter
from auctiond.pg.ledger_check import NO_SEALS, Progress, Report, no_progress, verify
from auctiond.pg.ledger_reply import Reply, refusal, refusing
from auctiond.pg.sql_file import read_queries
from ledger.body import body, read_body
from ledger.checks import check
from ledger.moves import Hold, Move, Release, TopUp, release_for
from ledger.seals import Seals

SQL = read_queries("ledger")
OPEN_WITHIN = timedelta(days=31)  # Longer than any call; a person settles what is older.
STATEMENT_ROWS = 10_000  # More is a report, not a page to read.
# From one group of moves to the next. Most of what a small one costs is alike for a large one.
PAUSE_S = 0.01
MONTHS_AHEAD = 3  # Time enough to notice that nobody lays out new ones.


@dataclass(frozen=True, slots=True)
class Applied:
    """`new`: False when the very same move was there. `balances`: (posted, held) after it."""

    new: bool
    balances: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class OpenHold:
    hold: Hold
    at: datetime
    age_s: float


@dataclass(frozen=True, slots=True)
class StatementLine:
    at: datetime
    kind: str
    transfer_id: UUID
    call_id: UUID | None
    ref: str
    posted_change: int
    held_change: int
    posted: int | None  # After it; None on accounts without bounds.
    held: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    captured: int
    payout: int
    margin: int
    entries: int
    open_holds: int


class LedgerWriter:
    """The `write` of a group writer: many moves, one statement, one commit."""

    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def __call__(self, moves: list[Move]) -> list[Reply]:
        """Apply `moves` in order, and return what became of each."""
        row = await self._pg.fetch_row(SQL["apply"], [body(move).decode() for move in moves])
        assert row is not None
        balances: list[dict[str, tuple[int, int]]] = [{} for _ in moves]
        entries = (row["entry_item"], row["entry_account"], row["entry_posted"], row["entry_held"])
        for item, account, posted, held in zip(*(each or () for each in entries), strict=True):
            balances[item - 1][account] = (posted, held)
        return [
            Reply(code, account or "", after)
            for code, account, after in zip(row["codes"], row["details"], balances, strict=True)
        ]


class PgBook:
    """The ledger. Refusals are the LedgerErrors of ledger/refusals.py.

    Money that is no sale is a `Booking`: give it an id made from what it is for (`id_for`), so that
    a retry counts once, and a `ref` if it is an event outside. `apply` is the way for most; what
    must be on record with other rows or not at all goes through `apply_with`, or calls the SQL
    function `ledger_must` with the move's body from a function of its own.
    """

    def __init__(self, pg: Pg, writer: GroupWriter[Move, Reply]) -> None:
        self._pg = pg
        self._writer = writer

    async def apply(self, move: Move) -> Applied:
        """Record `move` for good, whole, or raise a LedgerError and record nothing.

        Once it was sent it is recorded even if the caller is cancelled; its id tells later.
        """
        check(move)
        reply = await self._writer.submit(move)
        if reply.code in ("new", "same"):
            return Applied(reply.code == "new", reply.balances)
        raise refusal(reply, move)

    async def apply_with(self, move: Move, *steps: Step) -> None:
        """Record `move` and run `steps` in one transaction, or do nothing of either.

        Raises a LedgerError if the move is refused. If the very same was there, the steps run all
        the same: they must be safe to repeat. Waits for no group, and holds up nobody's.
        """
        check(move)
        with refusing(move):
            await self._pg.run_together(*steps, (SQL["must"], (body(move).decode(),)))

    async def pay_in(self, move: TopUp, *steps: Step) -> list[Any]:
        """Record a top-up with the notice of it, and run `steps`, in one transaction.

        Returns what each step returned, and last whether the payment is new. Raises a LedgerError
        if it is refused: then nothing of it is done.
        """
        check(move)
        with refusing(move):
            paid = (SQL["pay_in"], (body(move).decode(),))
            return await self._pg.fetch_together(*steps, paid)

    async def replace(self, end: Release, hold: Hold) -> Applied:
        """End one hold and make another in its place, in one transaction. Raises LedgerError.

        Not through the group writer, which may cut between the two. If the first was ended by
        somebody else meanwhile, the second is not kept.
        """
        ended, made = await LedgerWriter(self._pg)([end, hold])
        if made.code not in ("new", "same"):
            raise refusal(made, hold)
        if ended.code not in ("new", "same"):
            await self.apply(release_for(hold))
            raise refusal(ended, end)
        return Applied(made.code == "new", {**ended.balances, **made.balances})

    async def make_months(self) -> int:
        """Lay out the coming months. Returns how many were missing."""
        return int(await self._pg.fetch_value(SQL["make_months"], MONTHS_AHEAD))

    async def balances(self, prefix: str = "") -> dict[str, tuple[int, int]]:
        """Return (posted, held) of the bounded accounts whose names begin with `prefix`."""
        return await read_balances(self._pg, prefix)

    async def sums(self) -> dict[str, int]:
        """Return what each account without bounds was given."""
        return {row["account"]: row["amount"] for row in await self._pg.fetch(SQL["sums"])}

    async def open_holds(
        self, older_than: timedelta = timedelta(0), within: timedelta = OPEN_WITHIN
    ) -> list[OpenHold]:
        """Return the holds that did not end, of calls not older than `within`, oldest first."""
        rows = await self._pg.fetch(SQL["open_holds"], older_than, within)
        return [open_hold(row) for row in rows]

    async def count_open_holds(self) -> int:
        """Return how many holds of calls of the last month have not ended."""
        return int(await self._pg.fetch_value(SQL["open_hold_count"], OPEN_WITHIN))

    async def statement(
        self, account: str, since: datetime, until: datetime, rows_max: int = STATEMENT_ROWS
    ) -> list[StatementLine]:
        """Return what changed `account` from `since` up to `until`, oldest first."""
        return await read_statement(self._pg, account, since, until, rows_max)

    async def totals(self) -> Totals:
        """Return the ledger in five numbers."""
        row = await self._pg.fetch_row(SQL["totals"])
        assert row is not None
        payout, margin = row["payout"], row["margin"]
        return Totals(payout + margin, payout, margin, row["entries"], row["open_holds"])

    async def verify(self, progress: Progress = no_progress, seals: Seals = NO_SEALS) -> Report:
        """Read the whole ledger, and report all that is not as its moves made it."""
        return await verify(self._pg, seals, progress)


@asynccontextmanager
async def open_book(pg: Pg) -> AsyncIterator[PgBook]:
    """Open the ledger with a connection and a writer of its own, and see that months are there."""
    async with pg.held() as own, trio.open_nursery() as nursery:
        writer = GroupWriter[Move, Reply](LedgerWriter(own), pause_s=PAUSE_S)
        nursery.start_soon(writer.run)
        book = PgBook(pg, writer)
        await book.make_months()
        yield book
        nursery.cancel_scope.cancel()


async def read_balances(pg: Pg, prefix: str = "") -> dict[str, tuple[int, int]]:
    """Return (posted, held) of the bounded accounts whose names begin with `prefix`."""
    rows = await pg.fetch(SQL["balances"], prefix)
    return {row["account"]: (row["posted"], row["held"]) for row in rows}


async def read_statement(
    pg: Pg, account: str, since: datetime, until: datetime, rows_max: int = STATEMENT_ROWS
) -> list[StatementLine]:
    """Return what changed `account` from `since` up to `until`, oldest first."""
    rows = await pg.fetch(SQL["statement"], account, since, until, rows_max)
    return [_statement_line(row) for row in rows]


def open_hold(row: Row) -> OpenHold:
    """Return the hold that a row of the ledger is."""
    hold = read_body(row["body"])
    assert isinstance(hold, Hold)
    return OpenHold(hold, row["at"], row["age_s"])


def _statement_line(row: Row) -> StatementLine:
    return StatementLine(
        at=row["at"],
        kind=row["kind"],
        transfer_id=row["transfer_id"],
        call_id=row["call_id"],
        ref=row["ref"] or "",
        posted_change=row["posted_change"],
        held_change=row["held_change"],
        posted=row["posted"],
        held=row["held"],
        reason=row["reason"] or "",
    )
