"""All measurements, each in a process of its own, one after the other: none disturbs the next.

But with `--quick` three that hardly go by the clock run two at a time: they tell of CPU in large
units, of bytes, and of what was lost. Only recovery's s_to_ready is then of a machine with company.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import orjson

from bench.harness import Curve, Result
from bench.waiting import shown_in_turn

LONGEST_S = 900.0  # A measurement that takes longer hangs.
LONGEST_QUICK_S = 600.0  # On a machine that is busy with much else.
CLOCKLESS = ("targeting", "recovery", "memory")
SIDE_BY_SIDE = 2


@dataclass(slots=True)
class Everything:
    """What each found, how long it took, and which failed, with the reason."""

    results: dict[str, Result] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def together(self) -> Result:
        """Return all as one result, whose names begin with the measurement's."""
        results = self.results.items()
        return Result(
            figures={
                f"{name}.{key}": it for name, one in results for key, it in one.figures.items()
            }
            | {f"{name}.took_s": round(took, 1) for name, took in self.seconds.items()},
            ratios={f"{name}.{key}": it for name, one in results for key, it in one.ratios.items()},
            curves=tuple(curve for _, one in results for curve in one.curves),
        )


def run_all(names: Sequence[str], quick: bool) -> Everything:
    """Run the measurements `names`."""
    found = Everything()
    with shown_in_turn(len(names)) as progress:
        last = [name for name in CLOCKLESS if quick and name in names]
        for name in [name for name in names if name not in last]:
            progress.update(progress.task_ids[0], description=name)
            _note(found, name, quick)
            progress.advance(progress.task_ids[0])
        progress.update(progress.task_ids[0], description=" and ".join(last))
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            for _ in threads.map(lambda name: _note(found, name, quick), last):
                progress.advance(progress.task_ids[0])
    return found


def _note(found: Everything, name: str, quick: bool) -> None:
    start_s = time.monotonic()
    try:
        found.results[name] = _run(name, quick)
    except Failed as error:
        found.failed[name] = str(error)
    found.seconds[name] = time.monotonic() - start_s


class Failed(Exception):
    """A measurement ended without a result; the text is the last that it said."""


def _run(name: str, quick: bool) -> Result:
    command = [sys.executable, "-m", "bench", name, "--json", *(["--quick"] if quick else [])]
    longest_s = LONGEST_QUICK_S if quick else LONGEST_S
    try:
        done = subprocess.run(command, capture_output=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"it took more than {longest_s:g} seconds") from None
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise Failed(lines[-1] if lines else f"exit code {done.returncode}")
    return read_result(done.stdout)


def read_result(data: bytes) -> Result:
    """Return the result that a measurement printed as JSON."""
    read = orjson.loads(data)
    curves = [
        Curve(
            one["title"],
            one["x"],
            one["y"],
            {k: [(x, y) for x, y in v] for k, v in one["lines"].items()},
        )
        for one in read.get("curves", ())
    ]
    return Result(read["figures"], read["ratios"], tuple(curves))
