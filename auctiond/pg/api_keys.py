"""API keys: a hash of the secret, what it may do, and whether it was revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from auctiond.pg.door import Pg, Row
from auctiond.pg.errors import PgError
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("api_keys")


class KeyExists(Exception):
    """A key of that id is there already."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    name: str
    hash: bytes
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def add(self, id_: str, name: str, hash_: bytes, scopes: Sequence[str]) -> None:
        """Add a key. Raises KeyExists."""
        try:
            await self._pg.execute(_SQL["add"], id_, name, hash_, sorted(scopes))
        except PgError as error:
            if error.constraint != "api_key_pkey":
                raise
            raise KeyExists(id_) from None

    async def find(self, id_: str) -> ApiKey | None:
        """Return a key, or None: unknown or revoked."""
        row = await self._pg.fetch_row(_SQL["find"], id_)
        if row is None or row["revoked_at"] is not None:
            return None
        return _key(row)

    async def revoke(self, id_: str) -> bool:
        """Revoke a key for good. False: there was none to revoke."""
        return await self._pg.fetch_value(_SQL["revoke"], id_) is not None

    async def list(self) -> list[ApiKey]:
        """Return all keys, oldest first, the revoked ones too."""
        return [_key(row) for row in await self._pg.fetch(_SQL["list"])]


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        hash=row["hash"],
        scopes=frozenset(row["scopes"]),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
    )
