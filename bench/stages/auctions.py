"""The stage of auctions: a real auctioneer, over buyers in a process of their own.

All that an auction goes through is the server's own (routing, codec, wire, auction, ranking,
metrics, call log); only where the call log writes to is ours, and it encodes its rows too.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import orjson
import trio

from actors.shelter import open_shelter
from auctiond.calls.auctioneer import Auctioneer
from auctiond.calls.bank import Usage
from auctiond.calls.call_log import Append, CallLog
from auctiond.calls.health import HealthDesk
from auctiond.calls.pauses import Pauses
from auctiond.config import Settings
from auctiond.jobs.lag import Lag
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.wire import Wire, open_wire
from auctiond.networks.network_book import Edition, compile_edition
from auctiond.options import wire_options
from auctiond.parts.base import now_ms
from auctiond.pg.calls import EventRow
from bench.stages.networks import network_of
from bench.stages.shops import BuyersProcess
from buyers.library import load_library
from market.bids import TargetId
from market.call import BidCame, Event
from market.money import micros

WALLET = micros(1_000_000)


@dataclass(slots=True)
class Stage:
    """A server's auctioneer, and what it told calls after early decisions."""

    buyers: BuyersProcess
    auctioneer: Auctioneer
    edition: Edition
    call_log: CallLog
    wire: Wire
    metrics: Metrics
    came: dict[UUID, set[TargetId]] = field(default_factory=dict)

    def hear(self, call_id: UUID, event: Event) -> None:
        """Be the desk, to which bids come that were in time after an early decision."""
        if isinstance(event, BidCame) and event.bid is not None:
            self.came.setdefault(call_id, set()).add(event.bid.target)


@asynccontextmanager
async def open_stage(
    buyers: BuyersProcess, append: Append, ca_file: Path | None = None
) -> AsyncIterator[Stage]:
    """Yield a stage with the settings that a server has by default."""
    settings = Settings(ping_allowed_networks=(ip_network("127.0.0.0/8"),), ping_ca_file=ca_file)
    metrics = Metrics()
    lag = Lag(metrics, settings.shed_after_ms)
    call_log = CallLog(append, now_ms, Log("bench"))
    usage = Usage()
    numbers = range(len(buyers.ports))
    usage.update({f"wallet:buyer-{number:02d}": (WALLET, 0) for number in numbers})
    stage: Stage
    async with (
        open_wire(wire_options(settings)) as wire,
        open_shelter(drain_s=0) as shelter,
        trio.open_nursery() as nursery,
    ):
        nobody = cast("Any", None)  # Nothing is rung, so nothing is left unanswered.
        health = HealthDesk(
            Pauses(nobody, shelter, metrics, Log("bench"), now_ms),
            metrics,
            now_ms,
            trio.current_time,
            lag.ms,
            settings.shed_after_ms,
        )
        auctioneer = Auctioneer(
            wire,
            shelter,
            usage,
            metrics,
            call_log,
            health,
            now_ms,
            lag.ms,
            settings.shed_after_ms,
            settings.late_ping_s,
            lambda call_id, event: stage.hear(call_id, event),
            turnstile=lag.turnstile,
        )
        edition = compile_edition(1, network_of(buyers.ports), load_library(), _no_secrets)
        stage = Stage(buyers, auctioneer, edition, call_log, wire, metrics)
        nursery.start_soon(lag.run)
        nursery.start_soon(call_log.run)
        yield stage
        nursery.cancel_scope.cancel()


async def encode_only(rows: list[EventRow]) -> None:
    """Be the store of the call log: encode the rows as the real one does, and drop them."""
    for row in rows:
        orjson.dumps(dict(row.data))
    await trio.lowlevel.checkpoint()


def monotonic_offset_s() -> float:
    """Return what is to be added to trio's clock to have CLOCK_MONOTONIC."""
    return time.monotonic() - trio.current_time()


def _no_secrets(name: str) -> str:
    raise LookupError(name)
