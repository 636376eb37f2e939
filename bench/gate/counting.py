"""All counts together, each by who counts it."""

from __future__ import annotations

import trio

from bench.gate.auction_counts import auction_counts
from bench.gate.deadlines import deadlines
from bench.gate.syscalls import syscalls_per_ping


def count_all() -> dict[str, float]:
    """Return what was counted, by name."""
    return {**deadlines(), **syscalls_per_ping(), **trio.run(auction_counts)}
