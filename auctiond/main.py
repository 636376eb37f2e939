"""Builds and wires everything; the only place that does.

The nesting is the order of stopping, from inside out: the web first, then the calls get
time to end, then the writers write what is left, then the database stops.
"""

from __future__ import annotations

import time

SWEEP_AGE_S = 60.0  # A hold that young belongs to a call that is being settled this moment.


def now_ms() -> int:
    """Return the time in Unix milliseconds."""
    return time.time_ns() // 1_000_000
