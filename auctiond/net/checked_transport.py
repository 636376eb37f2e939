"""httpx2 to places that somebody else named: the address that was checked is the one connected to.

So no name can point elsewhere between the look and the connection ("DNS rebinding"). It goes so at
each step of a redirect. The name stays in the Host header and in what TLS verifies.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import httpx2
import trio

from auctiond.net.errors import WireError
from auctiond.net.resolver import AddressBook

PORTS = {"https": 443, "http": 80}
Place = tuple[str, int]


class RefusedPlace(Exception):
    """A name or an address that leads into a private network."""


def place_of(url: httpx2.URL) -> Place:
    """Return host and port: what else is at the host is no business of who named one port."""
    return url.raw_host.decode("ascii"), url.port or PORTS.get(url.scheme, 0)


class CheckedTransport(httpx2.AsyncBaseTransport):
    """Connects to places that are `known` as they are, and to all others where `book` allows it."""

    def __init__(
        self,
        inner: httpx2.AsyncBaseTransport,
        book: AddressBook,
        known: AbstractSet[Place],
        look_up_s: float,
    ) -> None:
        self._inner = inner
        self._book = book
        self._known = known
        self._look_up_s = look_up_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer. Raises RefusedPlace, and httpx2.ConnectError where there is nobody."""
        place = place_of(request.url)
        if place not in self._known:
            request = await self._pinned(request, place[0])
        return await self._inner.handle_async_request(request)

    async def _pinned(self, request: httpx2.Request, host: str) -> httpx2.Request:
        try:
            with trio.fail_after(self._look_up_s):
                address, *_ = await self._book.look_up(host)
        except WireError as error:
            if error.reason == "refused_address":
                raise RefusedPlace from None
            raise httpx2.ConnectError(error.reason, request=request) from None
        except trio.TooSlowError:
            raise httpx2.ConnectTimeout("the name was not found in time", request=request) from None
        return httpx2.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # With the name as Host.
            stream=request.stream,
            extensions=request.extensions | {"sni_hostname": host},
        )

    async def aclose(self) -> None:
        """Close all connections."""
        await self._inner.aclose()
