"""What comparing the processor's books with ours came to, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries
from billing.reconcile import Difference, Entry

_SQL = read_queries("reconciliations")


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`fees` and `payouts` are micros."""

    day: date
    run_ms: int
    by: str
    compared: int
    fees: int
    payouts: int
    differences: tuple[Difference, ...]
    no: int = 0


class Reconciliations:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def note(self, done: Reconciliation) -> int:
        """Keep a run for good; return its number."""
        told = [[d.ref, d.kind, d.theirs, d.ours] for d in done.differences]
        args = (done.day, done.run_ms, done.by, done.compared, done.fees, done.payouts)
        no: int = await self._pg.fetch_value(_SQL["note"], *args, orjson.dumps(told).decode())
        return no

    async def moves(self, account: str, since: datetime, until: datetime) -> list[Entry]:
        """Return what our ledger says of an account at the processor."""
        rows = await self._pg.fetch(_SQL["moves"], account, since, until)
        return [Entry(r["ref"], r["kind"], r["amount"], int(r["at"].timestamp())) for r in rows]

    async def recent(self, limit: int) -> list[Reconciliation]:
        """Return the newest runs, newest first."""
        return [
            Reconciliation(
                row["day"],
                row["run_ms"],
                row["by"],
                row["compared"],
                row["fees"],
                row["payouts"],
                _differences(orjson.loads(row["differences"])),
                row["no"],
            )
            for row in await self._pg.fetch(_SQL["recent"], limit)
        ]

    async def done(self, since: date) -> set[date]:
        """Return the days since then that were compared."""
        return {row["day"] for row in await self._pg.fetch(_SQL["done"], since)}


def _differences(told: Sequence[Sequence[object]]) -> tuple[Difference, ...]:
    return tuple(Difference(*each) for each in told)  # type: ignore[arg-type]
