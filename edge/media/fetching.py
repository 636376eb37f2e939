"""Fetching recordings by their addresses, from public ones only: an address comes with a command.

A name is looked up once, all its addresses are checked, and one that was checked is connected, so
that no name can point elsewhere between the look and the connection ("DNS rebinding"). It goes so
for each step of a redirect too. `audio_networks` names private networks that are meant.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence

import httpx2

from edge.media.sound import BadSound

FETCH_S = 5.0  # The caller hears nothing meanwhile.
FETCH_MAX = 32 * 1024 * 1024  # Bytes. Half an hour of music is 28 MB.
STEPS_MAX = 4  # A store sends one on once, or twice.
REDIRECTS = (301, 302, 303, 307, 308)
PORTS = {"http": 80, "https": 443}
# IPv6 that leads on to IPv4, private addresses too: NAT64 (RFC 6052) and 6to4 (RFC 3056).
TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "2002::/16"))
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]  # Raises OSError.


async def resolve(host: str, port: int) -> Sequence[str]:
    """Return all addresses of a name. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Fetching:
    def __init__(
        self,
        client: httpx2.AsyncClient,
        allowed: Sequence[Network] = (),
        resolver: Resolver = resolve,
    ) -> None:
        self._client = client
        self._allowed = allowed
        self._resolve = resolver

    async def fetch(self, url: str) -> bytes:
        """Return what is at `url`. Raises BadSound; no error holds the address."""
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._follow(httpx2.URL(url))
        except (httpx2.RequestError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            raise BadSound(f"the recording was not to be had: {type(error).__name__}") from None

    async def _follow(self, url: httpx2.URL) -> bytes:
        for _ in range(STEPS_MAX):
            if url.scheme not in PORTS:
                raise BadSound("the recording's address is neither http nor https")
            host = url.raw_host.decode("ascii")
            address = await self._checked(host, url.port or PORTS[url.scheme])
            async with self._client.stream(
                "GET",
                url.copy_with(host=address),
                headers={"host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": host},
                follow_redirects=False,
            ) as reply:
                if reply.status_code not in REDIRECTS:
                    return await _content(reply)
                url = url.join(reply.headers.get("location", ""))
        raise BadSound("the recording was sent on too often")

    async def _checked(self, host: str, port: int) -> str:
        """Return an address of `host`; if one of them is private, none is used."""
        named = await self._resolve(host, port)
        found = [ipaddress.ip_address(one.partition("%")[0]) for one in named]
        if not found or not all(self._may_be(one) for one in found):
            raise BadSound("the recording is at a private address: see audio_networks")
        return str(found[0])

    def _may_be(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        address = mapped or address
        if any(address in network for network in self._allowed):
            return True
        inward = any(address in tunnel for tunnel in TUNNELS)
        return address.is_global and not address.is_multicast and not inward


async def _content(reply: httpx2.Response) -> bytes:
    if not reply.is_success:
        raise BadSound(f"the recording was answered with {reply.status_code}")
    content = bytearray()
    async for chunk in reply.aiter_bytes():
        content += chunk
        if len(content) > FETCH_MAX:
            raise BadSound("the recording is too large")
    return bytes(content)
