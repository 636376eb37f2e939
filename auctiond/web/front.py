"""The front: what comes in floods is read and answered here; all else is given to hypercorn.

A carrier's webhook or a publisher's ping is a plain HTTP/1.1 request, small and whole within a
packet or two. Such a request to a bare application (bare.py) is read with httptools and answered
in one send, on a connection that is kept. Whatever is different in any way (another path, chunks,
`expect`, a large body, what cannot be parsed) is none of ours: its connection goes to hypercorn
with every byte that was read, and stays there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import trio
from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, parse_url
from httptools.parser.errors import HttpParserInvalidURLError

from auctiond.web.bare import App

HEAD_MAX = 16 * 1024  # As much as common proxies allow.
BODY_MAX = 64 * 1024  # A webhook has a few kilobytes. What is larger is rare, and hypercorn's.
READ_BYTES = 64 * 1024
IDLE_S = 75.0  # A little over what proxies and carriers keep a connection for.
READ_S = 10.0  # From its first byte on, for a whole request.
UNUSUAL = {b"transfer-encoding", b"expect", b"upgrade"}  # These frame the message otherwise.
VERSION = "1.1"

Rest = Callable[[trio.SocketStream, bytes], Awaitable[None]]  # Serves a connection from there on.


@dataclass(frozen=True, slots=True)
class Front:
    bare: Mapping[str, App]  # By the first part of the path.
    rest: Rest

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection to its end."""
        try:
            left = await self._serve_bare(stream)
            if left is not None:
                await self.rest(stream, left)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            pass  # The other side has left.
        finally:
            await trio.aclose_forcefully(stream)

    async def _serve_bare(self, stream: trio.SocketStream) -> bytes | None:
        """Answer what is ours; return the bytes from the first on that is not; None at the end."""
        data = b""
        while True:
            if not data:
                with trio.move_on_after(IDLE_S):
                    data = await stream.receive_some(READ_BYTES)
            if not data:
                return None
            request = await self._read(stream, data)
            if isinstance(request, bytes):
                return request
            if request is None:
                return None
            answer = _Answer()
            await request.app(request.scope, request.receive, answer.send)
            await stream.send_all(answer.whole(request.keep))
            if not request.keep:
                return None
            data = request.after

    async def _read(self, stream: trio.SocketStream, data: bytes) -> _Request | bytes | None:
        """Return a whole request for a bare application; else what was read; None: too slow."""
        with trio.move_on_after(READ_S):
            head_end = data.find(b"\r\n\r\n")
            while head_end < 0:
                if len(data) > HEAD_MAX:
                    return data
                more = await stream.receive_some(READ_BYTES)
                if not more:
                    return None
                data += more
                head_end = data.find(b"\r\n\r\n")
            request = self._request(data[: head_end + 4])
            if request is None:
                return data
            end = head_end + 4 + request.length
            while len(data) < end:
                more = await stream.receive_some(READ_BYTES)
                if not more:
                    return None
                data += more
            request.body, request.after = data[head_end + 4 : end], data[end:]
            return request
        return None

    def _request(self, head: bytes) -> _Request | None:
        """Return the request with that head, if it is ours."""
        request = _Request()
        parser = HttpRequestParser(request)
        try:
            parser.feed_data(head)
            path = parse_url(request.url)
        except (HttpParserError, HttpParserUpgrade, HttpParserInvalidURLError):
            return None
        if parser.get_http_version() != VERSION or not request.usual or not path.path:
            return None
        app = self.bare.get(path.path.decode("latin-1").split("/", 2)[1])
        if app is None or request.length > BODY_MAX:
            return None
        request.app, request.keep = app, parser.should_keep_alive()
        request.scope = {
            "type": "http",
            "http_version": VERSION,
            "method": parser.get_method().decode(),
            "path": path.path.decode("latin-1"),
            "query_string": path.query or b"",
            "headers": request.headers,
        }
        return request


class _Request:
    """What llhttp finds in a head, and what follows from it."""

    __slots__ = ("after", "app", "body", "headers", "keep", "length", "scope", "url", "usual")

    def __init__(self) -> None:
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.length = 0
        self.usual = True
        self.app: App
        self.scope: dict[str, Any]
        self.keep = True
        self.body = self.after = b""

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, text: bytes) -> None:
        name = name.lower()
        if name in UNUSUAL:
            self.usual = False
        elif name == b"content-length":
            self.length = int(text)
        self.headers.append((name, text))

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self.body, "more_body": False}


class _Answer:
    __slots__ = ("_body", "_headers", "_status")

    def __init__(self) -> None:
        self._status = 500
        self._headers: list[tuple[bytes, bytes]] = []
        self._body = b""

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], message["headers"]
        else:
            self._body += message["body"]

    def whole(self, keep: bool) -> bytes:
        lines = b"".join([b"%b: %b\r\n" % header for header in self._headers])
        status = HTTPStatus(self._status)
        head = b"HTTP/1.1 %d %b\r\ndate: %b\r\n" % (
            self._status,
            status.phrase.encode(),
            formatdate(usegmt=True).encode(),
        )
        return head + lines + (b"\r\n" if keep else b"connection: close\r\n\r\n") + self._body
