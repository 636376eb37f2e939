"""A handler that reads a request and answers 200: what no handler can do without."""

from __future__ import annotations

from auctiond.sandbox.asgi import live
from auctiond.web.bare import Receive, Scope, Send, answer, read_all

BODY_MAX = 64 * 1024


async def only_200(scope: Scope, receive: Receive, send: Send) -> None:
    """Read a request, and answer it: what no handler can do without."""
    if scope["type"] == "lifespan":
        await live(receive, send)
    elif scope["type"] == "http":
        await read_all(receive, BODY_MAX)
        await answer(send, 200, b"", "text/plain")
