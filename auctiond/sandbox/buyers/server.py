"""Open the sandbox's buyers: a port for each, and one to control them all."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass

import trio

from auctiond.sandbox.buyers.connection import accept, listen
from auctiond.sandbox.buyers.control import Control
from auctiond.sandbox.buyers.later import Later
from auctiond.sandbox.buyers.laws import usual
from auctiond.sandbox.buyers.shop import Shop, ShopOptions
from auctiond.sandbox.buyers.stats import PostLog, SentLog
from auctiond.sandbox.buyers.watch import Watch
from auctiond.sandbox.people import people

BACKLOG = 1024  # A burst of new connections must queue, not fail.
CLOSED = "refuses"  # The law under which a buyer does not listen at all.


@dataclass(frozen=True, slots=True)
class BuyersOptions:
    buyers: int
    seed: int
    laws: tuple[str, ...] = ()  # Given out in turn; none: the usual mix.
    people: int = 0  # How many people pings are searched for; 0: not searched.
    host: str = "127.0.0.1"
    base_port: int = 0  # The first buyer's; 0: any free ports.
    control_port: int = 0  # 0: the one after the last buyer's, or any free one.
    record_sent: bool = False  # Whether to note when each bid left.


class Door:
    """A buyer's port: open, or refusing while its law says so."""

    def __init__(self, shop: Shop, host: str, port: int) -> None:
        self.shop = shop
        self._sock = listen(host, port)
        self._host, self.port = self._sock.getsockname()
        self._scope = trio.CancelScope()
        self._open_door()

    def put_law(self, law: str) -> None:
        """Change the buyer's law, at once; a door that shuts by it loses its clients."""
        was = self.shop.law_name
        self.shop.set_law(law)
        if CLOSED not in (was, law) or was == law:
            return
        self._scope.cancel()
        if law == CLOSED:
            self._sock.close()
            self._sock = listen(self._host, self.port)
        self._open_door()

    async def keep(self) -> None:
        """Serve the port until cancelled."""
        try:
            while True:
                with trio.CancelScope() as self._scope:
                    if self.shop.law_name == CLOSED:
                        await trio.sleep_forever()
                    await accept(self._sock, self.shop.serve)
        finally:
            self._sock.close()

    def _open_door(self) -> None:
        if self.shop.law_name != CLOSED:
            self._sock.listen(BACKLOG)


class SandboxBuyers:
    """All buyers of a sandbox, for who runs them in the same process."""

    def __init__(self, options: BuyersOptions) -> None:
        self._posts = PostLog()
        self._sent = SentLog() if options.record_sent else None
        self._later = Later()
        watch = Watch(people(options.seed, options.people)) if options.people else None
        laws = options.laws or usual(options.buyers)
        self._doors = [
            Door(
                Shop(
                    ShopOptions(
                        n,
                        options.seed,
                        laws[n % len(laws)],
                        watch,
                        self._posts,
                        self._later,
                        self._sent,
                    )
                ),
                options.host,
                options.base_port + n if options.base_port else 0,
            )
            for n in range(options.buyers)
        ]
        self._control = _control_socket(options)
        self.control_port: int = self._control.getsockname()[1]

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(door.port for door in self._doors)

    @property
    def shops(self) -> tuple[Shop, ...]:
        return tuple(door.shop for door in self._doors)

    def statistics(self) -> list[dict[str, object]]:
        """Return every buyer's counts."""
        return [
            {"buyer": n, "port": door.port, "law": door.shop.law_name, **door.shop.stats.told()}
            for n, door in enumerate(self._doors)
        ]

    def posts(self) -> list[dict[str, object]]:
        """Return the leads that reached the buyers: ids and names of fields, no lead."""
        return [asdict(post) for post in self._posts.all()]

    def sent(self) -> list[tuple[int, str, int]]:
        """Return buyer, auction and moment (CLOCK_MONOTONIC, ns) of each bid, if recorded."""
        return self._sent.told() if self._sent is not None else []

    def reset(self) -> None:
        """Count from zero; every buyer's next ping is its first."""
        self._posts.clear()
        if self._sent is not None:
            self._sent.clear()
        for shop in self.shops:
            shop.reset()

    def put_law(self, buyer: int, law: str) -> None:
        """Let a buyer behave by another law from now on."""
        self._doors[buyer].put_law(law)

    async def run(self) -> None:
        """Serve all ports until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._later.run)
            for door in self._doors:
                nursery.start_soon(door.keep)
            with self._control:
                await accept(self._control, Control(self).serve)


def _control_socket(options: BuyersOptions) -> socket.socket:
    port = options.control_port or (options.base_port and options.base_port + options.buyers)
    sock = listen(options.host, port)
    sock.listen(BACKLOG)
    return sock


@asynccontextmanager
async def open_sandbox_buyers(options: BuyersOptions) -> AsyncIterator[SandboxBuyers]:
    """Run the sandbox's buyers while the block runs; their ports are open from its start."""
    buyers = SandboxBuyers(options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(buyers.run)
        yield buyers
        nursery.cancel_scope.cancel()
