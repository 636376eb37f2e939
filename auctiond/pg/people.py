"""Persons, sealed: erasing the key erases the person, in backups too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("people")


@dataclass(frozen=True, slots=True)
class Person:
    """Written together with a call, by Calls.open_call."""

    person_id: UUID
    wrapped_key: bytes
    fields: Mapping[str, bytes]  # Each sealed with the key that is wrapped.


class People:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def get(self, person_id: UUID) -> Person | None:
        """Return a person, or None: unknown, or erased."""
        wrapped_key = await self._pg.fetch_value(_SQL["key"], person_id)
        if wrapped_key is None:
            return None
        rows = await self._pg.fetch(_SQL["fields"], person_id)
        return Person(person_id, wrapped_key, {row["field"]: row["sealed"] for row in rows})

    async def add(self, person_id: UUID, fields: Mapping[str, bytes]) -> None:
        """Add sealed fields to a person; nothing, if it was erased."""
        await self._pg.execute(_SQL["add"], person_id, list(fields), list(fields.values()))

    async def erase(self, person_id: UUID) -> bool:
        """Delete a person's key, fields and blind indexes. False: there was nobody."""
        found: bool = await self._pg.fetch_value(_SQL["erase"], person_id)
        return found
