"""What was prepared to come into force, and who did what to the network. Texts are sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auctiond.pg.door import Pg, Row
from auctiond.pg.networks import Sealing
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("network_acts")


@dataclass(frozen=True, slots=True)
class Stage:
    no: int
    staged_at: datetime
    staged_by: str
    based_on: int  # The version in force that its author saw.
    toml: str
    note: str
    changes: tuple[str, ...]
    due: datetime | None = None  # When it is to come into force; None: when somebody says so.
    due_by: str = ""  # Who said so.


@dataclass(frozen=True, slots=True)
class ActRow:
    no: int
    at: datetime
    act: str
    by: str
    version: int | None
    stage: int | None
    due: datetime | None
    note: str
    changes: tuple[str, ...]


class NetworkStages:
    def __init__(self, pg: Pg, sealing: Sealing) -> None:
        self._pg = pg
        self._sealing = sealing

    async def add(
        self, toml: str, by: str, based_on: int, note: str, changes: Sequence[str]
    ) -> int:
        """Put a text beside the network in force, in place of what was there; return its number."""
        while True:  # Two at once: the second gets the next number.
            no: int = await self._pg.fetch_value(_SQL["next_stage"])
            sealed = self._sealing.seal_network(_place(no), toml)
            args = (no, by, based_on, sealed, note, list(changes))
            if await self._pg.fetch_value(_SQL["stage"], *args) is not None:
                return no

    async def current(self) -> Stage | None:
        """Return what is staged now, or None."""
        row = await self._pg.fetch_row(_SQL["staged"])
        return None if row is None else self._stage(row)

    async def schedule(self, stage: int, by: str, due: datetime, note: str = "") -> None:
        """Note when a stage is to come into force."""
        await self._pg.execute(_SQL["note"], "scheduled", by, stage, due, note)

    async def drop(self, stage: int, by: str, note: str = "") -> None:
        """Note that a stage will not come into force."""
        await self._pg.execute(_SQL["note"], "dropped", by, stage, None, note)

    async def failed(self, stage: int, by: str, why: str) -> None:
        """Note that a stage could not come into force when it was due; it is due no longer."""
        await self._pg.execute(_SQL["note"], "failed", by, stage, None, why)

    async def acts(self, limit: int) -> list[ActRow]:
        """Return who did what, newest first."""
        return [_act(row) for row in await self._pg.fetch(_SQL["acts"], limit)]

    def _stage(self, row: Row) -> Stage:
        is_due = row["last_act"] == "scheduled"
        return Stage(
            no=row["no"],
            staged_at=row["staged_at"],
            staged_by=row["staged_by"],
            based_on=row["based_on"],
            toml=self._sealing.open_network(_place(row["no"]), row["sealed"]),
            note=row["note"],
            changes=tuple(row["changes"]),
            due=row["due"] if is_due else None,
            due_by=row["last_by"] if is_due else "",
        )


def _place(no: int) -> str:
    return f"stage {no}"


def _act(row: Row) -> ActRow:
    return ActRow(
        no=row["no"],
        at=row["at"],
        act=row["act"],
        by=row["by"],
        version=row["version"],
        stage=row["stage"],
        due=row["due"],
        note=row["note"],
        changes=tuple(row["changes"]),
    )
