"""Memory of a live call: what a process must have for each caller who talks to a buyer.

Thousands of calls are brought to the talk, each through a real auction of twenty bids; see
memory_calls.py. Measured twice, each in a fresh process:

- bytes_per_live_call: by how much the process has grown, as the system sees it (resident set).
  That is what a machine runs out of, with what the allocator rounds up and cannot give back.
- traced_bytes_per_live_call: what Python's objects alone take (tracemalloc).

Why: calls last minutes, and auctions a second. So memory is a matter of live calls alone.

Cannot say: the kernel's sockets, the database, what an arriving webhook takes for a moment, or how
a heap that has run for weeks is fragmented. The calls have one leg each and short texts.
"""

from __future__ import annotations

import subprocess
import sys

from bench.harness import Result

CALLS = 5_000  # So many that what grows in steps (tables, arenas) is spread thin.
CALLS_QUICK = 1_200
TRACED_CALLS, TRACED_CALLS_QUICK = 500, 200  # Tracing is slow, and exact: it needs no crowd.


def measure(quick: bool) -> Result:
    """Return the bytes of one live call, by either measure."""
    traced = TRACED_CALLS_QUICK if quick else TRACED_CALLS
    return Result(
        figures={
            "bytes_per_live_call": _measured(CALLS_QUICK if quick else CALLS, "resident"),
            "traced_bytes_per_live_call": _measured(traced, "traced"),
        }
    )


def _measured(count: int, how: str) -> float:
    command = [sys.executable, "-m", "bench.stages.live_calls", str(count), how]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    return float(done.stdout)
