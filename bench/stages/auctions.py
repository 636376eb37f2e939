"""The stage of `bench auction`: twenty buyers in a process of their own, and a real auctioneer.

All that an auction goes through is the server's own (routing, codec, wire, auction, ranking,
metrics, call log); only where the call log writes to is ours, and it encodes its rows too.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
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
from buyers.library import load_library
from market.bids import BuyerId, TargetId
from market.call import BidCame, Event
from market.money import micros
from market.network import (
    Buyer,
    Campaign,
    Cap,
    Filter,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
)
from market.schedule import Hours

# One dead, one ten times slower, one flapping; the rest answer in some 15 ms, a few in 35.
LAWS = ("dead", "slow", "flapping", *("fast",) * 17)
CAMPAIGN, PUBLISHER, NUMBER = "auto", "north", "+15558000000"
DEADLINE_MS, TOLD_MS = 200, 180
ALL_DAY = dict.fromkeys(range(7), ((0, 24 * 60),))
WALLET = micros(1_000_000)


@dataclass(frozen=True, slots=True)
class BuyersProcess:
    """The buyers' process."""

    pid: int
    ports: tuple[int, ...]
    control: int

    def reset(self) -> None:
        """Forget what was counted and noted."""
        self._ask("POST", "/reset")

    def sent_s(self) -> dict[tuple[TargetId, str], float]:
        """Return when each bid had left, by target and auction, on CLOCK_MONOTONIC."""
        noted = json.loads(self._ask("GET", "/sent"))["sent"]
        return {(target_id(buyer), auction): at_ns / 1e9 for buyer, auction, at_ns in noted}

    def cpu_s(self) -> float:
        """Return the CPU seconds of the process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ask(self, method: str, path: str) -> bytes:
        link = http.client.HTTPConnection("127.0.0.1", self.control, timeout=30)
        try:
            link.request(method, path)
            return link.getresponse().read()
        finally:
            link.close()


@contextmanager
def sandbox_buyers(seed: int = 1) -> Iterator[BuyersProcess]:
    """Run the sandbox's buyers, who note when each bid left."""
    laws = ["--buyers", str(len(LAWS)), "--laws", ",".join(LAWS), "--seed", str(seed)]
    command = [sys.executable, "-m", "auctiond.sandbox.buyers", *laws, "--record-sent"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            yield BuyersProcess(process.pid, tuple(ready["ports"]), ready["control"])
        finally:
            process.send_signal(signal.SIGTERM)


def target_id(number: int) -> TargetId:
    """Return the target of the buyer with that number."""
    return TargetId(f"target-{number:02d}")


def network_of(ports: tuple[int, ...]) -> Network:
    """Return a network of one campaign with one tier, in which everybody may have any call."""
    numbers = range(len(ports))
    tier = Tier(tuple(target_id(number) for number in numbers), reserve=micros(5))
    campaign = Campaign(
        id=CAMPAIGN,
        name="Auto insurance",
        vertical="auto-insurance",
        tiers=(tier,),
        deadline_ms=DEADLINE_MS,
        told_ms=TOLD_MS,
    )
    return Network(
        name="bench",
        campaigns=(campaign,),
        publishers=(Publisher(PUBLISHER, "North Media"),),
        numbers=(TrackingNumber(NUMBER, CAMPAIGN, PUBLISHER),),
        buyers=tuple(Buyer(BuyerId(f"buyer-{number:02d}"), "Buyer") for number in numbers),
        targets=tuple(_target(number, port) for number, port in enumerate(ports)),
    )


def _target(number: int, port: int) -> Target:
    """Return a target with the rules that real ones have; all of them pass."""
    host = f"http://127.0.0.1:{port}"
    return Target(
        id=target_id(number),
        buyer=BuyerId(f"buyer-{number:02d}"),
        ping=PingTarget("plain_json", f"{host}/ping", {"post_url": f"{host}/post"}),
        price_max=micros(60),
        filters=(Filter("state", any_of=("CA", "TX", "FL")), Filter("area_code", none_of=("9*",))),
        caps=(Cap("calls", "day", 10_000_000), Cap("money", "hour", micros(1_000_000))),
        concurrency=100_000,
        hours=Hours("America/New_York", ALL_DAY) if number % 2 else None,
    )


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
