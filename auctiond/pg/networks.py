"""The versions of the network that were ever in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from auctiond.pg.door import Pg, Row
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("networks")


class NetworkMoved(Exception):
    """Somebody else applied a network meanwhile; look at theirs, and apply yours on top."""

    def __init__(self, expected_no: int) -> None:
        super().__init__(
            f"the network is no longer at version {expected_no}: another one was applied "
            "meanwhile; compare with it and apply again"
        )


@dataclass(frozen=True, slots=True)
class NetworkVersion:
    no: int
    applied_at: datetime
    applied_by: str
    digest: bytes  # SHA-256 of the text.
    toml: str  # Empty in a list.


class Networks:
    def __init__(self, pg: Pg) -> None:
        self._pg = pg

    async def latest(self) -> NetworkVersion | None:
        """Return the version in force, or None before the first."""
        row = await self._pg.fetch_row(_SQL["latest"])
        return None if row is None else _version(row)

    async def get(self, no: int) -> NetworkVersion | None:
        """Return a version, or None."""
        row = await self._pg.fetch_row(_SQL["get"], no)
        return None if row is None else _version(row)

    async def list(self, limit: int) -> list[NetworkVersion]:
        """Return the newest versions, newest first, without their text."""
        return [_version(row) for row in await self._pg.fetch(_SQL["list"], limit)]

    async def add(self, toml: str, by: str, expected_no: int) -> int:
        """Put a network in force after version `expected_no` (0: the first); return its number."""
        digest = sha256(toml.encode()).digest()
        no: int | None = await self._pg.fetch_value(_SQL["add"], expected_no, by, digest, toml)
        if no is None:
            raise NetworkMoved(expected_no)
        return no


def _version(row: Row) -> NetworkVersion:
    return NetworkVersion(
        row["no"], row["applied_at"], row["applied_by"], row["digest"], row["toml"]
    )
