"""The server's half of HTTP/1.1, as cheap as it gets: one socket, one request at a time.

It waits for readability itself and reads and writes the plain socket: trio's own socket
passes through the scheduler once more for each of them.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

import httptools
import trio

from auctiond.sandbox.buyers.later import Later

REQUEST_MAX = 256 * 1024  # More than any ping; what is longer is cut off.
_READ = 64 * 1024


class Request:
    """A request as it came: its parts, and every byte of it."""

    __slots__ = ("body", "complete", "method", "raw", "url")

    def __init__(self) -> None:
        self.method = b""
        self.url = b""
        self.body = b""
        self.raw = b""
        self.complete = False

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


class Gone(Exception):
    """The other side closed the connection while it was owed an answer."""


def _ignore() -> None:
    """Do nothing: most who send do not ask when it was done."""


class Connection:
    """One client. Raises Gone when it leaves at the wrong moment."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.keeps = True  # Whether another request may follow.
        self._owes = False  # An answer is due later.

    async def receive(self) -> Request | None:
        """Return the next request, or None when the client left in peace."""
        request = Request()
        parser: Any = httptools.HttpRequestParser(request)
        while not request.complete:
            await trio.lowlevel.wait_readable(self._sock)
            data = self._read()
            if not data or len(request.raw) > REQUEST_MAX:
                self._check_whole()
                return None
            request.raw += data
            parser.feed_data(data)
        request.method = parser.get_method()
        self.keeps = parser.should_keep_alive()
        return request

    def send_later(
        self, data: bytes, delay_s: float, later: Later, on_sent: Callable[[], None] = _ignore
    ) -> None:
        """Send a small answer after a while; meanwhile `receive` notices when the client leaves."""
        if delay_s <= 0:
            self._send_small(data, on_sent)
        else:
            self._owes = True
            later.after(delay_s, partial(self._send_small, data, on_sent))

    def _send_small(self, data: bytes, on_sent: Callable[[], None]) -> None:
        """Send what any socket's buffer holds; a client that left or reads nothing gets none."""
        self._owes = False
        with suppress(OSError):
            self._sock.send(data)
            on_sent()
            if not self.keeps:
                self._sock.shutdown(socket.SHUT_WR)

    async def send(self, data: bytes) -> None:
        """Send all of `data`; at once where the kernel takes it, as it nearly always does."""
        view = memoryview(data)
        while view:
            try:
                view = view[self._sock.send(view) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._sock)
            except OSError:
                raise Gone from None

    async def wait_gone(self) -> None:
        """Read nothing and say nothing until the client has had enough. Always raises Gone."""
        while True:
            await trio.lowlevel.wait_readable(self._sock)
            if not self._read():
                raise Gone

    def close(self) -> None:
        self._sock.close()

    def _read(self) -> bytes:
        """Return what has come; nothing means that the client is gone."""
        try:
            return self._sock.recv(_READ)
        except OSError:
            raise Gone from None

    def _check_whole(self) -> None:
        """Raise Gone when an answer is owed, or met a closed door: the kernel notes that."""
        if self._owes or self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise Gone


async def accept(listener: socket.socket, serve: Callable[[Connection], Awaitable[None]]) -> None:
    """Serve every client of `listener` until cancelled; each ends alone."""
    async with trio.open_nursery() as clients:
        while True:
            await trio.lowlevel.wait_readable(listener)
            try:
                sock, _ = listener.accept()
            except OSError:  # The client was gone before we looked, or files ran out.
                await trio.sleep(0.001)
                continue
            clients.start_soon(_serve_one, Connection(sock), serve)


async def _serve_one(
    connection: Connection, serve: Callable[[Connection], Awaitable[None]]
) -> None:
    try:
        await serve(connection)
    except httptools.HttpParserError:
        pass  # Not HTTP: nobody to answer.
    finally:
        connection.close()


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound, not yet listening: until it is, it refuses."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setblocking(False)
    sock.bind((host, port))
    return sock
