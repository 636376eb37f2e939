"""Looks for the highest rate that something serves: in large steps, and then in small ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

SERVED_SHARE = 0.99
FAILURES = 2  # Of small steps in a row: one may be the machine's.
FIRST_SEED, SEED = 4, 5


class Served(Protocol):
    """What a while at one rate came to."""

    @property
    def per_s(self) -> float: ...  # How many came a second.
    @property
    def per_cpu_s(self) -> float: ...  # And in a second of CPU time.
    def served_share(self) -> float: ...


Found = TypeVar("Found", bound=Served)


@dataclass(frozen=True, slots=True)
class Search:
    first_rate: float  # Any machine can.
    large: float  # By so much the rate grows (or falls) until it was served, and then not,
    small: float  # and by so much from there on.

    async def highest(self, play: Callable[[float, int], Awaitable[Found]]) -> Found:
        """Return the load at the highest rate that was served; `play` takes a rate and a seed.

        It begins where the CPU time of a first, calm load promises the capacity to be. A calm
        server is a cold one, so that is rather too low.
        """
        best = await play(self.first_rate, FIRST_SEED)
        rate = max(self.first_rate, best.per_cpu_s)
        load = await play(rate, SEED)
        if _is_served(load):
            while _is_served(load):
                best, rate = load, rate * self.large
                load = await play(rate, SEED)
        else:
            while rate > self.first_rate and not _is_served(load):
                rate = max(self.first_rate, rate / self.large)
                load = await play(rate, SEED)
            best = load
        return await self._climb(best, play)

    async def _climb(self, best: Found, play: Callable[[float, int], Awaitable[Found]]) -> Found:
        failures, rate = 0, best.per_s
        while failures < FAILURES:
            rate *= self.small
            load = await play(rate, SEED)
            best, failures = (load, 0) if _is_served(load) else (best, failures + 1)
        return best


def _is_served(load: Served) -> bool:
    return load.served_share() >= SERVED_SHARE
