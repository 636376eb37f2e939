"""CPU of a webhook: from the socket to its call, and answered; by the server's own web server.

Each is signed, about a call that talks, and tells it what changes nothing there. The database is a
fake that answers at once: what storing costs is the ledger's and the inbox's own matter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import trio

from auctiond.config import carrier_defaults
from auctiond.jobs.admission import Admission
from auctiond.keys.secret import Secret
from auctiond.listener import address_of, bind_listener
from auctiond.serving import serve_web
from auctiond.web.app import make_app
from auctiond.web.bare import App, Receive, Scope, Send, answer
from auctiond.web.express import Refuse
from auctiond.web.turning_away import TurningAway
from bench.gate.probe import Probe
from bench.load.hooks import PUBLIC_KEY, Order, hook_client
from bench.load.other_side import OtherSide
from bench.stages.calls import CALM, open_calls

CALLS = 20
WEBHOOKS = 200  # A round: some 100 ms of CPU.


@asynccontextmanager
async def open_probe() -> AsyncIterator[Probe]:
    """Yield the probe."""
    async with open_probes() as probes:
        yield probes.webhook


@dataclass(frozen=True, slots=True)
class Probes:
    """Of the same web server."""

    webhook: Probe
    refusal: Probe  # Of new calls, by a server that has too much to do.
    empty: Probe  # By a handler that does nothing.


@asynccontextmanager
async def open_probes() -> AsyncIterator[Probes]:
    """Yield the probe, and what it is compared with."""
    known = {"telnyx_public_key": PUBLIC_KEY, "telnyx_api_key": Secret("none")}
    settings = replace(CALM, carriers=carrier_defaults() | known)
    with hook_client() as client:
        async with open_calls(settings) as stage, trio.open_nursery() as nursery:
            await stage.talk(range(CALLS))
            calls = [str(call.id) for call in stage.server.desk.live()]
            doors = stage.server.doors
            overrun = replace(doors, hooks=replace(doors.hooks, admission=Admission(0.0)))

            def probe(app: App, refuse: Refuse | None = None, **more: Any) -> Probe:  # noqa: ANN401
                order = Order(serve(nursery, app, refuse), calls, WEBHOOKS, **more)
                return Probe(partial(post, client, order))

            yield Probes(
                webhook=probe(make_app(doors)),
                refusal=probe(
                    make_app(overrun), TurningAway(overrun.hooks), begins=True, wanted=503
                ),
                empty=probe(do_nothing),
            )
            nursery.cancel_scope.cancel()


def serve(nursery: trio.Nursery, app: App, refuse: Refuse | None = None) -> int:
    """Serve `app` as the server does; return its port."""
    bound = bind_listener("127.0.0.1:0")
    bound.listen()
    port = int(address_of(bound).rpartition(":")[2])
    nursery.start_soon(serve_web, app, bound, trio.sleep_forever, None, refuse)
    return port


async def do_nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer 200 to whatever comes."""
    while scope["type"] == "lifespan":
        told = (await receive())["type"]
        await send({"type": f"{told}.complete"})
    await receive()
    await answer(send, 200, b"", "")


async def post(client: OtherSide, order: Order) -> int:
    """Have the carrier post, and see that all is taken."""
    seen = await client.carry_out(order)
    if seen["answered"] != order.count:
        raise RuntimeError(
            f"of {order.count} webhooks, {seen['answered']} were answered {order.wanted}"
        )
    return order.count
