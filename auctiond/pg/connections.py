"""Connections that are lent and come back: asyncpg's pool, without its toll on every query.

Lives in the asyncio loop. The pool makes connections, and heals or ends those that come back in
mid-query. What comes back sound is kept here and lent again for nothing: the pool starts a task to
take a connection back, which was a third of what a query costs on that side.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import asyncpg

RELEASE_S = 3.0  # A cancelled query must be over by then, or its connection is thrown away.
IDLE_S = 300.0  # What nobody uses for so long is closed: firewalls forget it, and the server pays.

# All that can go wrong when a connection that is no good is given back: the pool drops it then.
_RELEASE_FAULTS = (
    TimeoutError,
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresError,
)


class Connections:
    """At most `most` at a time, all of `pool`'s."""

    def __init__(self, pool: asyncpg.Pool, most: int, now_s: Callable[[], float]) -> None:
        self._pool = pool
        self._now_s = now_s
        self._room = asyncio.Semaphore(most)
        self._sound: list[tuple[float, asyncpg.Connection]] = []  # Each with when it came back.
        self._closing = False

    def is_closing(self) -> bool:
        """Tell whether no more are lent."""
        return self._closing

    async def take(self) -> asyncpg.Connection:
        """Lend a connection, once there is one. To be given back in any case."""
        await self._room.acquire()
        try:
            return await self._next()
        except BaseException:
            self._room.release()
            raise

    async def give_back(self, connection: asyncpg.Connection, *, sound: bool) -> None:
        """Take a connection back; what is in mid-query is waited for, or thrown away."""
        try:
            if sound and not (
                self._closing or is_lost(connection) or connection.is_in_transaction()
            ):
                await self._keep(connection)
            else:
                await self._release(connection)
        finally:
            self._room.release()

    async def close(self) -> None:
        """Close all; who still uses one is cut off."""
        self._closing = True
        try:
            while self._sound:
                await self._release(self._sound.pop()[1])
            await self._pool.close()
        finally:
            self._pool.terminate()

    def terminate(self) -> None:
        """Close all at once."""
        self._pool.terminate()

    async def _next(self) -> asyncpg.Connection:
        """Return the one that was used last, which is the warmest; else a new one."""
        while self._sound:
            since, connection = self._sound.pop()
            if is_lost(connection):
                continue  # The pool knows, and has made room.
            if self._now_s() - since < IDLE_S:
                return connection
            await self._drop(connection)
        return await self._pool.acquire()

    async def _keep(self, connection: asyncpg.Connection) -> None:
        now_s = self._now_s()
        self._sound.append((now_s, connection))
        if now_s - self._sound[0][0] >= IDLE_S:
            await self._drop(self._sound.pop(0)[1])

    async def _drop(self, connection: asyncpg.Connection) -> None:
        with suppress(*_RELEASE_FAULTS):  # It may have been lost meanwhile.
            connection.terminate()
        await self._release(connection)

    async def _release(self, connection: asyncpg.Connection) -> None:
        with suppress(*_RELEASE_FAULTS):
            await self._pool.release(connection, timeout=RELEASE_S)


def is_lost(connection: asyncpg.Connection) -> bool:
    """Tell whether it is closed. One that broke may not say: the pool took it out of our hands."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True
