"""A request of ASGI as JSON, and back; and its body. Pure, but for the reading."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

BODY_MAX = 2 * 1024 * 1024  # Bytes. Twice what any of our routes takes: they refuse it themselves.
BODY_S = 10.0

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Any], Awaitable[None]]


class TooLong(Exception):
    """The body is over the limit, or was cut off."""


def write_scope(scope: Scope) -> dict[str, Any]:
    """Return what a request says besides its body."""
    return {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "headers": [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ],
        "client": scope.get("client"),
        "http_version": scope["http_version"],
    }


def read_scope(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the scope that `write_scope` wrote down."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.1"},
        "scheme": "http",
        "root_path": "",
        "server": None,
        "extensions": {},
        "state": {},
        "method": told["method"],
        "path": told["path"],
        "raw_path": told["path"].encode("utf-8"),
        "query_string": told["query"].encode("latin-1"),
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]
        ],
        "client": tuple(told["client"]) if told["client"] else None,
        "http_version": told["http_version"],
    }


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request. Raises TooLong. The caller sets the deadline."""
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


async def send_answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes
) -> None:
    """Send a whole answer."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
