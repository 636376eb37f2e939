"""A whole server as an operator starts it, on a database of its own, and what it costs."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.load.signed_calls import BUYER, KEY, NUMBER
from market.bids import BuyerId, TargetId
from market.money import micros
from market.network import (
    Buyer,
    Campaign,
    Network,
    PingTarget,
    Publisher,
    Target,
    Tier,
    TrackingNumber,
)
from routing.network_file import write_network

TICKS_S = os.sysconf("SC_CLK_TCK")
STOP_S = 60.0
SETTLE_S, LOOK_S, CALM = 15.0, 0.5, 0.1  # Calm: a tenth of a core.


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds so far: of the server's own processes, and of its PostgreSQL."""

    server: float
    database: float

    def since(self, before: Cpu) -> Cpu:
        """Return what was used since then."""
        return Cpu(self.server - before.server, self.database - before.database)


@dataclass(slots=True)
class Served:
    process: subprocess.Popen[str]
    port: int
    api: httpx2.Client
    seen: dict[int, tuple[str, float]] = field(default_factory=dict)

    def cpu(self) -> Cpu:
        """Return what all processes have used; of those that ended, by the last look at them."""
        for pid in descendants(self.process.pid):
            try:
                name = Path(f"/proc/{pid}/comm").read_text().strip()
                stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            self.seen[pid] = (name, (int(stat[11]) + int(stat[12])) / TICKS_S)
        database = sum(used for name, used in self.seen.values() if name.startswith("postgres"))
        return Cpu(sum(used for _, used in self.seen.values()) - database, database)

    def settle(self) -> None:
        """Return when all that a start brings with it is over, a spare process loaded too."""
        until = time.monotonic() + SETTLE_S
        before = self.cpu()
        while time.monotonic() < until:
            time.sleep(LOOK_S)
            now = self.cpu()
            if now.since(before).server < LOOK_S * CALM:
                return
            before = now

    def get(self, path: str) -> Any:  # noqa: ANN401
        """Return what the API says."""
        return self.api.get(path).raise_for_status().json()


@contextmanager
def served(
    workers: int, carrier_port: int, pinged: Sequence[int] = (), **settings: str
) -> Iterator[Served]:
    """Run `auctiond serve --workers N` with a network of one buyer, whose wallet is full.

    It has a fixed price, or is `pinged` on these ports.
    """
    folder = Path(tempfile.mkdtemp(prefix="auctiond-bench-"))
    folder.chmod(0o711)  # As root, the database's user must pass through.
    port = _free_port()
    command = [sys.executable, "-m", "auctiond", "serve", "--workers", str(workers)]
    environ = _environ(folder, port, carrier_port) | settings
    with subprocess.Popen(command, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            _wait(process.stderr)
            key = (folder / "admin.key").read_text().strip()
            headers = {"authorization": f"Bearer {key}"}
            url = f"http://127.0.0.1:{port}"
            with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as api:
                _furnish(api, pinged)
                yield Served(process, port, api)
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
            shutil.rmtree(folder, ignore_errors=True)


def _wait(log: IO[str]) -> None:
    """Return when the server is ready; its log is read on, so that it can go on writing."""
    for line in log:
        if '"server.ready"' in line:
            break
    else:
        raise RuntimeError("the server did not start")
    os.set_blocking(log.fileno(), True)
    subprocess.Popen(["cat"], stdin=log, stdout=subprocess.DEVNULL)


def _environ(folder: Path, port: int, carrier_port: int) -> dict[str, str]:
    plain = {name: text for name, text in os.environ.items() if not name.startswith("AUCTIOND_")}
    key = Ed25519PrivateKey.from_private_bytes(KEY).public_key()
    public = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return plain | {
        "AUCTIOND_DATA_DIR": str(folder),
        "AUCTIOND_PROOF_DIR": str(folder / "proof"),
        "AUCTIOND_LISTEN": f"127.0.0.1:{port}",
        "AUCTIOND_METRICS_LISTEN": "127.0.0.1:0",
        "AUCTIOND_TELNYX_PUBLIC_KEY": b64encode(public).decode(),
        "AUCTIOND_TELNYX_API_KEY": "bench",
        "AUCTIOND_TELNYX_API_URL": f"http://127.0.0.1:{carrier_port}/v2",
        "AUCTIOND_TELNYX_CONNECTION_ID": "1",
        "AUCTIOND_PING_ALLOWED_NETWORKS": "127.0.0.0/8",
        "AUCTIOND_DRAIN_S": "1",
    }


def _targets(pinged: Sequence[int]) -> tuple[Target, ...]:
    priced = Target(
        id=TargetId("priced"),
        buyer=BuyerId("buyer"),
        price=micros(20),
        destination=BUYER,
        billable_after_s=30,
    )
    return tuple(
        Target(
            id=TargetId(f"pinged-{port}"),
            buyer=BuyerId("buyer"),
            ping=PingTarget("plain_json", f"http://127.0.0.1:{port}/ping", {"post_url": ""}),
        )
        for port in pinged
    ) or (priced,)


def _furnish(api: httpx2.Client, pinged: Sequence[int]) -> None:
    targets = _targets(pinged)
    tier = Tier(tuple(target.id for target in targets))
    campaign = Campaign("calls", "Calls", "auto-insurance", (tier,), reserve=micros(1))
    network = Network(
        "bench",
        campaigns=(campaign,),
        publishers=(Publisher("pub", "Publisher", payout_percent=70),),
        buyers=(Buyer(BuyerId("buyer"), "Buyer"),),
        targets=targets,
        numbers=(TrackingNumber(NUMBER, "calls", "pub"),),
    )
    api.put("/v1/network", content=write_network(network)).raise_for_status()
    top_up = {"amount": "9000000.00", "ref": "bench"}
    api.post("/v1/wallets/buyer/top-ups", json=top_up).raise_for_status()


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found, todo = [pid], [pid]
    while todo:
        one = todo.pop()
        with suppress(OSError):  # It has ended meanwhile.
            for task in Path(f"/proc/{one}/task").iterdir():  # A child is its thread's.
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                todo += children
    return found


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def carrier() -> subprocess.Popen[str]:
    """Start the carrier; its first line is the port of its commands."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.load.carrier"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def played(process: subprocess.Popen[str], **order: object) -> dict[str, Any]:
    """Let the carrier play, and return what it found."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(order) + "\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found
