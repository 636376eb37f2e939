"""One kept connection to a buyer: a request goes out, a whole answer comes in.

The socket is a plain non-blocking one, or an SSLSocket, which reads and writes alike; both
are asked directly and waited for with trio. Measured against trio's SocketStream and
SSLStream this saves a third of a ping's CPU, and a cancelled one has nothing to undo.
"""

from __future__ import annotations

import socket
from ssl import SSLEOFError, SSLError, SSLWantReadError, SSLWantWriteError

from trio.lowlevel import wait_readable, wait_writable

from auctiond.net.errors import WireError
from auctiond.net.parser import AnswerParser
from market.http import HttpReply

RECEIVE_BYTES = 16 * 1024  # One TLS record: so OpenSSL never keeps bytes that we do not wait for.
NOT_YET = (BlockingIOError, SSLWantReadError)


class Connection:
    """A socket, and the parser of what it says. One exchange at a time."""

    __slots__ = ("_buffer", "_file", "_parser", "_peek", "_socket", "idle_since_s")

    def __init__(self, connected: socket.socket, buffer: memoryview) -> None:
        """`buffer` may be shared by all: nothing is awaited between filling and parsing it."""
        self._socket = connected
        self._file = connected.fileno()
        self._buffer = buffer
        self._parser = AnswerParser()
        self.idle_since_s = 0.0

    async def exchange(self, request: bytes) -> HttpReply:
        """Send `request` and return the answer. Raises WireError; afterwards ask `reusable`."""
        parser, buffer = self._parser, self._buffer
        parser.begin()
        try:
            await self._send(request)
            while True:
                await wait_readable(self._file)
                try:
                    size = self._socket.recv_into(buffer)
                except NOT_YET:
                    continue
                if not size:
                    return parser.end()
                parser.feed(buffer[:size])
                if parser.reply is not None:
                    return parser.reply
        except OSError as error:
            raise _wire_error(error) from None

    @property
    def reusable(self) -> bool:
        """Return whether the last answer left the connection fit for another request."""
        return self._parser.keep

    def is_quiet(self) -> bool:
        """Return whether the server neither closed nor spoke while nobody asked it."""
        try:
            # Below TLS too: whatever comes unasked, a farewell or a late answer, ends its use.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close at once, without a word: a polite TLS farewell could block."""
        self._socket.close()

    async def _send(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, SSLWantWriteError):
                await wait_writable(self._file)
            except SSLWantReadError:
                await wait_readable(self._file)


def _wire_error(error: OSError) -> WireError:
    if isinstance(error, SSLError) and not isinstance(error, SSLEOFError):
        return WireError("tls_error", error.reason or "")
    return WireError("dropped", error.strerror or "")
