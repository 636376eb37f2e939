"""`python -m bench.load.metronome RATE SECONDS SEED BURST`: says when something is to begin.

It writes a line for each start, when it is due: the moment on CLOCK_MONOTONIC (ns) at which it
should be. Its last line is JSON: how late it was with them, and what share of a core it took.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from bench.tools.histogram import Histogram

BEFORE_S = 0.05  # From here on to the first moment.
PRIORITY = (
    2  # Of real time: it takes a fiftieth of a core, and would else wait for who is measured.
)


def moments(rate: float, seconds: float, seed: int, burst: int = 1) -> Sequence[float]:
    """Return when to begin each, from 0 on: at random moments (Poisson), `burst` at each."""
    chance, at, found = random.Random(seed), 0.0, list[float]()
    while (at := at + chance.expovariate(rate / burst)) < seconds:
        found += [at] * burst
    return found


def main(rate: float, seconds: float, seed: int, burst: int) -> None:
    """Write each start when it is due, and what is over due at once."""
    with suppress(PermissionError):  # Where we may not, its lateness will tell.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    begin_s = time.monotonic() + BEFORE_S
    late, cpu_s = Histogram(), time.process_time()
    for offset_s in moments(rate, seconds, seed, burst):
        due_s = begin_s + offset_s
        wait_s = due_s - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        late.record(max(0.0, time.monotonic() - due_s) * 1000)
        print(int(due_s * 1e9), flush=True)  # noqa: T201  Somebody waits for this line.
    share = (time.process_time() - cpu_s) / seconds
    print(json.dumps({"late": late.told(), "cpu_share": share}))  # noqa: T201


if __name__ == "__main__":
    main(float(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
