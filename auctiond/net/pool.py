"""The kept connections of one origin, newest first, and a hard cap on pings out to it."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

from auctiond.net.connection import Connection
from auctiond.net.errors import WireError


class Pool:
    """Last in, first out: the busy few stay warm, and the rest grow old and are closed."""

    __slots__ = ("_idle", "_idle_max_s", "_open", "_pings_max", "in_use", "opened", "reused",
                 "throttled")  # fmt: skip

    def __init__(
        self, opener: Callable[[], Awaitable[Connection]], pings_max: int, idle_max_s: float
    ) -> None:
        self._open = opener
        self._pings_max = pings_max
        self._idle_max_s = idle_max_s
        self._idle: deque[Connection] = deque()
        self.in_use = 0
        self.opened = 0
        self.reused = 0
        self.throttled = 0

    @property
    def idle(self) -> int:
        return sum(not connection.closed for connection in self._idle)

    def take(self, now_s: float) -> Connection | None:
        """Take a place, and with it the connection used last, or None if none is alive.

        Raises WireError("throttled") at the cap: a ping that queues is a late ping.

        A server may close an idle connection just as we ask. What it had closed when the watch
        last looked is closed here too, and costs nothing. What it closes from here on is
        "dropped", though it may well not have read the ping: it may as well have, and then a
        second try would be a second ping, which buyers bill and count as a duplicate. Pings are
        never sent twice.
        """
        if self.in_use >= self._pings_max:
            self.throttled += 1
            raise WireError("throttled", f"{self._pings_max} pings are out")
        self.in_use += 1
        while self._idle:
            connection = self._idle.pop()
            if now_s - connection.idle_since_s <= self._idle_max_s and not connection.closed:
                self.reused += 1
                return connection
            connection.close()
        return None

    async def new(self) -> Connection:
        """Open another connection. Raises WireError."""
        connection = await self._open()
        self.opened += 1
        return connection

    def release(self, connection: Connection | None, now_s: float | None) -> None:
        """Give the place back, and keep the connection if it is idle from `now_s`."""
        self.in_use -= 1
        if connection is None:
            return
        if now_s is None:
            connection.close()
        else:
            connection.idle_since_s = now_s
            self._idle.append(connection)

    def close_idle(self, since_s: float) -> None:
        """Close the connections that have been idle since `since_s` or longer."""
        while self._idle and self._idle[0].idle_since_s <= since_s:
            self._idle.popleft().close()
