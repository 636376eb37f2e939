"""The stage of calls: a whole server but for the world, which answers at once and keeps nothing.

Carrier, buyers, database and ledger are fakes of a few lines; all between them is the server's own,
as main.py wires it. Each call is auctioned among twenty targets that all bid, takes its hold, is
dialled and joined; its lead is posted.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import trio

from actors.shelter import Shelter, open_shelter
from auctiond.calls.call_log import CallLog
from auctiond.carriers import Carriers, set_up
from auctiond.config import Settings
from auctiond.jobs.lag import Lag
from auctiond.keys.vault import Vault, open_vault
from auctiond.logs import Log
from auctiond.main import Server, wire_up
from auctiond.metrics import Metrics
from auctiond.networks.network_book import compile_edition
from auctiond.parts.base import Base, now_ms
from bench.stages.auctions import WALLET
from bench.stages.networks import network_of
from bench.stages.shops import LAWS
from bench.stages.stores import Stores
from bench.stages.world import Carrier, Wire, arrived
from buyers.library import load_library
from market.call import Call, State

BATCH = 10  # Calls that are set up at once.
DEADLINE_MS = 10_000  # None passes, on however busy a machine.
LATER_S = 2.0  # Late pings and posts are over by then.
# Polls would only disturb; and however busy the machine, no auction is shed: all calls shall talk.
CALM = Settings(poll_carrier_every_s=3600, shed_after_ms=10_000)


@dataclass(frozen=True, slots=True)
class CallStage:
    """A server, and the carrier that brings its calls."""

    server: Server
    carrier: Carrier

    async def talk(self, numbers: Sequence[int]) -> None:
        """Let calls come in, and return when all of them talk and all else is over."""
        for at in range(0, len(numbers), BATCH):
            for number in numbers[at : at + BATCH]:
                self.carrier.deliver(arrived(number))
            await self.until_all_talk()
        await trio.sleep(LATER_S)

    async def until_all_talk(self) -> None:
        """Return when every live call talks to a buyer."""
        while not all(_talks(call) for call in self.server.desk.live()):  # noqa: ASYNC110  No event tells.
            await trio.sleep(0.01)


@asynccontextmanager
async def open_calls(
    settings: Settings | None = None, stores: Stores | None = None
) -> AsyncIterator[CallStage]:
    """Yield a stage; `stores` are all stores there are."""
    settings = settings or CALM
    stores = stores or Stores()
    with tempfile.TemporaryDirectory() as folder:
        async with trio.open_nursery() as nursery, open_shelter(drain_s=0) as shelter:
            call_log = CallLog(stores.append, now_ms, Log("bench"))
            nursery.start_soon(call_log.run)
            carrier = Carrier()
            vault = open_vault(Path(folder) / "keys.json")
            server = _server(_base(settings, stores, shelter, carrier, vault, call_log))
            server.is_open = True
            carrier.deliver = server.doors.hooks.switchboard.deliver
            yield CallStage(server, carrier)
            nursery.cancel_scope.cancel()


def _base(
    settings: Settings,
    all_stores: Stores,
    shelter: Shelter,
    carrier: Carrier,
    vault: Vault,
    call_log: CallLog,
) -> Base:
    metrics, stores = Metrics(), cast("Any", all_stores)
    return Base(
        settings=settings,
        pg=stores,
        book=stores,
        calls=stores,
        inbox=stores,
        shelter=shelter,
        wire=cast("Any", Wire()),
        carriers=Carriers(set_up(settings), {"": cast("Any", carrier)}),
        vault=vault,
        call_log=call_log,
        metrics=metrics,
        lag=Lag(metrics, settings.shed_after_ms),
        log=Log("bench"),
        rtb_pings=stores,
        lookups=stores,
        media=stores,
    )


def _server(base: Base) -> Server:
    network = network_of(tuple(range(9000, 9000 + len(LAWS))))
    campaigns = tuple(replace(one, deadline_ms=DEADLINE_MS) for one in network.campaigns)
    edition = compile_edition(1, replace(network, campaigns=campaigns), load_library(), str)
    base.networks.put(edition, current=True)
    base.usage.update({f"wallet:buyer-{number:02d}": (WALLET, 0) for number in range(len(LAWS))})
    return wire_up(base)


def _talks(call: Call) -> bool:
    if call.state in (State.FALLBACK, State.CLOSING):
        raise RuntimeError(f"a call that should talk came to {call.state.name}")
    return call.state is State.BRIDGED
