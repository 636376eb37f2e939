"""A server of two workers, as processes, with carrier and buyers in the test's own process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import orjson
import trio

from auctiond.sandbox.carrier import SandboxCarrier, open_sandbox_carrier
from auctiond.sandbox.carrier.options import CONNECTION_ID
from routing.network_file import write_network
from tests.whole.networks import FALLBACK, FIRST, NUMBER, SECOND, TWO, network_of
from tests.whole.stage import CARRIER, client, until

Json = dict[str, Any]
REDELIVERY_S = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 2.0, 5.0, 5.0)  # The carrier is patient.


@dataclass
class House:
    process: trio.Process
    url: str
    api: httpx2.AsyncClient
    people: httpx2.AsyncClient
    carrier: SandboxCarrier
    lines: list[Json] = field(default_factory=list)  # What the server has logged.
    _news: trio.Event = field(default_factory=trio.Event)

    async def logged(self, event: str, count: int = 1) -> list[Json]:
        """Return the lines of that event once there are so many."""
        while len(found := [line for line in self.lines if line.get("event") == event]) < count:
            await self._news.wait()
        return found

    def pid(self, worker: int) -> int:
        """Return the process of a worker."""
        ready = [x for x in self.lines if x.get("event") == "worker.ready"]
        return next(line["pid"] for line in reversed(ready) if line["worker"] == worker)

    def metrics_urls(self) -> list[str]:
        """Return where the workers tell their metrics."""
        ready = next(line for line in self.lines if line.get("event") == "server.ready")
        return [f"http://{address}/metrics" for address in ready["metrics"]]

    async def read(self) -> None:
        """Take in what the server logs."""
        assert self.process.stderr is not None
        left = b""
        while data := await self.process.stderr.receive_some(65536):
            *lines, left = (left + data).split(b"\n")
            for line in lines:
                try:
                    self.lines.append(orjson.loads(line))
                except orjson.JSONDecodeError:
                    self.lines.append({"event": "text", "text": line.decode()})
            self._news.set()
            self._news = trio.Event()

    async def place(self, n: int, talk_s: float) -> str:
        """Let somebody call, and return the phone call's session."""
        order = {"from": f"+1555700{n:04d}", "to": NUMBER, "script": {"talk_s": talk_s}}
        reply = await self.people.post("/sandbox/calls", json=order)
        assert reply.status_code == 201, reply.text
        session: str = reply.json()["call_session_id"]
        return session

    async def get(self, path: str) -> Json:
        """Return what the API says. While the foreman is replaced it asks for a moment."""

        async def answered() -> Json | None:
            try:
                reply = await self.api.get(path)
            except httpx2.RequestError:  # The worker that took the connection is gone.
                return None
            assert reply.status_code in (200, 503), reply.text
            return reply.json() if reply.status_code == 200 else None

        found: Json = await until(answered)
        return found

    async def calls(self) -> dict[str, Json]:
        """Return our calls in a line each, by their sessions."""
        return {line["call_ref"]: line for line in (await self.get("/v1/calls?limit=500"))["calls"]}

    async def in_state(self, sessions: list[str], *states: str) -> None:
        """Return once all of these calls are in one of `states`."""

        async def there() -> bool:
            calls = await self.calls()
            return all(s in calls and calls[s]["state"] in states for s in sessions)

        await until(there)

    async def over(self, sessions: list[str]) -> list[Json]:
        """Return these calls once they are over, and their money is settled."""
        await self.in_state(sessions, "ended")

        async def settled() -> bool:
            return (await self.get("/v1/ledger/totals"))["open_holds"] == 0

        await until(settled)
        calls = await self.calls()
        return [calls[session] for session in sessions]


@asynccontextmanager
async def open_house(url: str, folder: Path) -> AsyncIterator[House]:
    """Run a server of two workers on the database `url`, with a network and filled wallets."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    hooks = replace(CARRIER, hooks=f"http://{listen}/hooks/telnyx", redelivery_s=REDELIVERY_S)
    async with open_sandbox_carrier(hooks) as carrier:
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "auctiond", "serve", "--workers", "2"],
            env=settings_of(url, folder, listen, carrier),
            stderr=subprocess.PIPE,
        )
        async with client(carrier.base_url) as people, trio.open_nursery() as nursery:
            house = House(process, f"http://{listen}", people, people, carrier)
            nursery.start_soon(house.read)
            try:
                await house.logged("server.ready")
                key = (folder / "admin.key").read_text().strip()
                async with client(house.url, key) as house.api:
                    await furnish(house)
                    yield house
            finally:
                await stop(process)
            nursery.cancel_scope.cancel()


def settings_of(url: str, folder: Path, listen: str, carrier: SandboxCarrier) -> dict[str, str]:
    """Return the settings as variables."""
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AUCTIOND_")}
    return plain | {
        "AUCTIOND_DATABASE_URL": url,
        "AUCTIOND_DATA_DIR": str(folder),
        "AUCTIOND_LISTEN": listen,
        "AUCTIOND_METRICS_LISTEN": "127.0.0.1:0",
        "AUCTIOND_TELNYX_PUBLIC_KEY": b64encode(carrier.public_key).decode(),
        "AUCTIOND_TELNYX_API_KEY": "sandbox",
        "AUCTIOND_TELNYX_API_URL": carrier.api_url,
        "AUCTIOND_TELNYX_CONNECTION_ID": CONNECTION_ID,
        "AUCTIOND_PING_ALLOWED_NETWORKS": "127.0.0.0/8",
        "AUCTIOND_SHED_AFTER_MS": "10000",
        "AUCTIOND_SWEEP_EVERY_S": "1",
        "AUCTIOND_DRAIN_S": "0.3",
    }


async def furnish(house: House) -> None:
    """Apply a network, fill the wallets, and say how phones behave."""
    network = network_of(TWO)
    reply = await house.api.put("/v1/network", content=write_network(network))
    assert reply.status_code == 200, reply.text
    for buyer in network.buyers:
        top_up = {"amount": "5000.00", "ref": f"first-{buyer.id}"}
        reply = await house.api.post(f"/v1/wallets/{buyer.id}/top-ups", json=top_up)
        assert reply.status_code == 201, reply.text
    for number in (FIRST, SECOND, FALLBACK):
        told = {"behaviour": "answers", "answer_after_s": 0.05}
        await house.people.put(f"/sandbox/phones/{number}", json=told)


async def stop(process: trio.Process) -> None:
    """Stop the server, by force if it must be."""
    with trio.move_on_after(40, shield=True):
        process.send_signal(signal.SIGTERM)
        await process.wait()
    if process.returncode is None:
        process.kill()
