"""What every measurement needs: a result, the machine, a CPU clock, and buyers in another process.

The buyers stand in a process of their own (`python -m bench.harness`), so that `cpu_s` counts
only what is measured. They answer as fast as Python can (uvloop, no parser), each after a
latency drawn from a seed.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import platform
import random
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import orjson
import uvloop

from bench.load.whole import Whole

BID = orjson.dumps({"accept": True, "bid": 12.5, "number": "+18005550100", "min_duration": 90})


@dataclass(frozen=True, slots=True)
class Curve:
    """Something measured at several places, to be drawn: lines by name, of points (x, y)."""

    title: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]
    nines: bool = False  # Whether x is a share of all, drawn so that each nine has its place.


@dataclass(frozen=True, slots=True)
class Bars:
    """Some things beside each other, to be drawn: values by name."""

    title: str
    unit: str
    values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """Figures belong to the machine they were taken on; ratios travel."""

    figures: dict[str, float]
    ratios: dict[str, float] = field(default_factory=dict)
    curves: tuple[Curve | Bars, ...] = ()


@dataclass(frozen=True, slots=True)
class Latency:
    """A lognormal law: half the answers come within `median_ms`, and a few much later."""

    median_ms: float = 0.0  # 0: at once.
    spread: float = 0.0
    seed: int = 1


def machine() -> dict[str, str | int]:
    """Return what a reader must know to compare figures."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count() or 0,
    }


def cpu_s() -> float:
    """Return the CPU seconds of this process so far, and of no other."""
    return time.process_time()


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of `values` do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def median(values: Sequence[float]) -> float:
    """Return the middle one of `values` (the lower of two)."""
    return percentile(values, 0.5)


def median_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """Return the median over rounds of their ratio: what slowed a round slowed both."""
    return median([high / low for high, low in zip(above, below, strict=True)])


@contextmanager
def buyers(
    count: int, latency: Latency, answer: bytes = BID, key_file: Path | None = None
) -> Iterator[list[int]]:
    """Yield the ports of `count` buyers on 127.0.0.1; they go with their parent.

    With `key_file`, a key and its certificate, they speak TLS.
    """
    order = [str(count), str(latency.median_ms), str(latency.spread), str(latency.seed)]
    command = [sys.executable, "-m", "bench.harness", *order, answer.decode(), str(key_file or "")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()  # Which it takes as the end, also when we are killed.


def http_answer(body: bytes) -> bytes:
    """Return an answer as a usual server sends it."""
    head = (
        "HTTP/1.1 200 OK\r\nserver: buyer\r\ndate: Mon, 23 Nov 2026 12:00:00 GMT\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Buyer(Whole):
    """Answers everything alike."""

    def __init__(self, answer: bytes, delay_s: partial[float]) -> None:
        self._answer = answer
        self._delay_s = delay_s

    def take(self, body: bytes) -> None:
        """Answer a request."""
        delay_s = self._delay_s()
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self.transport.write, self._answer)
        else:
            self.transport.write(self._answer)


def _delay_s(chance: random.Random, latency: Latency) -> float:
    if latency.median_ms <= 0:
        return 0.0
    return chance.lognormvariate(math.log(latency.median_ms / 1000), latency.spread)


async def _serve(count: int, latency: Latency, answer: bytes, key_file: str) -> None:
    loop = asyncio.get_running_loop()
    context = None
    if key_file:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(key_file)
    ports: list[int] = []
    for number in range(count):
        delay_s = partial(_delay_s, random.Random(f"{latency.seed}/{number}"), latency)
        buyer = partial(Buyer, answer, delay_s)
        server = await loop.create_server(buyer, "127.0.0.1", 0, ssl=context)
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)  # noqa: T201  The parent waits for this line.
    await loop.run_in_executor(None, sys.stdin.read)


def main(arguments: Sequence[str]) -> None:
    """Be the buyers, until standard input closes."""
    count, median_ms, spread, seed, body, key_file = arguments
    latency = Latency(float(median_ms), float(spread), int(seed))
    uvloop.run(_serve(int(count), latency, http_answer(body.encode()), key_file))


if __name__ == "__main__":
    main(sys.argv[1:])
