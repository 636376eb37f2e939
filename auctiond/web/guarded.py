"""A client's connection that may not waste our time: each of its waits has an end.

hypercorn bounds none of these by itself under trio: a request that never becomes whole, a kept
connection that nobody uses, a client that does not read its answer (its send is even shielded).

It reads and writes the socket itself, where trio's stream would add a pass through its loop to
each read and each write, whether or not anybody else is to run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from math import inf

import trio

REQUEST_S = 10.0  # From the first byte of a request to its last. A webhook takes milliseconds.
IDLE_S = 75.0  # A little over what proxies and carriers keep a connection for.
READ_S = 10.0  # In which a client must take a part of its answer.
LINGER_S = 5.0  # For what a handler still does after its answer.
READ_BYTES = 64 * 1024
HEAD_MAX = 64 * 1024  # Bytes; hypercorn refuses longer heads itself.
END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r]*chunked", re.IGNORECASE)
_LAST_CHUNK = b"\r\n0\r\n\r\n"


class GuardedStream:
    """A stream whose `due` is when it is ended, unless what it waits for happens before."""

    def __init__(
        self,
        stream: trio.SocketStream,
        address: str,
        now_s: Callable[[], float],
        left: Callable[[GuardedStream], object],
    ) -> None:
        self.scope = trio.CancelScope()  # Of all that serves it.
        self._left = left  # Hears that it is closed.
        self.socket = stream.socket
        self.address = address
        self.due = now_s() + REQUEST_S
        self.why = "slow_request"
        self.is_idle = True  # No byte of a request has come since the last answer.
        self._now_s = now_s
        self._stream = stream
        self._request = RequestEnd()
        self._back = b""

    def put_back(self, data: bytes) -> None:
        """Have `data`, which was received before, come again."""
        self._back = data

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what comes next."""
        if self._back:
            data, self._back = self._back, b""
            await trio.lowlevel.checkpoint()
            return data
        try:
            data = await self._read(max_bytes or READ_BYTES)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._gone()
            raise
        if not data:
            self._gone()
        elif self.is_idle:
            self.is_idle, self._request = False, RequestEnd()
            self._wait("slow_request", REQUEST_S)
        if data and self._request.takes(data):
            self.due = inf  # It is whole: now it waits for us.
        return data

    async def send_all(self, data: bytes) -> None:
        """Send a part of an answer."""
        self._wait("not_reading", READ_S)
        if rest := data[self._write(data) :]:
            await self._stream.send_all(rest)
        self.is_idle = True
        self._wait("idle", IDLE_S)

    async def send_eof(self) -> None:
        """Say that no more comes."""
        await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close the connection."""
        self._gone()
        await self._stream.aclose()

    def end(self) -> None:
        """Close it at once, whoever waits for it."""
        self.due = inf
        self.socket.close()

    async def _read(self, most: int) -> bytes:
        """Return what comes. Nearly always it is waited for: so that is done first."""
        while True:
            await trio.lowlevel.wait_readable(self.socket)
            try:
                return os.read(self.socket.fileno(), most)
            except BlockingIOError:
                continue
            except OSError as error:
                raise trio.BrokenResourceError from error

    def _write(self, data: bytes) -> int:
        """Write what there is room for; return how much that was."""
        try:
            return os.write(self.socket.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise trio.BrokenResourceError from error

    def _gone(self) -> None:
        """It is over, or will be: hypercorn would keep its tasks until the idle time has passed."""
        self.due = inf
        self._left(self)
        self.scope.deadline = min(self.scope.deadline, self._now_s() + LINGER_S)

    def _wait(self, why: str, for_s: float) -> None:
        self.why, self.due = why, self._now_s() + for_s


class RequestEnd:
    """Finds where a request of HTTP/1 ends. Pure. It may err: then only a deadline is missing."""

    def __init__(self) -> None:
        self._head: bytearray | None = bytearray()
        self._left = 0  # Bytes of the body that have not come.
        self._tail: bytes | None = None  # Of a body in chunks.

    def takes(self, data: bytes) -> bool:
        """Take what came, and tell whether the request is whole."""
        if self._head is not None:
            self._head += data
            at = self._head.find(END)
            if at < 0:
                return len(self._head) > HEAD_MAX  # Then it is refused anyway.
            head, data = bytes(self._head[: at + 2]), bytes(self._head[at + len(END) :])
            self._head = None
            length = _LENGTH.search(head)
            self._left = int(length[1]) if length else 0
            self._tail = b"\r\n" if _CHUNKED.search(head) else None
        if self._tail is not None:
            self._tail = (self._tail + data)[-len(_LAST_CHUNK) :]
            return self._tail == _LAST_CHUNK
        self._left -= len(data)
        return self._left <= 0
