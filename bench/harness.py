"""What every measurement needs: a result, the machine, a CPU clock, and buyers in another process.

The buyers stand in a process of their own (bench/load/alike.py), so that `cpu_s` counts only what
is measured.
"""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson

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
    order += [answer.decode(), str(key_file or "")]
    command = [sys.executable, "-m", "bench.load.alike", *order]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()  # Which it takes as the end, also when we are killed.
