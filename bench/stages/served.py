"""A whole server as an operator starts it, on a database of its own, and what it costs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bench.load.signed_calls import KEY
from bench.stages.one_buyer import furnish
from bench.tools.processes import TICKS_S, descendants

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
                furnish(api, pinged)
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


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
