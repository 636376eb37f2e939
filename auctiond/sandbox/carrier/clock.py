"""The carrier's clock: Unix milliseconds that never go back, in step with trio's sleeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import trio


class Clock:
    def __init__(self) -> None:
        self._base_ms = time.time_ns() // 1_000_000
        self._base_s = trio.current_time()

    def now_ms(self) -> int:
        """Return the time now."""
        return self._base_ms + int((trio.current_time() - self._base_s) * 1000)

    async def sleep_until_ms(self, at_ms: int) -> int:
        """Wait until `at_ms` and return it: what is planned is stamped to the millisecond."""
        await trio.sleep_until(self._base_s + (at_ms - self._base_ms) / 1000)
        return at_ms


def iso(at_ms: int) -> str:
    """Return a time as the carrier writes it."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + f".{at_ms % 1000:03}000Z"
