"""What the bare ASGI applications share, which stand beside Quart where requests come in floods."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

BODY_HEADERS = (b"content-length", b"transfer-encoding")
WHOLE = "auctiond.whole"  # An extension of ASGI's scope: the body is here, and not waited for.

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class TooLong(Exception):
    """The body is over the limit."""


class CutOff(Exception):
    """Who sent the body has left in the middle of it."""


def beside(app: App, bare: Mapping[str, App]) -> App:
    """Return `app`, but for what is under the first part of a path that `bare` has, as "rtb"."""

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        there = app
        if scope["type"] == "http":
            _, _, path = scope["path"].partition("/")  # "*" has none.
            there = bare.get(path.partition("/")[0], app)
        await there(scope, receive, send)

    return either


def has_body(scope: Scope) -> bool:
    """Tell whether a body may come; HTTP/1 announces one."""
    is_old = scope["http_version"].startswith("1")
    return not is_old or any(name in BODY_HEADERS for name, _ in scope["headers"])


async def read_soon(scope: Scope, receive: Receive, most: int, within_s: float) -> bytes:
    """Return the body. Raises TooLong, CutOff, and trio.TooSlowError after `within_s`."""
    if WHOLE in (scope.get("extensions") or ()):
        return await read_all(receive, most)
    with trio.fail_after(within_s):
        return await read_all(receive, most)


async def read_all(receive: Receive, most: int) -> bytes:
    """Return the body. Raises TooLong over `most` bytes, and CutOff."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        whole: bytes = message.get("body", b"")  # Nearly always: one piece, and not copied.
        return _within(whole, most)
    body = bytearray()
    while message["type"] == "http.request":
        body += _within(message.get("body", b""), most - len(body))
        if not message.get("more_body"):
            return bytes(body)
        message = await receive()
    raise CutOff


def _within(piece: bytes, most: int) -> bytes:
    if len(piece) > most:
        raise TooLong
    return piece


async def answer(
    send: Send, status: int, body: bytes, kind: str, *more: tuple[bytes, bytes]
) -> None:
    """Send a whole answer of content type `kind`."""
    headers = [(b"content-length", b"%d" % len(body)), *more]
    if kind:
        headers.append((b"content-type", kind.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
