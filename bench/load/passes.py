"""How long the loop's passes are: what is ready runs to its end before any deadline is seen.

Between two looks at the clock nobody is punctual, so these bound what a server can promise. This
is seen from within; `bench/tools/jitter.py` sees what the machine does to everybody.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import trio
from trio.abc import Instrument


class _Watch(Instrument):
    def __init__(self, passes_s: list[float]) -> None:
        self._passes_s = passes_s
        self._began_s: float | None = None

    def after_io_wait(self, timeout: float) -> None:
        self._began_s = time.perf_counter()

    def before_io_wait(self, timeout: float) -> None:
        if self._began_s is not None:
            self._passes_s.append(time.perf_counter() - self._began_s)


@contextmanager
def passes() -> Iterator[list[float]]:
    """Yield a list that is given the seconds of each pass while the block lasts."""
    passes_s: list[float] = []
    watch = _Watch(passes_s)
    trio.lowlevel.add_instrument(watch)
    try:
        yield passes_s
    finally:
        trio.lowlevel.remove_instrument(watch)
