"""The group writer on virtual time: batches, poison, a database that is away."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.group import ENOUGH, GroupWriter, QueueFull, WriterStopped


class FakeTable:
    """A database that takes a second for a write, and can be told to fail."""

    def __init__(self, took_s: float = 1.0) -> None:
        self.took_s = took_s
        self.batches: list[list[int]] = []
        self.rows: set[int] = set()
        self.away = 0  # How many of the next writes find no database.
        self.away_after_commit = False
        self.poison: set[int] = set()

    async def write(self, items: list[int]) -> list[bool]:
        self.batches.append(items)
        await trio.sleep(self.took_s)
        if self.away and not self.away_after_commit:
            self.away -= 1
            raise PgAway("gone")
        if self.poison & set(items):
            raise PgError("poison", "23514")
        new = [item not in self.rows for item in items]
        self.rows |= set(items)
        if self.away:
            self.away -= 1
            raise PgAway("gone")
        return new


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def writer(table, nursery):
    writer = GroupWriter(table.write, jitter=lambda: 1.0)
    nursery.start_soon(writer.run)
    return writer


async def submit_many(writer, items) -> dict[int, object]:
    results: dict[int, object] = {}

    async def one(item: int) -> None:
        try:
            results[item] = await writer.submit(item)
        except (PgError, PgAway) as error:
            results[item] = error

    async with trio.open_nursery() as nursery:
        for item in items:
            nursery.start_soon(one, item)
            await trio.testing.wait_all_tasks_blocked()
    return results


async def test_what_queues_during_a_write_goes_in_the_next(writer, table, autojump_clock):
    results = await submit_many(writer, range(7))
    assert table.batches == [[0], [1, 2, 3, 4, 5, 6]]
    assert results == dict.fromkeys(range(7), True)
    assert trio.current_time() == 2.0


async def test_an_idle_writer_writes_at_once(writer, table, autojump_clock):
    assert await writer.submit(1) is True
    assert await writer.submit(1) is False
    assert trio.current_time() == 2.0


async def test_no_batch_is_larger_than_allowed(table, nursery, autojump_clock):
    writer = GroupWriter(table.write, batch_max=3)
    nursery.start_soon(writer.run)
    await submit_many(writer, range(8))
    assert [len(batch) for batch in table.batches] == [1, 3, 3, 1]
    assert writer.statistics().largest_batch == 3


async def test_a_poison_item_fails_alone(writer, table, autojump_clock):
    table.poison = {3}
    results = await submit_many(writer, range(5))
    assert isinstance(results.pop(3), PgError)
    assert set(results.values()) == {True}
    assert writer.statistics().failed == 1
    assert await writer.submit(9) is True


async def test_a_lost_connection_writes_the_same_items_again(writer, table, autojump_clock):
    table.away = 3
    assert await writer.submit(1) is True
    assert table.batches == [[1]] * 4
    assert writer.statistics().retries == 3


async def test_a_connection_lost_after_the_commit_is_one_effect(writer, table, autojump_clock):
    table.away, table.away_after_commit = 1, True
    assert await writer.submit(1) is False  # It was there already: by ourselves.
    assert table.rows == {1}


async def test_back_off_grows_to_two_seconds_and_no_further(writer, table, autojump_clock):
    table.away, table.took_s = 8, 0
    await writer.submit(1)
    assert trio.current_time() == pytest.approx(0.05 + 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 2 + 2)


async def test_who_gives_up_in_the_queue_is_not_written(writer, table, nursery, autojump_clock):
    nursery.start_soon(writer.submit, 1)
    await trio.testing.wait_all_tasks_blocked()
    with trio.move_on_after(0.5):
        await writer.submit(2)
    await writer.wait_idle()
    assert table.rows == {1}
    assert writer.statistics().dropped == 1


async def test_who_gives_up_in_flight_is_written_all_the_same(writer, table, autojump_clock):
    with trio.move_on_after(0.5):
        await writer.submit(1)
    await writer.wait_idle()
    assert table.rows == {1}


async def test_callers_may_give_up_while_the_database_is_away(writer, table, autojump_clock):
    table.away = 10**6
    with trio.move_on_after(60) as scope:
        await writer.submit(1)
    assert scope.cancelled_caught
    table.away = 0
    await writer.wait_idle()
    assert table.rows == {1}


async def test_a_full_queue_refuses_at_once(table, nursery, autojump_clock):
    writer = GroupWriter(table.write, queue_max=2)
    nursery.start_soon(writer.run)
    for item in range(3):
        nursery.start_soon(writer.submit, item)
        await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(QueueFull, match="2 items wait"):
        await writer.submit(9)
    await writer.wait_idle()
    assert table.rows == {0, 1, 2}


async def test_nobody_waits_for_a_writer_that_was_stopped(table, autojump_clock):
    writer, results = GroupWriter(table.write), {}

    async def call() -> None:
        results.update(await submit_many(writer, range(3)))

    async with trio.open_nursery() as callers, trio.open_nursery() as writers:
        writers.start_soon(writer.run)
        callers.start_soon(call)
        await trio.sleep(0.5)
        writers.cancel_scope.cancel()
    assert [type(results[item]) for item in range(3)] == [WriterStopped] * 3
    with pytest.raises(WriterStopped):
        await writer.submit(4)


async def submit_at(writer, moments) -> list[float]:
    """Submit an item at each moment, and return when each was written."""
    written = []

    async def one(item: int, at_s: float) -> None:
        await trio.sleep_until(began + at_s)
        await writer.submit(item)
        written.append(round(trio.current_time() - began, 3))

    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for item, at_s in enumerate(moments):
            nursery.start_soon(one, item, at_s)
    return written


@pytest.mark.parametrize(
    ("took_s", "moments", "written"),
    [
        (0.001, [0, 1, 2], [0.001, 1.001, 2.001]),  # Who comes alone waits for nobody.
        (0.001, [0, 0.002, 0.008], [0.001, 0.011, 0.011]),  # So long from start to start, at least.
        (0.005, [0, 0.006, 0.019], [0.005, 0.025, 0.025]),  # Longer where a write takes longer,
        (1.0, [0, 1.001, 3.001], [1.0, 2.001, 4.001]),  # but never beyond what one would notice.
        (0.005, [0] + ENOUGH * [0.006], [0.005] + ENOUGH * [0.011]),  # Enough go at once.
    ],
)
async def test_a_crowd_shares_writes(nursery, autojump_clock, took_s, moments, written):
    writer = GroupWriter(FakeTable(took_s).write, pause_s=0.01)
    nursery.start_soon(writer.run)
    assert await submit_at(writer, moments) == written
