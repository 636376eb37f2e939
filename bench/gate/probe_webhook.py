"""CPU of a webhook: from the socket to its call, and answered; by the server's own web server.

Each is signed, about a call that talks, and tells it what changes nothing there. The database is a
fake that answers at once: what storing costs is the ledger's and the inbox's own matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio

from auctiond.config import Settings, carrier_defaults
from auctiond.keys.secret import Secret
from auctiond.listener import address_of, bind_listener
from auctiond.serving import serve_web
from auctiond.web.app import make_app
from bench.call_stage import open_calls
from bench.gate.probe import Probe
from bench.hook_client import PUBLIC_KEY, HookClient, Order, hook_client

CALLS = 20
WEBHOOKS = 200  # A round: some 100 ms of CPU.


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    known = {"telnyx_public_key": PUBLIC_KEY, "telnyx_api_key": Secret("none")}
    settings = Settings(carriers=carrier_defaults() | known, poll_carrier_every_s=3600)
    with hook_client() as client, bind_listener("127.0.0.1:0") as bound:
        port = int(address_of(bound).rpartition(":")[2])
        async with open_calls(settings) as stage, trio.open_nursery() as nursery:
            await stage.talk(range(CALLS))
            bound.listen()
            nursery.start_soon(serve_web, make_app(stage.server.doors), bound, trio.sleep_forever)
            calls = [str(call.id) for call in stage.server.desk.live()]
            yield Probe(partial(post, client, Order(port, calls, WEBHOOKS)))
            nursery.cancel_scope.cancel()


async def post(client: HookClient, order: Order) -> int:
    """Have the carrier post, and see that all is taken."""
    seen = await client.carry_out(order)
    if seen["answered"] != order.count:
        raise RuntimeError(f"of {order.count} webhooks, {seen['answered']} were answered 200")
    return order.count
