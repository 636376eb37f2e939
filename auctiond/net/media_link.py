"""Fetching a file that a carrier names: a piece at a time, within limits of size and time.

No error and no log line from here holds an address: whoever has it may listen. And none is followed
into a private network, be it from a webhook or where a carrier's server sends one on to.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx2
import trio

from auctiond.net.addresses import Network
from auctiond.net.checked_transport import CheckedTransport, RefusedPlace, place_of
from auctiond.net.resolver import AddressBook, Resolver, system_resolver
from auctiond.net.trust import trusted
from market.http import HttpRequest

CONNECTIONS_MAX = 8  # Files are large, and a few at once fill any line.
FILE_MAX = 512 * 1024 * 1024  # Bytes: four hours of two channels as the telephone has them.
SILENT_S = 20.0  # A server that says nothing for so long has lost us.
REDIRECTS_MAX = 3  # Carriers send one on to where their files lie.
GONE = (403, 404, 410)  # It was there for a few minutes only, or is deleted.


class MediaError(Exception):
    """There is no file: "gone", "unreachable", "refused_address", "too_large" or "http:STATUS"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MediaLink:
    client: httpx2.AsyncClient
    lines: trio.CapacityLimiter

    async def fetch(self, request: HttpRequest) -> AsyncGenerator[bytes, None]:
        """Yield the file. Raises MediaError."""
        size = 0
        try:
            async with (
                self.lines,
                self.client.stream(
                    request.method, request.url, headers=list(request.headers)
                ) as response,
            ):
                if response.status_code != 200:
                    gone = response.status_code in GONE
                    raise MediaError("gone" if gone else f"http:{response.status_code}")
                async for piece in response.aiter_bytes():
                    size += len(piece)
                    if size > FILE_MAX:
                        raise MediaError("too_large")
                    yield piece
        except RefusedPlace:
            raise MediaError("refused_address") from None
        except (httpx2.RequestError, httpx2.InvalidURL):  # It holds the request: it ends here.
            raise MediaError("unreachable") from None


@asynccontextmanager
async def open_media_link(
    allowed: Sequence[Network] = (),
    own: Collection[str] = (),
    resolve: Resolver | None = None,
) -> AsyncIterator[MediaLink]:
    """Open the client that fetches files. Carriers with an API at `own` URLs may be anywhere."""
    known = frozenset(place_of(httpx2.URL(url)) for url in own)
    book = AddressBook(resolve or system_resolver(), allowed, trio.current_time)
    # None is kept: at an address with several names, one would be verified for another.
    limits = httpx2.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=0)
    inner = httpx2.AsyncHTTPTransport(verify=trusted(), limits=limits)
    async with httpx2.AsyncClient(
        transport=CheckedTransport(inner, book, known, SILENT_S),
        timeout=SILENT_S,
        trust_env=False,
        follow_redirects=True,
        max_redirects=REDIRECTS_MAX,
    ) as client:
        yield MediaLink(client, trio.CapacityLimiter(CONNECTIONS_MAX))
