"""How late the machine itself is: the timers of an idle process, beside whatever is measured.

A yardstick for figures in milliseconds: what this process suffers, every process does, and no
server can be more punctual than the machine that it runs on.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench.harness import percentile
from bench.tools.cores import move_away

EVERY_S = 0.005


@contextmanager
def idle_timers() -> Iterator[list[float]]:
    """Run an idle process while the block lasts; afterwards its latenesses (ms) are in the list."""
    late_ms: list[float] = []
    command = [sys.executable, "-m", "bench.tools.jitter"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        move_away(process.pid)
        try:
            yield late_ms
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.stdout is not None
            late_ms.extend(map(float, process.stdout.read().split()))


def p99_ms(late_ms: list[float]) -> float:
    """Return the 99th percentile; 0 when nothing was measured."""
    return percentile(late_ms, 0.99) if late_ms else 0.0


def main() -> None:
    """Sleep again and again, and print how late each wake-up was."""
    late_ms: list[float] = []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while True:
            until = time.monotonic() + EVERY_S
            time.sleep(EVERY_S)
            late_ms.append((time.monotonic() - until) * 1000)
    finally:
        sys.stdout.write("\n".join(f"{one:.3f}" for one in late_ms))


if __name__ == "__main__":
    main()
