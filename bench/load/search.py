"""Looks for the highest rate that something serves: in large steps, and then in small ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

SERVED_SHARE = 0.99


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
    slack: float  # Of what the CPU time of the first load promises: there it begins.
    steps: tuple[tuple[float, int], ...]  # The rate's growth, until so many failures in a row.

    async def highest(self, play: Callable[[float, int], Awaitable[Found]]) -> Found:
        """Return the load at the highest rate that was served; `play` takes a rate and a seed.

        Large steps lead to where one was not; from the one before, small ones go on.
        """
        best = await play(self.first_rate, 4)
        rate = max(self.first_rate, self.slack * best.per_cpu_s)
        for step, failures_most in self.steps:
            failures = 0
            while failures < failures_most:
                load = await play(rate, 5)
                served = load.served_share() >= SERVED_SHARE
                best, failures = (load, 0) if served else (best, failures + 1)
                rate *= step
            rate = best.per_s * self.steps[-1][0]
        return best
