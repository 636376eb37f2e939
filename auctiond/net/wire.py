"""The ping wire: HTTP/1.1 to buyers at a fraction of a common client's CPU, with hard limits.

No timeouts here: the caller's cancel scope is the deadline, and a cancelled request closes
its connection and gives its place back at once. No retries, no redirects, no proxies, no
environment variables.
"""

from __future__ import annotations

import math
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trio

from auctiond.net.addresses import Network
from auctiond.net.connect import connect, start_tls
from auctiond.net.connection import Connection, Done, Outcome
from auctiond.net.errors import WireError
from auctiond.net.flight import Flight
from auctiond.net.pool import Pool
from auctiond.net.requests import Head, Origin, write_head, write_request
from auctiond.net.resolver import AddressBook, Resolver, system_resolver
from auctiond.net.watch import Watch
from market.http import HttpReply, HttpRequest

__all__ = ["Outcome", "Wire", "WireError", "WireOptions", "WireStatistics", "open_wire"]

_Key = tuple[str, str, tuple[tuple[str, str], ...]]  # Method, url, headers.

HEADS_MAX = 4096  # Heads kept; more means that urls or headers differ each time: start afresh.


@dataclass(frozen=True, slots=True)
class WireOptions:
    pings_max: int = 64  # Out to one origin at once; more are refused, not queued.
    idle_max_s: float = 60.0  # Most servers close after 60 to 75 s; be the first.
    allowed_networks: tuple[Network, ...] = ()  # Private networks where buyers may live.
    ca_file: Path | None = None  # Trusted besides the system's authorities.
    ssl_context: ssl.SSLContext | None = None  # Instead of our own.
    resolver: Resolver | None = None  # Instead of the operating system's.
    now_s: Callable[[], float] = time.monotonic  # Ages connections and names; no deadlines.


@dataclass(frozen=True, slots=True)
class WireStatistics:
    """Counts since the start, but `in_use` and `idle`, which are now."""

    opened: int
    reused: int
    in_use: int
    idle: int
    refused: int  # Addresses that were refused.
    throttled: int  # Pings that were over the cap.


class Wire:
    """Sends requests. Built by `open_wire`."""

    def __init__(
        self,
        options: WireOptions,
        context: ssl.SSLContext,
        watch: Watch,
        nursery: trio.Nursery,  # For connections that are being opened.
    ) -> None:
        self._options = options
        self._context = context
        self._watch = watch
        self._nursery = nursery
        self._now_s = options.now_s
        resolver = options.resolver or system_resolver()
        self._book = AddressBook(resolver, options.allowed_networks, options.now_s)
        self._pools: dict[Origin, Pool] = {}
        self._routes: dict[_Key, _Route] = {}
        self._refused = 0

    def start(self, request: HttpRequest, done: Done) -> Flight:
        """Send `request`; `done` is called once with the answer or a WireError, maybe at once.

        Raises ValueError for a request that cannot be written. `done` must not raise. Whoever
        starts several at a time calls `look` before, so that no connection is dead already.
        """
        key = (request.method, request.url, request.headers)
        route = self._routes.get(key) or self._new_route(key)
        data = write_request(route.head, request.body)
        flight = Flight(route.pool, done, self._now_s)
        try:
            connection = route.pool.take(self._now_s())
        except WireError as error:
            flight.refuse(error)
            return flight
        if connection is None:
            self._nursery.start_soon(flight.open_and_fly, data)
        else:
            flight.fly(connection, data)
        return flight

    def look(self) -> None:
        """Hear what has arrived by now: answers, and the ends of connections."""
        self._watch.look()

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the answer, whatever its status. Raises WireError, or ValueError for a request
        that cannot be written. Not sent when the caller's scope is cancelled already.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        self.look()
        outcomes: list[Outcome] = []
        landed = trio.Event()

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            landed.set()

        flight = self.start(request, done)
        try:
            await landed.wait()
        finally:
            flight.cancel()
        if isinstance(outcomes[0], WireError):
            raise outcomes[0]
        return outcomes[0]

    def statistics(self) -> WireStatistics:
        """Return the counts of all origins together."""
        pools = self._pools.values()
        return WireStatistics(
            opened=sum(pool.opened for pool in pools),
            reused=sum(pool.reused for pool in pools),
            in_use=sum(pool.in_use for pool in pools),
            idle=sum(pool.idle for pool in pools),
            refused=self._refused,
            throttled=sum(pool.throttled for pool in pools),
        )

    def close_idle(self, longer_than_s: float) -> None:
        """Close connections that were idle for longer; origins no longer asked keep none."""
        for pool in self._pools.values():
            pool.close_idle(self._now_s() - longer_than_s)

    def _new_route(self, key: _Key) -> _Route:
        head = write_head(*key)
        if len(self._routes) >= HEADS_MAX:
            self._routes.clear()
        route = self._routes[key] = _Route(head, self._pool(head.origin))
        return route

    def _pool(self, origin: Origin) -> Pool:
        pool = self._pools.get(origin)
        if pool is None:
            options = self._options
            pool = Pool(lambda: self._open(origin), options.pings_max, options.idle_max_s)
            self._pools[origin] = pool
        return pool

    async def _open(self, origin: Origin) -> Connection:
        self.close_idle(self._options.idle_max_s)  # Opening is rare and dear; so it pays for this.
        try:
            addresses = await self._book.look_up(origin.host)
        except WireError as error:
            self._refused += error.reason == "refused_address"
            raise
        connected, reached = await connect(addresses, origin.port)
        if reached != addresses[0]:
            self._book.prefer(origin.host, reached)
        if origin.secure:
            connected = await start_tls(connected, self._context, origin.host)
        return Connection(connected, self._watch)


@dataclass(frozen=True, slots=True)
class _Route:
    head: Head
    pool: Pool


@asynccontextmanager
async def open_wire(options: WireOptions) -> AsyncIterator[Wire]:
    """Yield a wire; afterwards its idle connections are closed. End its requests before."""
    context = options.ssl_context or _tls_context(options.ca_file)
    _refuse_unverified(context)
    watch = Watch()
    async with trio.open_nursery() as nursery:
        wire = Wire(options, context, watch, nursery)
        nursery.start_soon(watch.run)
        try:
            yield wire
        finally:
            nursery.cancel_scope.cancel()
            wire.close_idle(-math.inf)
    watch.close()


@cache
def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()  # 18 ms: once, and shared by all.
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _refuse_unverified(context: ssl.SSLContext) -> None:
    if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
        raise ValueError("ssl_context: expected one that verifies certificates and host names")
