"""A way to PostgreSQL that can be cut: a proxy on a unix socket of its own."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

SOCKET_NAME = ".s.PGSQL.5432"
CHUNK = 65_536


class PgProxy:
    """Passes bytes on while `is_up`; connections that come while it is not are closed at once."""

    def __init__(self, folder: Path, target: Path) -> None:
        self.folder = folder
        self.is_up = True
        self._target = str(target / SOCKET_NAME)
        self._sock = socket.socket(socket.AF_UNIX)
        self._sock.bind(str(folder / SOCKET_NAME))
        self._sock.listen(100)
        self._scopes: set[trio.CancelScope] = set()

    def cut(self) -> None:
        """End all connections, and let no new one through."""
        self.is_up = False
        for scope in self._scopes:
            scope.cancel()

    def mend(self) -> None:
        """Let connections through again."""
        self.is_up = True

    async def run(self) -> None:
        """Pass on until cancelled."""
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self._sock))
        await trio.serve_listeners(self._pass_on, [listener])

    async def _pass_on(self, client: trio.SocketStream) -> None:
        async with client:
            if not self.is_up:
                return
            async with await trio.open_unix_socket(self._target) as server:
                with trio.CancelScope() as scope, suppress(trio.BrokenResourceError):
                    self._scopes.add(scope)
                    async with trio.open_nursery() as nursery:
                        nursery.start_soon(self._copy, client, server, scope)
                        nursery.start_soon(self._copy, server, client, scope)
                self._scopes.discard(scope)

    async def _copy(
        self, source: trio.SocketStream, to: trio.SocketStream, scope: trio.CancelScope
    ) -> None:
        with suppress(trio.BrokenResourceError):
            async for chunk in source:
                await to.send_all(chunk)
        scope.cancel()


@asynccontextmanager
async def open_pg_proxy(target: Path) -> AsyncIterator[PgProxy]:
    """Run a proxy to the server whose socket is in `target` while the block lasts."""
    with tempfile.TemporaryDirectory(prefix="pg-proxy-", dir="/tmp") as folder:
        proxy = PgProxy(Path(folder), target)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(proxy.run)
            yield proxy
            nursery.cancel_scope.cancel()
