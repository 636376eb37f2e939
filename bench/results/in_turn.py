"""All measurements, each in a process of its own, one after the other: none disturbs the next.

But three that hardly go by the clock run at once, at last: they tell of CPU in large units, of
bytes, and of what was lost. Only recovery's s_to_ready is then of a machine with company.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from bench.harness import Result
from bench.results.everything import Everything
from bench.results.telling import hear
from bench.tools.waiting import Waiting, waiting

LONGEST_S = 900.0  # A measurement that takes longer hangs.
LONGEST_QUICK_S = 600.0  # On a machine that is busy with much else.
AT_ONCE = ("targeting", "memory", "recovery")  # Who takes longest begins first.


def run_all(names: Sequence[str], quick: bool) -> Everything:
    """Run the measurements `names`."""
    found = Everything(quick=quick)
    beside = [name for name in AT_ONCE if name in names]
    with waiting(len(names), quick) as shown:
        for name in [name for name in names if name not in beside]:
            _note(found, name, shown)
        with ThreadPoolExecutor(len(AT_ONCE)) as threads:
            list(threads.map(lambda name: _note(found, name, shown), beside))
    return found


def run_one(name: str, quick: bool) -> Result:
    """Run one, while a bar is shown here: in another process, where the bar costs it nothing."""
    with waiting(1, quick) as shown, shown.on(name):
        return _run(name, quick)


def _note(found: Everything, name: str, shown: Waiting) -> None:
    start_s = time.monotonic()
    try:
        with shown.on(name):
            found.results[name] = _run(name, found.quick)
    except Failed as error:
        found.failed[name] = str(error)
    found.seconds[name] = time.monotonic() - start_s


class Failed(Exception):
    """A measurement ended without a result; the text is the last that it said."""

    def __init__(self, text: str, said: str = "") -> None:
        super().__init__(text)
        self.said = said  # All of it.


def _run(name: str, quick: bool) -> Result:
    command = [sys.executable, "-m", "bench", name, "--json", *(["--quick"] if quick else [])]
    longest_s = LONGEST_QUICK_S if quick else LONGEST_S
    try:
        done = subprocess.run(command, capture_output=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"it took more than {longest_s:g} seconds") from None
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        raise Failed(said.rpartition("\n")[2] or f"exit code {done.returncode}", said)
    if said:
        print(said, file=sys.stderr)  # noqa: T201  What figures alone do not tell.
    return hear(done.stdout)
