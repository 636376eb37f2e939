"""A stage for crashes: carrier and buyers live on in this process; the server is one to kill."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
import trio

from auctiond.sandbox.buyers.offers import destination
from auctiond.sandbox.buyers.server import BuyersOptions, SandboxBuyers, open_sandbox_buyers
from auctiond.sandbox.carrier import CarrierOptions, SandboxCarrier, Vices, open_sandbox_carrier
from auctiond.sandbox.carrier.options import Watcher
from auctiond.sandbox.carrier.phones import Phone
from auctiond.sandbox.demo.processes import free_port
from auctiond.sandbox.network import (
    FALLBACK,
    LAST_RESORT,
    LAST_RESORT_NUMBER,
    STEADY,
    STEADY_NUMBER,
    demo_network,
)
from bench.crash.server import START_S, ServerProcess, StageError

BUYERS = 5
NUMBERS = 4
WALLET = "100000.00"  # Nobody runs out of money here: that is another test.
# How long carriers repeat a webhook. The patient one brings all that happened in a downtime;
# of the other it stays unknown for good. Real ones are between the two, and slower.
PATIENT = (0.2, 0.3) + (0.5,) * 40
IMPATIENT = (0.2, 0.3)
VICES = Vices(duplicated=0.1, reordered=0.05)
NO_COMMAND_S = 8.0  # A call that no server ever commanded is ended by the carrier.
HURRY = 20.0  # Nobody here needs to hear the prompts.
# Of the five buyers' phones, what is not quick and friendly.
PHONES = {1: Phone("busy", 0.1), 3: Phone("answers", 0.3, 0.8), 4: Phone("declines", 0.2)}


@dataclass(slots=True)
class CrashStage:
    """All that stands on the stage."""

    seed: int
    server: ServerProcess
    carrier: SandboxCarrier
    buyers: SandboxBuyers
    api: httpx2.AsyncClient
    placed: list[str] = field(default_factory=list)  # The n-th call is the n-th person's.

    async def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401  JSON is anything.
        """Return what the server answers to a GET."""
        return _checked(await self.api.get(path, params=params))

    async def verify(self) -> list[str]:
        """Return what the server finds wrong with its ledger."""
        problems: list[str] = _checked(await self.api.post("/v1/ledger/verify"))["problems"]
        return problems


@asynccontextmanager
async def open_crash_stage(
    folder: Path,
    seed: int,
    people: int,
    watcher: Watcher,
    redelivery_s: tuple[float, ...] = PATIENT,
) -> AsyncIterator[CrashStage]:
    """Set the stage for at most `people` calls. The server runs when the block begins."""
    port = free_port()
    options = CarrierOptions(
        hooks=f"http://127.0.0.1:{port}/hooks/telnyx",
        seed=seed,
        vices=VICES,
        redelivery_s=redelivery_s,
        first_command_s=NO_COMMAND_S,
        hurry=HURRY,
        watcher=watcher,
    )
    crowd = BuyersOptions(BUYERS, seed, laws=("fast",), people=people)
    async with open_sandbox_buyers(crowd) as buyers, open_sandbox_carrier(options) as carrier:
        _write_config(folder, port, carrier)
        server = ServerProcess(folder, port)
        try:
            await server.start()
            key = (folder / "data" / "admin.key").read_text().strip()
            async with httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}",
                headers={"Authorization": f"Bearer {key}"},
                timeout=START_S,
                limits=httpx2.Limits(max_keepalive_connections=0),  # It is killed again and again.
                trust_env=False,
            ) as api:
                stage = CrashStage(seed, server, carrier, buyers, api)
                await _furnish(stage)
                yield stage
        finally:
            with trio.CancelScope(shield=True):
                await server.stop()


def _write_config(folder: Path, port: int, carrier: SandboxCarrier) -> None:
    lines = {
        "data_dir": str(folder / "data"),
        "listen": f"127.0.0.1:{port}",
        "telnyx_public_key": b64encode(carrier.public_key).decode(),
        "telnyx_api_key": "sandbox",
        "telnyx_api_url": carrier.api_url,
        "ping_allowed_networks": ["127.0.0.0/8"],
        "poll_carrier_every_s": 1,
        "sweep_every_s": 1,
        "drain_s": 1,
        "shed_after_ms": 10_000,  # However slow the machine: a call that is shed tries nothing.
    }
    text = "".join(f"{key} = {orjson.dumps(value).decode()}\n" for key, value in lines.items())
    (folder / "auctiond.toml").write_text(text)


async def _furnish(stage: CrashStage) -> None:
    network = demo_network(stage.buyers.ports, numbers=NUMBERS, laws=("fast",))
    _checked(await stage.api.put("/v1/network", content=network.encode()))
    for number in (STEADY_NUMBER, LAST_RESORT_NUMBER, FALLBACK):
        stage.carrier.exchange.set_phone(number, Phone("answers", 0.2))
    for n in range(BUYERS):
        phone = PHONES.get(n, Phone("answers", 0.2 + 0.05 * n))
        stage.carrier.exchange.set_phone(destination(n), phone)
    for buyer in (*(f"buyer-{n:02d}" for n in range(BUYERS)), STEADY, LAST_RESORT):
        top_up = {"amount": WALLET, "ref": f"crash-{buyer}"}
        _checked(await stage.api.post(f"/v1/wallets/{buyer}/top-ups", json=top_up))


def _checked(reply: httpx2.Response) -> Any:  # noqa: ANN401  JSON is anything.
    if not reply.is_success:
        raise StageError(f"{reply.request.method} {reply.request.url}: {reply.text[:2000]}")
    return reply.json()
