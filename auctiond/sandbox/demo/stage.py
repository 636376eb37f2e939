"""Sets the demo's stage: starts buyers, carrier and server, and makes them know each other."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import trio

from auctiond.sandbox.carrier.server_settings import server_settings
from auctiond.sandbox.demo import cards
from auctiond.sandbox.demo.processes import DemoError, child, first_line, free_port, tail
from auctiond.sandbox.network import SECRET, SECRET_VALUE, demo_network, wallets
from auctiond.sandbox.script import phones
from market.money import dollars

START_S = 60.0  # A cold machine unpacks and initialises a database in it.
READY_POLL_S = 0.05
REPLY_S = 30.0  # Verifying a long ledger takes its time.
API_KEY = "sandbox"
NUMBERS = 4  # Tracking numbers that callers dial.
RETRY = "#rc=5&rp=all"  # Of webhooks that were not heard, as docs/carriers.md has it.

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    calls: int
    rate_per_s: float
    buyers: int
    seed: int
    folder: Path  # Where everything of this demo lies.
    vices: str = "mild"
    rtb_percent: int = 0  # Of the calls: their publisher asks for a price first.
    carrier: str = "telnyx"  # Whose protocol the sandbox carrier speaks.
    sip: bool = False  # The carrier's people have real SIP phones, and call both switches of edge/.


@dataclass(frozen=True, slots=True)
class Stage:
    """All that runs, by its door."""

    server: httpx2.AsyncClient  # Authorised for everything.
    carrier: httpx2.AsyncClient
    buyers: httpx2.AsyncClient
    processor: httpx2.AsyncClient  # Of cards.
    url: str
    key: str
    config: Path  # The server's settings.
    paid_in: dict[str, int]  # By buyer, in micros.


@asynccontextmanager
async def open_stage(options: DemoOptions, say: Say) -> AsyncIterator[Stage]:
    """Start everything, and stop it all on leaving."""
    port = free_port()
    async with (
        child("buyers", *_buyers(options), logs=options.folder) as buyers,
        child("carrier", *_carrier(options, port), logs=options.folder) as carrier,
        child("stripe", *_stripe(options, port), logs=options.folder) as stripe,
    ):
        say("starting the buyers, the carrier and the card processor")
        shops = orjson.loads(await first_line("buyers", buyers, options.folder, START_S))
        told = await first_line("carrier", carrier, options.folder, START_S)
        carrier_url = told.split()[-1]
        told = await first_line("stripe", stripe, options.folder, START_S)
        stripe_url = told.split()[-1]
        async with _client(carrier_url) as phone_company:
            carrier_lines = await _carrier_lines(options, phone_company, carrier_url)
            config = _write_config(options, port, carrier_lines, stripe_url)
            say("starting the server on its own PostgreSQL")
            args = ("auctiond", "serve", "--config", str(config))
            secrets = {SECRET: SECRET_VALUE}
            async with child("server", *args, logs=options.folder, more=secrets) as server:
                await _wait_ready(server, port, options.folder)
                admin = (options.folder / "data" / "admin.key").read_text().strip()
                url = f"http://127.0.0.1:{port}"
                async with (
                    _client(url, admin) as ours,
                    _client(f"http://127.0.0.1:{shops['control']}") as control,
                    _client(stripe_url, cards.KEY) as processor,
                ):
                    paid_in: dict[str, int] = dict(wallets(options.buyers))
                    doors = (ours, phone_company, control, processor)
                    stage = Stage(*doors, url, admin, config, paid_in)
                    say("applying the network, filling the wallets, plugging in the phones")
                    await _furnish(stage, options, shops["ports"])
                    yield stage


def _buyers(options: DemoOptions) -> tuple[str, ...]:
    return (
        "auctiond.sandbox.buyers",
        f"--buyers={options.buyers}",
        f"--seed={options.seed}",
        f"--people={options.calls}",
    )


def _carrier(options: DemoOptions, port: int) -> tuple[str, ...]:
    if options.sip:
        return (
            "auctiond.sandbox.sip",
            f"--server=http://127.0.0.1:{port}",
            f"--folder={options.folder}",
            f"--buyers={options.buyers}",
            f"--seed={options.seed}",
        )
    return (
        "auctiond.sandbox.carrier",
        "--port=0",
        f"--protocol={options.carrier}",
        f"--api-key={API_KEY}",
        f"--hooks=http://127.0.0.1:{port}/hooks/{options.carrier}{RETRY}",
        f"--seed={options.seed}",
        f"--vices={options.vices}",
        "--hurry=4",
    )


def _stripe(options: DemoOptions, port: int) -> tuple[str, ...]:
    return (
        "auctiond.sandbox.stripe",
        "--port=0",
        f"--hooks=http://127.0.0.1:{port}/hooks/stripe",
        f"--seed={options.seed}",
        f"--vices={options.vices}",
    )


async def _carrier_lines(
    options: DemoOptions, phone_company: httpx2.AsyncClient, url: str
) -> dict[str, str]:
    """Return the server's settings for its carriers."""
    if options.sip:
        lines: dict[str, str] = (await phone_company.get("/sandbox/settings")).json()
        return lines
    key = (await phone_company.get("/sandbox/key")).json()["public_key"]
    return server_settings(options.carrier, url, b64decode(key), API_KEY)


def _write_config(
    options: DemoOptions, port: int, carrier_lines: Mapping[str, str], stripe_url: str
) -> Path:
    """Write the server's settings as an operator would, and return the file."""
    lines = {
        "data_dir": str(options.folder / "data"),
        "listen": f"127.0.0.1:{port}",
        **carrier_lines,
        "stripe_api_key": cards.KEY,
        "stripe_api_url": stripe_url,
        "stripe_webhook_secret": cards.SECRET,
        "ping_allowed_networks": ["127.0.0.0/8"],
        "poll_carrier_every_s": 2,
        "sweep_every_s": 2,
        "drain_s": 5,
    }
    path = options.folder / "auctiond.toml"
    path.write_text("".join(f"{k} = {orjson.dumps(v).decode()}\n" for k, v in lines.items()))
    return path


async def _wait_ready(server: trio.Process, port: int, logs: Path) -> None:
    async with _client(f"http://127.0.0.1:{port}") as client:
        with trio.move_on_after(START_S):
            while server.returncode is None:
                try:
                    if (await client.get("/readyz")).is_success:
                        return
                except httpx2.TransportError:
                    pass
                await trio.sleep(READY_POLL_S)
    raise DemoError(f"the server did not start:\n{tail(logs / 'server.log')}")


async def _furnish(stage: Stage, options: DemoOptions, ports: list[int]) -> None:
    network = demo_network(ports, numbers=NUMBERS, recorded=not options.sip)
    await checked(stage.server.put("/v1/network", content=network.encode()))
    for phone in phones(options.seed, options.buyers):
        await checked(stage.carrier.put(f"/sandbox/phones/{phone['number']}", json=phone))
    await cards.pay_by_card(stage.server, stage.processor, stage.paid_in[cards.BUYER])
    for buyer, amount in stage.paid_in.items():
        if buyer == cards.BUYER:
            continue
        top_up = {"amount": dollars(amount), "ref": f"demo-{buyer}"}
        await checked(stage.server.post(f"/v1/wallets/{buyer}/top-ups", json=top_up))


async def checked(request: Any) -> Any:  # noqa: ANN401  JSON is anything.
    """Return the JSON of an answer that must be a success."""
    reply = await request
    if not reply.is_success:
        raise DemoError(f"{reply.request.method} {reply.request.url}: {reply.text[:2000]}")
    return reply.json()


def _client(url: str, key: str = "") -> httpx2.AsyncClient:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.AsyncClient(base_url=url, headers=headers, timeout=REPLY_S, trust_env=False)
