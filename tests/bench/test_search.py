"""A capacity is found wherever it lies from the first guess; one bad step does not end a search."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from bench.load.search import Search

SEARCH = Search(first_rate=100.0, large=1.4, small=1.12)


@dataclass(frozen=True)
class Load:
    per_s: float
    per_cpu_s: float
    share: float

    def served_share(self) -> float:
        return self.share


@pytest.mark.parametrize("guess", [40.0, 170.0, 390.0, 2_000.0])
async def test_the_highest_rate_that_is_served_is_found_from_any_guess(guess):
    played = list[float]()

    async def play(rate: float, _: int) -> Load:
        played.append(rate)
        return Load(rate, guess, 1.0 if rate <= 400 else 0.5)

    found = await SEARCH.highest(play)
    assert 400 / SEARCH.small < found.per_s <= 400
    assert len(played) <= 14


async def test_one_step_that_fails_by_chance_is_stepped_over():
    served = iter([True, True, False, False, True, False, False])

    async def play(rate: float, _: int) -> Load:
        return Load(rate, 200.0, 1.0 if next(served) else 0.0)

    found = await SEARCH.highest(play)
    assert found.per_s == pytest.approx(200 * SEARCH.small**2)


async def test_what_serves_nothing_is_searched_no_further_down_than_the_first_rate():
    played = list[float]()

    async def play(rate: float, _: int) -> Load:
        played.append(rate)
        return Load(rate, 300.0, 0.0)

    assert (await SEARCH.highest(play)).per_s == 100
    assert min(played) == 100
