"""The door for publishers' pings: a bare ASGI application, beside Quart in the same server.

    GET|POST /rtb/{production|test}/{door}.{json|xml}     Ringba's answers
    GET|POST /rtb/{production|test}/{door}                our own JSON

A publisher pings a hundred times for every call, so nothing stands between the socket and the
desk. Nothing that was sent is ever in an answer, a log or an error.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import trio

from auctiond.rtb.answers import TYPES, Answer, Style, write
from auctiond.rtb.desk import BidDesk
from auctiond.rtb.fields import BadPing, read_fields
from market.rtb import RtbDoor

PREFIX = "/rtb/"
PATH = re.compile(r"/rtb/(production|test)/([a-z0-9][a-z0-9_-]{0,63})(?:\.(json|xml))?", re.ASCII)
BODY_HEADERS = (b"content-length", b"transfer-encoding")
BODY_MAX = 64 * 1024  # Bytes. A ping has some hundred.

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class TooLong(Exception):
    """The body is over the limit, or was cut off."""


@dataclass(frozen=True, slots=True)
class RtbApp:
    desk: BidDesk
    is_open: Callable[[], bool]  # False until the promises of the last run are back.
    new_id: Callable[[], UUID]
    now_ms: Callable[[], int]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        start = trio.current_time()  # All deadlines count from here.
        found = PATH.fullmatch(scope["path"])
        door = self.desk.door(found[2]) if found else None
        if found is None or door is None:
            await _send(send, 404, b'{"title":"no such door"}', "application/json")
            return
        if scope["method"] not in ("GET", "POST"):
            await _send(send, 405, b'{"title":"GET or POST"}', "application/json")
            return
        style: Style = "xml" if found[3] == "xml" else "json" if found[3] else "plain"
        status, answer = await self._ask(door, scope, receive, start, test=found[1] == "test")
        await _send(send, status, write(answer, style), TYPES[style])

    async def _ask(
        self, door: RtbDoor, scope: Scope, receive: Receive, start: float, *, test: bool
    ) -> tuple[int, Answer]:
        if not self.is_open():
            return 503, self._no("not_ready")
        try:
            body = b""
            if _has_body(scope):
                with trio.fail_at(start + door.deadline_ms / 1000):
                    body = await _read(receive)
            fields = read_fields(scope["query_string"], body)
        except TooLong:
            return 413, self._no("malformed", f"body: at most {BODY_MAX} bytes")
        except trio.TooSlowError:
            return 408, self._no("too_late")
        except BadPing as error:
            return 400, self._no("malformed", str(error))
        fields |= {f"header {name}": value for name, value in _named(scope)}
        return 200, await self.desk.ask(door, fields, start, test=test)

    def _no(self, reason: str, detail: str = "") -> Answer:
        return Answer(self.new_id(), self.now_ms(), reason=reason, detail=detail)


def beside(app: App, rtb: App) -> App:
    """Return `app`, but for what is under /rtb/."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        is_rtb = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (rtb if is_rtb else app)(scope, receive, send)

    return either


def _named(scope: Scope) -> list[tuple[str, str]]:
    """Return the header by which a ping of our own is known when it comes back."""
    return [
        ("x-auction-id", value.decode("ascii", "replace")[:200])
        for name, value in scope["headers"]
        if name == b"x-auction-id"
    ]


def _has_body(scope: Scope) -> bool:
    """Tell whether a body may come; HTTP/1 announces one. Most pings have all in their query."""
    is_old = scope["http_version"].startswith("1")
    return not is_old or any(name in BODY_HEADERS for name, _ in scope["headers"])


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise TooLong
        body += message.get("body", b"")
        if len(body) > BODY_MAX:
            raise TooLong
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Send, status: int, body: bytes, kind: str) -> None:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
