"""Open a sandbox carrier on a loopback port, and close it with all its calls."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import trio
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auctiond.listener import address_of, bind_listener
from auctiond.net.carrier_link import ANYWHERE
from auctiond.net.wire import WireOptions, open_wire
from auctiond.sandbox.carrier.app import App
from auctiond.sandbox.carrier.exchange import Exchange
from auctiond.sandbox.carrier.hooks import Hooks
from auctiond.sandbox.carrier.options import CarrierOptions
from auctiond.sandbox.carrier.server_settings import server_settings
from auctiond.sandbox.carrier.signing import public_key
from auctiond.serving import serve_web

COMMANDS = (b"/v2/", b"/v1/", b"/2010-04-01/")  # A call has half a dozen.
CONNECTIONS_MAX = 1_000  # Each phone may ask for a document at once, beside what hooks.py limits.


@dataclass(frozen=True, slots=True)
class SandboxCarrier:
    """A carrier that runs: where it is, and the key that checks its webhooks."""

    base_url: str  # The control API for tests is base_url + "/sandbox".
    public_key: bytes
    exchange: Exchange

    @property
    def api_url(self) -> str:
        """What a server has as its carrier's API."""
        return self.base_url + "/v2"

    @property
    def settings(self) -> dict[str, str]:
        """What a server has in its settings to use this carrier."""
        options = self.exchange.options
        return server_settings(options.protocol, self.base_url, self.public_key, options.api_key)

    def set_hooks(self, url: str) -> None:
        """Send the webhooks of calls from now on to `url`."""
        self.exchange.hook_url = url


@asynccontextmanager
async def open_sandbox_carrier(options: CarrierOptions) -> AsyncIterator[SandboxCarrier]:
    """Run a carrier as long as the block does."""
    if options.private_key:
        key = Ed25519PrivateKey.from_private_bytes(options.private_key)
    else:
        key = Ed25519PrivateKey.generate()
    # Hooks are on loopback, without TLS. Trusting no certificate saves loading them all.
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    wires = WireOptions(CONNECTIONS_MAX, allowed_networks=ANYWHERE, ssl_context=nobody)
    async with open_wire(wires) as wire, trio.open_nursery() as nursery:
        exchange = Exchange(options, Hooks(wire, key, options, nursery), nursery)
        app = App(exchange, public_key(key))
        # Never further than this machine: it knows people, and obeys anybody.
        with bind_listener(f"127.0.0.1:{options.port}") as bound:
            bound.listen()  # At once: who is told the address may connect.
            exchange.base_url = f"http://{address_of(bound)}"
            serve = partial(serve_web, app, bound, trio.sleep_forever, ways=COMMANDS)
            nursery.start_soon(serve)
            yield SandboxCarrier(exchange.base_url, public_key(key), exchange)
            nursery.cancel_scope.cancel()
