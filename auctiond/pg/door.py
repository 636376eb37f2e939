"""The one door to PostgreSQL. Nothing outside this folder knows that asyncpg speaks asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Protocol

import asyncpg
import trio

from auctiond.pg.connections import Connections, is_lost
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.hosted_loop import HostedLoop, open_hosted_loop
from auctiond.pg.roles import beside

SCHEMA = "auctiond"
CONNECTIONS_MAX = 10  # The embedded server allows 40, for several processes and for people.
CONNECT_S = 10.0  # A connection that takes longer is taken for lost; the pool tries again.
CLOSE_S = 5.0
# Connection lost, server stopping or starting, and no connection left: all pass with time.
_AWAY_STATES = ("08", "57P0", "53300")
_DATA_STATE = "22"


class Row(Protocol):
    """A row: values by column name, or by position."""

    def __getitem__(self, key: str | int, /) -> Any: ...  # noqa: ANN401


Step = tuple[str, Sequence[object]]


class Pg:
    """Queries, one statement each. A lost connection is PgAway, and is replaced at the next call.

    No call has a timeout: the caller's cancel scope ends it, and the connection stays whole.
    """

    def __init__(self, other: HostedLoop, pool: Connections, url: str, role: str) -> None:
        self._other = other
        self._pool = pool
        self._url = url
        self._role = role

    async def fetch(self, query: str, *args: object) -> list[Row]:
        """Return all rows."""
        rows: list[Row] = await self._other.run(_ask, self._pool, "fetch", query, args)
        return rows

    async def fetch_row(self, query: str, *args: object) -> Row | None:
        """Return the first row, or None."""
        row: Row | None = await self._other.run(_ask, self._pool, "fetchrow", query, args)
        return row

    async def fetch_value(self, query: str, *args: object) -> Any:  # noqa: ANN401
        """Return the first column of the first row, or None."""
        return await self._other.run(_ask, self._pool, "fetchval", query, args)

    async def execute(self, query: str, *args: object) -> None:
        """Run one statement for its effect."""
        await self._other.run(_ask, self._pool, "execute", query, args)

    async def run_script(self, script: str) -> None:
        """Run many statements at once, all or none, without arguments."""
        await self.execute(script)

    async def run_together(self, *steps: Step) -> None:
        """Run statements in one transaction: all of them or none."""
        await self._other.run(_together, self._pool, steps)

    async def fetch_together(self, *steps: Step) -> list[Any]:
        """Run statements in one transaction, and return the first value of each."""
        values: list[Any] = await self._other.run(_values_together, self._pool, steps)
        return values

    async def is_alive(self) -> bool:
        """Ask the server for a sign of life."""
        try:
            return bool(await self.fetch_value("SELECT true"))
        except PgAway:
            return False

    @asynccontextmanager
    async def held(self, wanted: str = "") -> AsyncIterator[Pg]:
        """Keep one connection apart, so that a writer never queues behind readers.

        Where we are the app, it can be `wanted`'s instead: each role has rights of its own.
        """
        url, role = beside(self._url, self._role, wanted) if wanted else (self._url, self._role)
        async with _open_pool(self._other, url, role, 1) as pool:
            yield Pg(self._other, pool, url, role)


@asynccontextmanager
async def open_pg(
    url: str, *, role: str | None = None, connections_max: int = CONNECTIONS_MAX
) -> AsyncIterator[Pg]:
    """Connect, as `role` if one is given that the url's user may take on."""
    async with (
        open_hosted_loop() as other,
        _open_pool(other, url, role or "", connections_max) as pool,
    ):
        yield Pg(other, pool, url, role or "")


@asynccontextmanager
async def _open_pool(
    other: HostedLoop, url: str, role: str, connections_max: int
) -> AsyncIterator[Connections]:
    pool = await other.run(_connect, url, role, connections_max)
    try:
        yield pool
    finally:
        with trio.move_on_after(CLOSE_S, shield=True):
            await other.run(pool.close)


async def _connect(url: str, role: str, connections_max: int) -> Connections:
    settings = {"application_name": "auctiond", "search_path": SCHEMA, "timezone": "UTC"}
    if role:
        settings["role"] = role
    try:
        made = await asyncpg.create_pool(
            url,
            min_size=0,  # Above zero the pool reconnects by itself, and fills the log meanwhile.
            max_size=connections_max,
            timeout=CONNECT_S,
            reset=_reset,
            server_settings=settings,
        )
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise _translate(error) from None
    pool = Connections(made, connections_max, asyncio.get_running_loop().time)
    try:
        await _ask(pool, "fetchval", "SELECT true", ())
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _reset(connection: asyncpg.Connection) -> None:
    # We keep no session state, so the usual reset (a round trip for every query) is for nothing.
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")


async def _ask(pool: Connections, method: str, query: str, args: Sequence[object]) -> Any:  # noqa: ANN401
    async with _connection(pool) as connection:
        return await getattr(connection, method)(query, *args)


async def _together(pool: Connections, steps: Sequence[Step]) -> None:
    async with _connection(pool) as connection, connection.transaction():
        for query, args in steps:
            await connection.execute(query, *args)


async def _values_together(pool: Connections, steps: Sequence[Step]) -> list[Any]:
    async with _connection(pool) as connection, connection.transaction():
        return [await connection.fetchval(query, *args) for query, args in steps]


@asynccontextmanager
async def _connection(pool: Connections) -> AsyncIterator[asyncpg.Connection]:
    """Lend a connection, and say what went wrong in words of ours."""
    connection, sound = None, False
    try:
        connection = await pool.take()
        yield connection
        sound = True
    except asyncpg.InterfaceError as error:
        # Its text may quote an argument, which may be anybody's: only the kind is passed on.
        if pool.is_closing() or connection is None or is_lost(connection):
            raise PgAway("the connection is closed") from None
        raise PgError(
            f"the statement and its arguments do not fit: {type(error).__name__}"
        ) from None
    except asyncpg.InternalClientError:
        # What asyncpg says when the connection went down inside a query.
        raise PgAway("the connection was lost in mid-query") from None
    except (asyncpg.PostgresError, OSError, TimeoutError) as error:
        raise _translate(error) from None
    finally:
        if connection is not None:
            await pool.give_back(connection, sound=sound)


def _translate(error: Exception) -> PgAway | PgError:
    if not isinstance(error, asyncpg.PostgresError):
        return PgAway(f"no connection to PostgreSQL: {type(error).__name__}: {error}")
    state, text = error.sqlstate or "", str(error.args[0])
    if state.startswith(_AWAY_STATES):
        return PgAway(f"PostgreSQL is away: {text}")
    if state.startswith(_DATA_STATE):
        # The text quotes the value, which may be anybody's.
        return PgError(f"a value does not fit: {type(error).__name__}", state)
    # The first line alone: the detail below it quotes whole rows.
    return PgError(text, state, getattr(error, "constraint_name", "") or "")
