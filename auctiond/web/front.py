"""The way in: connections are counted, watched and ended in time; served first by the express way,
and from the first request on that is not for it, by hypercorn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio.lifespan import Lifespan
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState, LifespanState
from hypercorn.utils import wrap_app

from actors.shelter import outlive
from auctiond.web.express import WAYS, Express, Refuse, Relay, Ways
from auctiond.web.guarded import GuardedStream

CONNECTIONS_MAX = 4096  # Of one process, some 20 kB each. The oldest idle one makes room for a new.
LOOK_S = 1.0
GRACE_S = 1.0  # For requests under way when the server stops; calls have their own time.

Closed = Callable[[str], object]


@dataclass(slots=True)
class Guards:
    """Who is connected."""

    per_address: int = 0  # At most; 0: any number.
    closed: Closed = lambda why: None  # Hears why each connection was ended by us.
    most: int = CONNECTIONS_MAX
    streams: dict[GuardedStream, None] = field(default_factory=dict)  # In order of their coming.
    _by_address: Counter[str] = field(default_factory=Counter)

    def admit(self, stream: trio.SocketStream) -> GuardedStream | None:
        """Take in a connection; None: there is no room for it."""
        address = _address(stream)
        if self.per_address and self._by_address[address] >= self.per_address:
            self.closed("address_full")
            return None
        if len(self.streams) >= self.most:
            idle = next((one for one in self.streams if one.is_idle), None)
            if idle is None:
                self.closed("full")
                return None
            self._end(idle, "room")
        now_s = trio.lowlevel.current_clock().current_time
        guarded = GuardedStream(stream, address, now_s, self.leave)
        self.streams[guarded] = None
        self._by_address[address] += 1
        return guarded

    def leave(self, guarded: GuardedStream) -> None:
        """A connection is over."""
        if guarded in self.streams:
            del self.streams[guarded]
            self._by_address[guarded.address] -= 1
            if not self._by_address[guarded.address]:
                del self._by_address[guarded.address]

    async def watch(self) -> None:
        """End what is overdue, for ever. One look at all is cheaper than a timer for each."""
        while True:
            await trio.sleep(LOOK_S)
            now_s = trio.current_time()
            for guarded in [one for one in self.streams if one.due < now_s]:
                self._end(guarded, guarded.why)

    def end_idle(self) -> None:
        """End the connections that nobody uses: the server stops."""
        for guarded in [one for one in self.streams if one.is_idle]:
            self.leave(guarded)
            guarded.end()

    def _end(self, guarded: GuardedStream, why: str) -> None:
        self.leave(guarded)
        guarded.end()
        self.closed(why)


def _address(stream: trio.SocketStream) -> str:
    try:
        return str(stream.socket.getpeername()[0])
    except OSError:  # It is gone already.
        return ""


async def serve_guarded(
    app: Any,  # noqa: ANN401  An ASGI application: Quart's or a bare one.
    config: Config,
    listener: trio.SocketListener,
    stop: Callable[[], Awaitable[object]],
    guards: Guards,
    refuse: Refuse | None = None,
    relay: Relay | None = None,
    ways: Ways = WAYS,
) -> None:
    """Serve `app` until `stop` returns; what `refuse` answers, it never sees."""
    state: LifespanState = {}
    wrapped = wrap_app(app, config.wsgi_max_body_size, "asgi")
    lifespan, context = Lifespan(wrapped, config, state), WorkerContext(None)
    express = Express(app, refuse, relay, ways)

    async def handle(stream: trio.SocketStream) -> None:
        guarded = guards.admit(stream)
        if guarded is None:
            return await trio.aclose_forcefully(stream)
        try:
            with guarded.scope:
                if await _served(express, guarded):
                    return
                own: Any = guarded  # What hypercorn uses of a stream, it has.
                await TCPServer(wrapped, config, context, ConnectionState(dict(state)), own)
        finally:
            guards.leave(guarded)
            stream.socket.close()

    async def endure(stream: trio.SocketStream) -> None:
        await outlive("connection", partial(handle, stream))

    async with trio.open_nursery() as outer:
        await outer.start(lifespan.handle_lifespan)
        await lifespan.wait_for_startup()
        outer.start_soon(guards.watch)
        async with trio.open_nursery() as connections:
            accept = partial(trio.serve_listeners, endure, [listener], handler_nursery=connections)
            async with trio.open_nursery() as accepting:
                accepting.start_soon(accept)
                await stop()
                accepting.cancel_scope.cancel()
            await context.terminated.set()
            guards.end_idle()
            connections.cancel_scope.deadline = trio.current_time() + GRACE_S
        await lifespan.wait_for_shutdown()
        outer.cancel_scope.cancel()


async def _served(express: Express, guarded: GuardedStream) -> bool:
    """Serve what is for the express way; tell whether that was all that came."""
    try:
        left = await express.serve(guarded)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        return True
    if left is None:
        return True
    guarded.put_back(left)
    return False
