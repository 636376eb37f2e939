"""The express way in: what comes in floods is read with httptools, and answered in one send.

A carrier's webhook and a publisher's ping are plain HTTP/1.1 requests, small and whole within a
packet or two. hypercorn takes four times the CPU for one. So each connection begins here, and stays
as long as its requests are for /hooks/ or /rtb/ (or whatever ways are given) and plain. What is
different in any way (another path, chunks, `expect`, a large body, what cannot be parsed) is not
judged here: the connection goes to hypercorn, with every byte of that request, and for good. What
is another worker's is `relay`'s to pass on as it came, before anything is made of it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, Protocol

import trio
from httptools import (
    HttpParserError,
    HttpParserInvalidURLError,
    HttpParserUpgrade,
    HttpRequestParser,
    parse_url,
)

from auctiond.web.bare import WHOLE, App

WAYS = (b"/hooks/", b"/rtb/")  # Whose applications are bare, and never stream.
HEAD_MAX = 16 * 1024  # As much as common proxies allow.
BODY_MAX = 64 * 1024  # A webhook has a few kilobytes. What is larger is rare, and hypercorn's.
READ_BYTES = 64 * 1024
END = b"\r\n\r\n"
PLAIN = "1.1"
METHODS = (b"GET", b"POST")  # An answer to HEAD would have no body.
OTHERWISE = {b"transfer-encoding", b"expect", b"upgrade"}  # They frame a request otherwise.
Headers = list[tuple[bytes, bytes]]
Ways = tuple[bytes, ...]  # How the URLs begin that are ours.


class Stream(Protocol):
    """A connection. Whoever gave it sees to its deadlines."""

    @property
    def socket(self) -> trio.socket.SocketType: ...
    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray: ...
    async def send_all(self, data: bytes) -> None: ...


# Returns the answer to a request that need not be read; b"": it must be.
Refuse = Callable[[bytes], bytes]
# Given a request's URL and all of its bytes, returns those of the answer; None: it is ours.
Relay = Callable[[bytes, bytes], Awaitable[bytes | None]]


@dataclass(frozen=True, slots=True)
class Express:
    app: App
    refuse: Refuse | None = None
    relay: Relay | None = None
    ways: Ways = WAYS

    async def serve(self, stream: Stream) -> bytes | None:
        """Answer what is ours; return the bytes of the first request that is not; None: no more.

        Raises what trio raises when the other side leaves, or the connection is ended by us.
        """
        client = _address(stream.socket.getpeername())
        data = b""
        while True:
            data = data or bytes(await stream.receive_some(READ_BYTES))
            if not data:
                return None
            if self.refuse is not None and (refusal := self.refuse(data)):
                await stream.send_all(refusal)
                data = b""
                continue
            request = await _read(stream, data, self.ways)
            if request is None or isinstance(request, bytes):
                return request
            reply = None
            if self.relay is not None:
                reply = await self.relay(request.url, request.raw)
            await stream.send_all(reply or await self._answer(request, client))
            if not request.keep:
                return None
            data = request.after

    async def answer(self, data: bytes) -> bytes:
        """Return the answer to one request, which another worker has read and found plain."""
        at = data.find(END) + len(END)
        request = _request(data[:at], self.ways)
        if request is None:
            raise ValueError("the bytes are no request that is plain")
        request.body = data[at:]
        return await self._answer(request, None)

    async def _answer(self, request: _Request, client: tuple[str, int] | None) -> bytes:
        answer = _Answer()
        await self.app(request.scope | {"client": client}, request.receive, answer.send)
        return answer.whole(request.keep, int(time.time()))


async def _read(stream: Stream, data: bytes, ways: Ways) -> _Request | bytes | None:
    """Return a whole request that is ours; else the bytes read; None: the other side has left.

    `data` is what came already.
    """
    while (at := data.find(END)) < 0:
        if len(data) > HEAD_MAX:
            return data
        more = await stream.receive_some(READ_BYTES)
        if not more:
            return data or None
        data += more
    request = _request(data[: at + len(END)], ways)
    if request is None:
        return data
    end = at + len(END) + request.length
    while len(data) < end:
        more = await stream.receive_some(READ_BYTES)
        if not more:
            return None  # It can never be whole.
        data += more
    request.raw, request.after = data[:end], data[end:]
    request.body = data[at + len(END) : end]
    return request


def _request(head: bytes, ways: Ways) -> _Request | None:
    """Return the request with that head, if it is ours."""
    request = _Request()
    parser = HttpRequestParser(request)
    try:
        parser.feed_data(head)
        url = parse_url(request.url)
    except (HttpParserError, HttpParserUpgrade, HttpParserInvalidURLError):
        return None
    path = url.path or b""
    method = parser.get_method()
    plain = parser.get_http_version() == PLAIN and request.plain and method in METHODS
    if not plain or not request.url.startswith(ways) or b"%" in path:
        return None
    request.scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": PLAIN,
        "scheme": "http",
        "method": method.decode("ascii"),
        "path": path.decode("ascii", "replace"),
        "raw_path": path,
        "root_path": "",
        "query_string": url.query or b"",
        "headers": request.headers,
        "server": None,
        "extensions": {WHOLE: {}},
    }
    return request


class _Request:
    """What llhttp finds in a head, and what follows from it."""

    __slots__ = ("after", "body", "headers", "keep", "length", "plain", "raw", "scope", "url")

    def __init__(self) -> None:
        self.url = b""
        self.headers: Headers = []
        self.plain = True
        self.length = 0
        self.keep = True
        self.scope: dict[str, Any] = {}
        self.raw = b""  # All of it.
        self.body: bytes | None = b""
        self.after = b""  # Bytes of the next request.

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, text: bytes) -> None:
        name = name.lower()
        if name == b"content-length":  # llhttp has seen to it that there is one, and a number.
            self.length = int(text)
            self.plain = self.plain and self.length <= BODY_MAX
        elif name == b"connection":
            self.keep = b"close" not in text.lower()
        elif name in OTHERWISE:
            self.plain = False
        self.headers.append((name, text))

    async def receive(self) -> dict[str, Any]:
        """Give the body, once; then nothing comes any more."""
        if self.body is None:
            await trio.sleep_forever()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}


class _Answer:
    """An answer, until it is whole."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(self) -> None:
        self._status = 500  # Of an application that answers nothing.
        self._headers: Headers = [(b"content-length", b"0")]
        self._body = b""

    async def send(self, message: dict[str, Any]) -> None:
        """Take a part of it."""
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message["headers"]
        elif message["type"] == "http.response.body":
            self._body += message.get("body", b"")

    def whole(self, keep: bool, now_s: int) -> bytes:
        """Return its bytes."""
        lines = [b"%b: %b\r\n" % header for header in self._headers]
        if not keep:
            lines.append(b"connection: close\r\n")
        return b"%b%b\r\n%b" % (_start(self._status, now_s), b"".join(lines), self._body)


@lru_cache(maxsize=16)  # The statuses that are in use, of this second.
def _start(status: int, now_s: int) -> bytes:
    phrase, date = HTTPStatus(status).phrase, formatdate(now_s, usegmt=True)
    return f"HTTP/1.1 {status} {phrase}\r\ndate: {date}\r\n".encode()


def _address(name: Sequence[Any] | str) -> tuple[str, int] | None:
    """Return host and port of the other side; None where it has none, as on a Unix socket."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) else None
