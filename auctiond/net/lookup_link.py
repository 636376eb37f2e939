"""Questions to services that say who may be called. A question has one try and one deadline.

No error and no log line from here holds an address, a number or a key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import trio

from auctiond.net.trust import trusted
from market.http import HttpReply, HttpRequest

CONNECTIONS_MAX = 16  # Callbacks are a few a second at the most.
REPLY_MAX = 64 * 1024  # Bytes. An answer is a line of JSON.


class LookupLink:
    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client
        # Never more tasks than connections: a pool with a queue loses to cancellations.
        self._lines = trio.CapacityLimiter(CONNECTIONS_MAX)

    async def ask(self, request: HttpRequest, deadline_s: float) -> HttpReply | None:
        """Return the reply, or None when there is none in time, or it is too large."""
        with trio.move_on_after(deadline_s):
            async with self._lines:
                try:
                    return await self._send(request)
                except (
                    httpx2.RequestError,
                    httpx2.InvalidURL,
                ):  # It holds the request: it ends here.
                    return None
        return None

    async def _send(self, request: HttpRequest) -> HttpReply | None:
        body = bytearray()
        async with self._client.stream(
            request.method, request.url, headers=list(request.headers), content=request.body
        ) as response:
            async for chunk in response.aiter_bytes():
                body += chunk[: REPLY_MAX + 1 - len(body)]  # The deadline ends a flood.
            if len(body) > REPLY_MAX:
                return None
            return HttpReply(response.status_code, (), bytes(body))


@asynccontextmanager
async def open_lookup_link() -> AsyncIterator[LookupLink]:
    """Open the client that all look-ups share."""
    limits = httpx2.Limits(max_connections=CONNECTIONS_MAX)
    async with httpx2.AsyncClient(
        limits=limits, timeout=None, trust_env=False, verify=trusted(), follow_redirects=False
    ) as client:
        yield LookupLink(client)
