"""All counts together, each by who counts it."""

from __future__ import annotations

import trio

from bench.gate.auction_counts import auction_counts
from bench.gate.call_counts import call_counts
from bench.gate.deadlines import deadlines
from bench.gate.syscalls import syscalls_per_ping


def count_all() -> dict[str, float]:
    """Return what was counted, by name."""
    counts = deadlines() | syscalls_per_ping()
    return counts | trio.run(auction_counts) | trio.run(call_counts)
