"""All measurements, each in a process of its own, one after the other: none disturbs the next.

But three that hardly go by the clock run two at a time, at last: they tell of CPU in large units,
of bytes, and of what was lost. Only recovery's s_to_ready is then of a machine with company.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from rich.progress import Progress

from bench.harness import Result
from bench.results.everything import Everything
from bench.results.telling import hear
from bench.tools.waiting import shown_in_turn

LONGEST_S = 900.0  # A measurement that takes longer hangs.
LONGEST_QUICK_S = 600.0  # On a machine that is busy with much else.
SIDE_BY_SIDE = ("targeting", "recovery", "memory")
AT_ONCE = 2


def run_all(names: Sequence[str], quick: bool) -> Everything:
    """Run the measurements `names`."""
    found = Everything(quick=quick)
    beside = [name for name in SIDE_BY_SIDE if name in names]
    with shown_in_turn(len(names)) as progress:
        for name in [name for name in names if name not in beside]:
            _show(progress, name)
            _note(found, name, quick)
            progress.advance(progress.task_ids[0])
        _show(progress, " and ".join(beside))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for _ in threads.map(lambda name: _note(found, name, quick), beside):
                progress.advance(progress.task_ids[0])
    return found


def _show(progress: Progress, what: str) -> None:
    progress.update(progress.task_ids[0], description=what)


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
    return hear(done.stdout)
