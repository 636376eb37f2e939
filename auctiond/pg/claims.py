"""Which process leads a call: each has an epoch, and of the claims to a call the newest counts.

A process that is stopped, paused or cut off may be taken for dead, and its calls be claimed by
another. When it wakes, its rows are refused, and as money waits for the log, so is its money.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from auctiond.pg.door import Pg
from auctiond.pg.sql_file import read_queries

_SQL = read_queries("claims")


class Fenced(Exception):
    """Another process has claimed a call of ours, so it takes us for dead: we must stop."""

    def __init__(self, call_id: UUID, epoch: int | None) -> None:
        super().__init__(
            f"another auctiond leads call {call_id} now, so it has taken over from this one "
            f"(epoch {epoch}), which stops; is a second server running on this database?"
        )


class Claims:
    """The claims of one process."""

    def __init__(self, pg: Pg, epoch: int) -> None:
        self._pg = pg
        self.epoch = epoch

    async def claim(self, living: Sequence[int] = (), part: int = 0, parts: int = 1) -> int:
        """Claim the open calls that none of the `living` leads; return how many are ours now.

        With `parts`, several processes that begin together share them.
        """
        rows = await self._pg.fetch(_SQL["claim"], self.epoch, list(living), part, parts)
        return len(rows)

    async def is_ours(self, call_id: UUID) -> bool:
        """Tell whether we lead a call that is on record."""
        return bool(await self._pg.fetch_value(_SQL["leader"], call_id) == self.epoch)


async def enter(pg: Pg, slot: int) -> int:
    """Begin the time of a process, and return its epoch: above all that were before."""
    return int(await pg.fetch_value(_SQL["enter"], slot))
