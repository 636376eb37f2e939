"""What happened to targets by themselves or by hand: unanswered calls, pauses, resumptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("target_events")
Kind = Literal["unanswered", "paused", "resumed"]


@dataclass(frozen=True, slots=True)
class TargetEvent:
    """`id` is made from what happened, so the same event counts once, however often it is told."""

    id: UUID
    target: str
    kind: Kind
    at_ms: int
    until_ms: int | None = None  # Of a pause; None: until it is resumed.
    by: str = ""  # The id of the key that resumed it.


class TargetEvents:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def add(self, event: TargetEvent) -> None:
        """Put an event on record for good."""
        await self._pg.execute(
            _SQL["add"],
            event.id,
            event.target,
            event.kind,
            event.at_ms,
            event.until_ms,
            event.by,
        )

    async def since(self, at_ms: int) -> list[TargetEvent]:
        """Return what happened since, and each target's last pause or resumption, in order."""
        return [
            TargetEvent(
                id=row["id"],
                target=row["target"],
                kind=row["kind"],
                at_ms=row["at_ms"],
                until_ms=row["until_ms"],
                by=row["done_by"],
            )
            for row in await self._pg.fetch(_SQL["since"], at_ms)
        ]
