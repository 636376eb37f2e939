"""The body of a request."""

from __future__ import annotations

from quart import Request


async def read_body(request: Request) -> bytes:
    """Return the body as it came."""
    body = await request.get_data(as_text=False)
    assert isinstance(body, bytes)
    return body
