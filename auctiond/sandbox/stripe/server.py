"""Open a sandbox Stripe on a loopback port, and close it with all that it knows."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Any, cast

import httpx2
import trio
from hypercorn.config import Config
from hypercorn.trio import serve

from auctiond.sandbox.demo.processes import free_port
from auctiond.sandbox.stripe.app import App
from auctiond.sandbox.stripe.books import Books
from auctiond.sandbox.stripe.checkout import Checkout
from auctiond.sandbox.stripe.hooks import AT_ONCE_MAX, Hooks
from auctiond.sandbox.stripe.keys import Keys
from auctiond.sandbox.stripe.options import StripeOptions
from auctiond.sandbox.stripe.payments import Payments
from auctiond.sandbox.stripe.people import People
from auctiond.sandbox.stripe.processor import Processor

GRACE_S = 0.1  # A sandbox that is closed has nobody to wait for.
KEEP_ALIVE_S = 75.0  # Longer than our clients keep a connection, so that they close it.


@dataclass(frozen=True, slots=True)
class SandboxStripe:
    """A processor that runs. The control API for tests is base_url + "/sandbox"."""

    base_url: str
    processor: Processor
    hooks: Hooks
    clock: Clock


class Clock:
    """The processor's clock: ours, and perhaps ahead."""

    def __init__(self) -> None:
        self._ahead_s = 0.0

    def now(self) -> float:
        """Return its time, in Unix seconds."""
        return time.time() + self._ahead_s

    def set_ahead(self, seconds: float) -> None:
        """Run so far ahead from now on."""
        self._ahead_s = seconds


@asynccontextmanager
async def open_sandbox_stripe(options: StripeOptions) -> AsyncIterator[SandboxStripe]:
    """Run a processor as long as the block does."""
    limits = httpx2.Limits(max_connections=AT_ONCE_MAX, max_keepalive_connections=AT_ONCE_MAX)
    # Hooks are on loopback, without TLS. Trusting no certificate saves loading them all.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    port = options.port or free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        httpx2.AsyncClient(limits=limits, timeout=None, trust_env=False, verify=nobody) as client,
        trio.open_nursery() as nursery,
    ):
        hooks, clock = Hooks(client, options, nursery), Clock()
        processor = make_processor(options, hooks, clock, url)
        app = App(processor, hooks, clock.set_ahead)
        await nursery.start(partial(serve, cast("Any", app), _config(port)))
        yield SandboxStripe(url, processor, hooks, clock)
        nursery.cancel_scope.cancel()


def make_processor(options: StripeOptions, hooks: Hooks, clock: Clock, url: str) -> Processor:
    """Return a processor without a door."""
    hooks.books = books = Books(clock.now, hooks.tell)
    people, payments = People(books), Payments(books)
    checkout = Checkout(books, people, payments, url)
    return Processor(
        options, books, Keys(clock.now), people, payments, checkout, Random(options.seed)
    )


def _config(port: int) -> Config:
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]  # Never further: it obeys anybody.
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.graceful_timeout = GRACE_S
    config.loglevel = "CRITICAL"  # A connection that is cut on purpose is no news.
    return config
