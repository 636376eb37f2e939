"""What was told about a caller, to whom and when: names of fields, never values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("disclosures")


@dataclass(frozen=True, slots=True)
class Disclosure:
    call_id: UUID
    leg: int
    target: str
    buyer: str
    fields: tuple[str, ...]
    moment: str  # At which step: "confirm", "post", ... One for each step of a leg.
    at: datetime


class Disclosures:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def add(self, told: Disclosure) -> bool:
        """Record a disclosure for good. False: it was made before, and may not be made again."""
        new = await self._pg.fetch_value(
            _SQL["add"],
            told.call_id,
            told.leg,
            told.target,
            told.buyer,
            list(told.fields),
            told.moment,
            told.at,
        )
        return new is True

    async def of_call(self, call_id: UUID) -> list[Disclosure]:
        """Return a call's disclosures in order of time."""
        return [
            Disclosure(
                call_id=row["call_id"],
                leg=row["leg"],
                target=row["target"],
                buyer=row["buyer"],
                fields=tuple(row["fields"]),
                moment=row["moment"],
                at=row["at"],
            )
            for row in await self._pg.fetch(_SQL["of_call"], call_id)
        ]
