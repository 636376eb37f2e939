"""What begins goes through one at a time, and who waits too long is turned away."""

from __future__ import annotations

import math
import statistics

import pytest
import trio
import trio.testing

from actors.turnstile import STANDING_S, Turnstile

PATIENCE_S = 0.03


class Visits:
    """Visitors of a turnstile; each comes a millisecond after the one before it."""

    def __init__(self) -> None:
        self.turnstile = Turnstile()
        self.through: list[int] = []
        self.turned_away: list[int] = []
        self.waited_s: dict[int, float] = {}
        self.inside = self.inside_most = 0

    async def visit(self, number: int, takes_s: float, patience_s: float = PATIENCE_S) -> None:
        await trio.sleep(number / 1000)
        since = trio.current_time()
        async with self.turnstile.turn(patience_s) as mine:
            (self.through if mine else self.turned_away).append(number)
            self.waited_s[number] = trio.current_time() - since
            if mine:
                self.inside += 1
                self.inside_most = max(self.inside, self.inside_most)
                await trio.sleep(takes_s)
                self.inside -= 1


async def visits(count: int, takes_s: float, patience_s: float = PATIENCE_S) -> Visits:
    seen = Visits()
    async with trio.open_nursery() as nursery:
        for number in range(count):
            nursery.start_soon(seen.visit, number, takes_s, patience_s)
    return seen


async def test_who_comes_alone_does_not_wait(autojump_clock):
    seen = await visits(5, takes_s=0.0001)
    assert (seen.through, trio.current_time()) == ([0, 1, 2, 3, 4], pytest.approx(0.0041))


async def test_one_at_a_time_and_in_turn_in_a_burst(autojump_clock):
    seen = await visits(20, takes_s=0.002)
    assert (seen.through, seen.inside_most) == (list(range(20)), 1)


async def test_in_a_line_that_stands_the_newest_goes_first_and_the_oldest_is_turned_away(
    autojump_clock,
):
    seen = await visits(400, takes_s=0.002)
    assert seen.inside_most == 1
    assert sorted(seen.through + seen.turned_away) == list(range(400))
    assert len(seen.through) >= 200  # There is time for so many while they come.
    assert min(seen.waited_s[number] for number in seen.turned_away) > PATIENCE_S
    late = [seen.waited_s[number] for number in seen.through if number > 200]
    assert max(late) <= PATIENCE_S
    assert statistics.median(late) < 0.003  # They have their whole time before them.


async def test_a_burst_is_not_overload(autojump_clock):
    turnstile, waited_s = Turnstile(), list[float]()

    async def visit() -> None:
        since = trio.current_time()
        async with turnstile.turn(PATIENCE_S) as mine:
            assert mine
            waited_s.append(trio.current_time() - since)
            await trio.sleep(0.002)

    async with trio.open_nursery() as nursery:
        for _ in range(40):
            nursery.start_soon(visit)
    assert PATIENCE_S < max(waited_s) < STANDING_S


async def test_without_end_to_its_patience_everybody_comes_through(autojump_clock):
    seen = await visits(50, takes_s=0.002, patience_s=math.inf)
    assert sorted(seen.through) == list(range(50))


async def test_the_wait_is_that_of_the_one_at_the_head(autojump_clock, nursery):
    seen = Visits()
    for number in range(3):
        nursery.start_soon(seen.visit, number, 0.02)
    await trio.sleep(0.0105)
    assert seen.turnstile.wait_s() == pytest.approx(0.0095)  # Number 1 came after 1 ms.
    await trio.sleep(1)
    assert seen.turnstile.wait_s() == 0


async def test_who_gives_up_leaves_the_line_and_a_turn_that_fails_is_passed_on(autojump_clock):
    seen = Visits()
    with pytest.raises(ExceptionGroup):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail, seen.turnstile)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(seen.visit, 0, 0.01)
        with trio.move_on_after(0.005):
            await seen.visit(1, 0.01)
        assert seen.turnstile.wait_s() == 0
        nursery.start_soon(seen.visit, 2, 0.001)
    assert seen.through == [0, 2]


async def fail(turnstile: Turnstile) -> None:
    async with turnstile.turn(PATIENCE_S):
        raise KeyError("a bug")
