"""What is under way at present, and for how long the loop has had nothing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio


class UnderWay:
    """What is under way, and for how long the first of it has been."""

    def __init__(self, stirred: Callable[[], object] = lambda: None) -> None:
        self._since: dict[object, float] = {}  # In the order they began.
        self._stirred = stirred  # Hears of each that begins.

    def __bool__(self) -> bool:
        return bool(self._since)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Be one of it while the block lasts."""
        key = object()
        self._since[key] = trio.current_time()
        self._stirred()
        try:
            yield
        finally:
            del self._since[key]

    def oldest_s(self) -> float:
        """Return for how long the first has been under way; 0 if there is none."""
        return trio.current_time() - next(iter(self._since.values())) if self else 0.0


class Idle(trio.abc.Instrument):
    """For how long the loop has waited for the world: what is left, it was busy."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self._since_s = 0.0
        self._now_s = trio.lowlevel.current_clock().current_time  # Asked a hundred times a call.

    def before_io_wait(self, timeout: float) -> None:
        """Trio calls this before it waits."""
        self._since_s = self._now_s()

    def after_io_wait(self, timeout: float) -> None:
        """Trio calls this after it has waited."""
        self.total_s += self._now_s() - self._since_s
