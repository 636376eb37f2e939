"""Buyers that all die at once, and come back."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.tools.processes import descendants


@contextmanager
def buyers_gone(after_s: float, for_s: float) -> Iterator[None]:
    """Stop the process of all buyers for a while: it takes connections, and answers nobody."""
    stop = threading.Timer(after_s, _stop_for, (_pid_of_buyers(), for_s))
    stop.start()
    yield
    stop.join()


def _pid_of_buyers() -> int:
    for pid in descendants(os.getpid()):
        if b"bench.load.alike" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return pid
    raise RuntimeError("the buyers' process is not there")


def _stop_for(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)
