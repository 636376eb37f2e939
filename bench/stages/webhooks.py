"""The stage of `bench webhooks`: a whole server in this process, as main.py wires it.

Carrier, buyers and callers are processes of their own, so the CPU of this process is the server's.
Beside the server, in the same process and by the same web server, stands a handler that reads a
request and answers 200.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx2
import orjson
import trio

from auctiond.config import Settings, carrier_defaults
from auctiond.database import open_database
from auctiond.keys.secret import Secret
from auctiond.listener import address_of, bind_listener
from auctiond.logs import Log
from auctiond.main import Server, open_server
from auctiond.sandbox.buyers.offers import destination
from auctiond.sandbox.carrier.options import CONNECTION_ID
from auctiond.serving import serve_web
from auctiond.web.app import make_app
from bench.stages.bare import only_200
from bench.stages.networks import network_of
from bench.stages.timed import TimedHooks, TimedLine, Times
from bench.tools.processes import cpu_s_of, line_of, process
from market.network import AskZip
from routing.network_file import write_network

BUYERS = 5  # All answer at once: what an auction costs is measured elsewhere.
HURRY = 50.0  # Nobody needs to hear the prompts.
WALLET = "100000.00"


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs."""

    server: Server
    carrier: str  # Its URL.
    bare_port: int
    times: Times
    carrier_pid: int

    def carrier_cpu_s(self) -> float:
        """Return the CPU seconds of the carrier so far."""
        return cpu_s_of(self.carrier_pid)


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Start everything, with a network of one campaign."""
    with (
        bind_listener("127.0.0.1:0") as bound,
        bind_listener("127.0.0.1:0") as bare,
        process("auctiond.sandbox.buyers", "--buyers", str(BUYERS), "--laws", "instant") as shops,
        process(
            "auctiond.sandbox.carrier",
            *("--port", "0", "--hurry", str(HURRY)),
            *("--hooks", f"http://{address_of(bound)}/hooks/telnyx"),
        ) as carrier,
    ):
        ports = tuple(orjson.loads(line_of(shops))["ports"])
        url, key = (line_of(carrier).split()[-1] for _ in range(2))
        settings = _settings(folder, address_of(bound), url, b64decode(key))
        bare_port = int(address_of(bare).rpartition(":")[2])
        async with (
            open_database(settings, lambda text: None) as where,
            open_server(settings, where, Log("bench")) as server,
            trio.open_nursery() as nursery,
        ):
            times = Times()
            for each in (bound, bare):
                each.listen()
            nursery.start_soon(serve_web, _timed(server, times), bound, trio.sleep_forever)
            nursery.start_soon(serve_web, only_200, bare, trio.sleep_forever)
            api = f"http://{settings.listen}"
            await _furnish(api, settings.admin_key_path.read_text().strip(), url, ports)
            yield Stage(server, url, bare_port, times, carrier.pid)
            nursery.cancel_scope.cancel()


def _timed(server: Server, times: Times) -> Any:  # noqa: ANN401  An ASGI application.
    lines: Any = server.base.carriers.lines
    lines["telnyx"] = TimedLine(lines["telnyx"], server, times)
    hooks: Any = TimedHooks(server.doors.hooks, times)
    return make_app(replace(server.doors, hooks=hooks))


def _settings(folder: Path, listen: str, carrier: str, public_key: bytes) -> Settings:
    telnyx = {
        "telnyx_public_key": public_key,
        "telnyx_api_key": Secret("sandbox"),
        "telnyx_api_url": f"{carrier}/v2",
        "telnyx_connection_id": CONNECTION_ID,
    }
    return Settings(
        data_dir=folder,
        proof_dir=folder / "proof",
        listen=listen,
        carriers=carrier_defaults() | telnyx,
        ping_allowed_networks=(ip_network("127.0.0.0/8"),),
        drain_s=0.0,
    )


async def _furnish(api: str, key: str, carrier: str, ports: tuple[int, ...]) -> None:
    """Apply the network, fill the wallets, and have the buyers' phones answered at once."""
    network = network_of(ports)
    campaign = replace(
        network.campaigns[0],
        music_url="https://media.example/calm.mp3",
        ask_zip=AskZip(),
    )
    targets = tuple(replace(one, concurrency=1000, hours=None) for one in network.targets)
    text = write_network(replace(network, campaigns=(campaign,), targets=targets))
    headers = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(trust_env=False, timeout=60.0) as client:
        told = [await client.put(f"{api}/v1/network", content=text, headers=headers)]
        for buyer in network.buyers:
            body = {"amount": WALLET, "ref": f"bench-{buyer.id}"}
            path = f"{api}/v1/wallets/{buyer.id}/top-ups"
            told.append(await client.post(path, json=body, headers=headers))
        quick = {"behaviour": "answers", "answer_after_s": 0.05}
        for n in range(BUYERS):
            path = f"{carrier}/sandbox/phones/{destination(n)}"
            told.append(await client.put(path, json=quick))
    if wrong := [one.text for one in told if not one.is_success]:
        raise RuntimeError(wrong[0])
