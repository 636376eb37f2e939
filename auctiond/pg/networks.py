"""The versions of the network that were ever in force; sealed, because they name callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

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


class Sealing(Protocol):
    """The vault, as far as networks need it. `key` is the place of a text, and of no other."""

    def seal_network(self, key: str, text: str) -> bytes: ...
    def open_network(self, key: str, sealed: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class NetworkVersion:
    no: int
    applied_at: datetime
    applied_by: str
    toml: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in a list: how it came into force, and why."""

    no: int
    applied_at: datetime
    applied_by: str
    act: str  # "applied" or "rolled_back".
    note: str
    changes: int  # How many lines its diff to the one before has.


@dataclass(frozen=True, slots=True)
class Act:
    """How a network comes into force: by whom, from which stage if any, and why."""

    by: str
    kind: str = "applied"
    stage: int | None = None
    note: str = ""
    changes: tuple[str, ...] = ()


class Networks:
    def __init__(self, pg: Pg, sealing: Sealing) -> None:
        self._pg = pg
        self._sealing = sealing

    async def latest(self) -> NetworkVersion | None:
        """Return the version in force, or None before the first."""
        row = await self._pg.fetch_row(_SQL["latest"])
        return None if row is None else self._version(row)

    async def number(self) -> int:
        """Return the number of the version in force; 0 before the first."""
        return int(await self._pg.fetch_value(_SQL["number"]))

    async def get(self, no: int) -> NetworkVersion | None:
        """Return a version, or None."""
        row = await self._pg.fetch_row(_SQL["get"], no)
        return None if row is None else self._version(row)

    async def list(self, limit: int) -> list[VersionLine]:
        """Return the newest versions, newest first."""
        return [_line(row) for row in await self._pg.fetch(_SQL["list"], limit)]

    async def add(self, toml: str, expected_no: int, act: Act) -> int:
        """Put a network in force after version `expected_no` (0: the first); return its number."""
        sealed = self._sealing.seal_network(str(expected_no + 1), toml)
        told = (act.kind, act.stage, act.note, list(act.changes))
        no: int | None = await self._pg.fetch_value(_SQL["add"], expected_no, act.by, sealed, *told)
        if no is None:
            raise NetworkMoved(expected_no)
        return no

    async def seal_plain(self) -> int:
        """Seal what an earlier release stored in plain; return how many versions that were."""
        if not await self._pg.fetch_value(_SQL["is_plain"]):
            return 0
        rows = await self._pg.fetch(_SQL["plain"])
        sealed = [self._sealing.seal_network(str(row["no"]), row["toml"]) for row in rows]
        await self._pg.execute(_SQL["seal"], [row["no"] for row in rows], sealed)
        return len(rows)

    def _version(self, row: Row) -> NetworkVersion:
        toml = self._sealing.open_network(str(row["no"]), row["sealed"])
        return NetworkVersion(row["no"], row["applied_at"], row["applied_by"], toml)


def _line(row: Row) -> VersionLine:
    return VersionLine(
        row["no"], row["applied_at"], row["applied_by"], row["act"], row["note"], row["changes"]
    )
