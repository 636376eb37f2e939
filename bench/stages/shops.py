"""The sandbox's buyers in a process of their own: of all kinds, and they note when bids left."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.stages.networks import target_id
from bench.tools.processes import cpu_s_of
from market.bids import TargetId

# One dead, one ten times slower, one flapping; the rest answer in some 15 ms, a few in 35.
LAWS = ("dead", "slow", "flapping", *("fast",) * 17)


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
        return cpu_s_of(self.pid)

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
