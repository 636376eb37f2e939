"""The fence: one server on one database. A second one, started by mistake, is refused.

The first holds an advisory lock for as long as its connection lives, so a server that was killed
leaves nothing behind. Its workers, which it started itself, stand behind its fence. If the
database was away and another server took the fence meanwhile, this one stops: whatever it still
does of a call is refused by its epoch (pg/claims.py), and money counts once by its id.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.errors import PgAway
from auctiond.pg.sql_file import read_queries
from auctiond.start_error import StartError

WATCH_S = 5.0  # How long two may believe that they are the one, after the database was away.
TRIES = 40  # A server that has just been killed or stopped may still be seen for a while.
RETRY_S = 0.25
SQL = read_queries("fence")


@asynccontextmanager
async def open_fence(url: str) -> AsyncIterator[None]:
    """Keep other servers off the database while the block lasts. Raises StartError if one is on."""
    async with open_pg(url, connections_max=1) as pg:
        if not await _get(pg):
            raise StartError(
                "database_url: another auctiond server runs on this database; stop it first, or "
                "give this one a database of its own (for more cores: workers = 4 in one server)"
            )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch, pg)
            yield
            nursery.cancel_scope.cancel()


async def _get(pg: Pg) -> bool:
    for _ in range(TRIES):
        if await _is_ours(pg):
            return True
        await trio.sleep(RETRY_S)
    return False


async def _watch(pg: Pg) -> None:
    while True:
        await trio.sleep(WATCH_S)
        try:
            is_ours = await _is_ours(pg)
        except PgAway:
            continue  # Then nobody can write, and we look again.
        if not is_ours:
            raise StartError(
                "another auctiond server took over this database while it was away from this one, "
                "which stops; only one may run on it"
            )


async def _is_ours(pg: Pg) -> bool:
    """Return whether we hold the fence; on a new connection, take it if nobody does."""
    return bool(await pg.fetch_value(SQL["hold"]))
