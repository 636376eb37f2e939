"""What the sandbox's bare ASGI applications share: their start and stop, and a body read whole."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def live(receive: Receive, send: Send) -> None:
    """Say yes to the server's start and stop; we have nothing to do at either."""
    while True:
        kind = (await receive())["type"]
        await send({"type": kind + ".complete"})
        if kind == "lifespan.shutdown":
            return


async def read_body(receive: Receive, most: int) -> bytes | None:
    """Return the body, or None if it is over `most` or was cut off. All of it is taken off."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        if len(body) <= most:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body) if len(body) <= most else None
