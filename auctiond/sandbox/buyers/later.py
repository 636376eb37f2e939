"""Answers that go out later, for next to nothing: one task sends whatever is due.

A sleep for every ping is two more trips through the scheduler, and nearly doubled its cost.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

import trio

GRAIN_S = 0.001  # What falls due within a millisecond goes out together.


class _Due(NamedTuple):
    at_s: float
    nth: int  # So that what is due is never compared.
    do: Callable[[], None]


class Later:
    """What is to be done at a later time."""

    def __init__(self) -> None:
        self._queue: list[_Due] = []
        self._count = count()
        self._waker = trio.CancelScope()
        self._wakes_s = float("inf")

    def after(self, delay_s: float, do: Callable[[], None]) -> None:
        """Do `do` when `delay_s` has passed. It must neither wait nor raise."""
        at_s = trio.current_time() + delay_s
        heappush(self._queue, _Due(at_s, next(self._count), do))
        if at_s < self._wakes_s - GRAIN_S:
            self._waker.cancel()

    async def run(self) -> None:
        """Do what is due until cancelled."""
        while True:
            self._wakes_s = self._queue[0].at_s if self._queue else float("inf")
            with trio.CancelScope(deadline=self._wakes_s + GRAIN_S) as self._waker:
                await trio.sleep_forever()
            now_s = trio.current_time()
            while self._queue and self._queue[0].at_s <= now_s:
                heappop(self._queue).do()
