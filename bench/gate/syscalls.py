"""How many times a ping asks the kernel for something, counted by strace; nothing without it.

Two runs of different length are counted, so that starting Python cancels out. The pings go one
after the other over one kept connection: so each wakes us for itself, and the count is exact.
`python -m bench.gate.syscalls PORT PINGS` is what is traced.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from ipaddress import ip_network
from pathlib import Path

import trio

from auctiond.net.wire import WireOptions, open_wire
from bench.gate.probe_ping import request_to
from bench.harness import Latency, buyers

PINGS = (100, 600)


def syscalls_per_ping() -> dict[str, float]:
    """Return the count, or nothing where strace is not, or may not trace."""
    strace = shutil.which("strace")
    if strace is None:
        return {}
    with buyers(1, Latency()) as ports:
        few, many = (_traced(strace, ports[0], count) for count in PINGS)
    if few is None or many is None:
        return {}
    return {"syscalls_per_ping": round((many - few) / (PINGS[1] - PINGS[0]), 2)}


def _traced(strace: str, port: int, pings: int) -> int | None:
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "counts"
        command = [strace, "-f", "-c", "-o", str(told), sys.executable, "-m", __name__]
        done = subprocess.run(
            [*command, str(port), str(pings)],
            capture_output=True,
            check=False,
            env=os.environ | {"PYTHONHASHSEED": "0"},
        )
        return total(told.read_text()) if done.returncode == 0 and told.exists() else None


def total(table: str) -> int | None:
    """Return the number of calls in strace's last line: `100.00  0.02  1  12345  67 total`."""
    for line in reversed(table.splitlines()):
        fields = line.split()
        if fields and fields[-1] == "total":
            return int(fields[3])
    return None


async def _ping(port: int, pings: int) -> None:
    async with open_wire(WireOptions(allowed_networks=(ip_network("127.0.0.0/8"),))) as wire:
        request = request_to(port)
        for _ in range(pings):
            await wire.send(request)


if __name__ == "__main__":
    trio.run(_ping, int(sys.argv[1]), int(sys.argv[2]))
