"""One request under way: it lands with an outcome, or is cancelled and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable

import trio

from auctiond.net.connection import Connection, Done, Outcome
from auctiond.net.errors import WireError
from auctiond.net.pool import Pool


class Flight:
    """Holds a place of its pool until it is over; from then on it holds nobody."""

    __slots__ = ("_connection", "_done", "_now_s", "_pool", "_scope")

    def __init__(self, pool: Pool, done: Done, now_s: Callable[[], float]) -> None:
        self._pool = pool
        self._done: Done | None = done  # None: it is over.
        self._now_s = now_s
        self._connection: Connection | None = None
        self._scope: trio.CancelScope | None = None  # While a connection is being opened.

    def fly(self, connection: Connection, request: bytes) -> None:
        """Send `request` over `connection`."""
        self._connection = connection
        connection.start(request, self._land)

    async def open_and_fly(self, request: bytes) -> None:
        """Open a connection first. The only part of a flight that needs a task."""
        with trio.CancelScope() as self._scope:
            if self._done is None:  # Before its task began.
                return
            try:
                connection = await self._pool.new()
            except WireError as error:
                return self._land(error)
            if self._done is None:
                connection.close()
            else:
                self.fly(connection, request)
        self._scope = None

    def refuse(self, error: WireError) -> None:
        """End a flight that got no place."""
        done, self._done = self._done, None
        assert done is not None, "it has only begun"
        done(error)

    def cancel(self) -> None:
        """Close the connection and give the place back at once; nobody is told."""
        if self._done is not None:
            self._done = None
            self._pool.release(self._connection, None)
            if self._scope is not None:
                self._scope.cancel()

    def _land(self, outcome: Outcome) -> None:
        done, self._done = self._done, None
        if done is None:
            return
        connection = self._connection
        kept = connection is not None and connection.reusable
        self._pool.release(connection, self._now_s() if kept else None)
        done(outcome)
