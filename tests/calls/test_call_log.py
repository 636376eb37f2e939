"""The call log: numbered, in order, in batches; what cannot be written hurts nobody else."""

from __future__ import annotations

from contextlib import asynccontextmanager
from uuid import UUID

import pytest
import trio
import trio.testing

from auctiond.calls import call_log as module
from auctiond.calls.call_log import CallLog
from auctiond.logs import Log
from auctiond.pg.calls import EventConflict
from auctiond.pg.errors import PgError
from market.call import CallerAnswered, Greeted
from tests.calls.kit import now_ms

ONE, TWO = UUID(int=1), UUID(int=2)


class Table:
    """Takes rows, each write in `takes_s`; refuses what `refuses` finds among them."""

    def __init__(self, takes_s=1.0):
        self.takes_s = takes_s
        self.writes = []
        self.refuses = lambda row: None

    async def append(self, rows):
        await trio.sleep(self.takes_s)
        for row in rows:
            error = self.refuses(row)
            if error is not None:
                raise error
        self.writes.append([(row.call_id, row.seq, row.kind) for row in rows])

    @property
    def rows(self):
        return [row for write in self.writes for row in write]


@asynccontextmanager
async def open_log(table):
    """Run a log into `table`, with two calls on record."""
    log = CallLog(table.append, now_ms, Log("test"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(log.run)
        for call_id in (ONE, TWO):
            log.open(call_id)
            log.on_record(call_id)
        yield log
        nursery.cancel_scope.cancel()


async def test_rows_of_each_call_are_numbered_from_nought_in_their_order(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        log.event(ONE, CallerAnswered(at_ms=5))
        log.event(TWO, CallerAnswered(at_ms=6))
        log.note(ONE, "late", {"target": "first"})
        await log.flushed()
    assert table.rows == [
        (ONE, 0, "CallerAnswered"),
        (TWO, 0, "CallerAnswered"),
        (ONE, 1, "late"),
    ]


async def test_what_comes_during_a_write_goes_together_with_the_next(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        log.event(ONE, CallerAnswered())
        await trio.sleep(0.5)
        for _ in range(5):
            log.event(TWO, Greeted())
        await log.flushed()
        assert trio.current_time() == 2.0
    assert [len(write) for write in table.writes] == [1, 5]


async def test_what_nobody_waits_for_shares_a_write_with_what_comes_soon_after(autojump_clock):
    table = Table(takes_s=0.0)
    async with open_log(table) as log:
        for call_id in (ONE, TWO, ONE, TWO):
            log.event(call_id, Greeted())
            await trio.sleep(0.02)
        await trio.sleep(1.0)
        assert ([len(write) for write in table.writes], log.waiting()) == ([1, 2, 1], 0)


async def test_who_waits_for_a_row_waits_for_others_but_a_moment(autojump_clock):
    table = Table(takes_s=0.0)
    async with open_log(table) as log:
        for _ in range(3):
            log.event(ONE, Greeted())
            await log.flushed()
        assert trio.current_time() == pytest.approx(2 * module.WANTED_PAUSE_S)
    assert len(table.writes) == 3


async def test_a_batch_has_a_limit_and_the_rest_goes_next(autojump_clock, monkeypatch):
    monkeypatch.setattr(module, "BATCH_MAX", 3)
    table = Table()
    async with open_log(table) as log:
        for _ in range(7):
            log.event(ONE, Greeted())
        await log.flushed()
    assert [len(write) for write in table.writes] == [3, 3, 1]
    assert [seq for _, seq, _ in table.rows] == list(range(7))


async def test_flushed_waits_for_what_came_before_it_and_not_for_what_came_after(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        log.event(ONE, Greeted())
        await trio.sleep(0.5)

        async def more():
            await trio.sleep(0.1)
            log.event(TWO, Greeted())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(more)
            await log.flushed()
            assert (trio.current_time(), log.waiting()) == (1.0, 1)
        await log.flushed()
        assert log.waiting() == 0


async def test_flushed_returns_at_once_when_nothing_waits(autojump_clock):
    async with open_log(Table()) as log:
        with trio.testing.assert_no_checkpoints():
            await log.flushed()


async def test_rows_of_a_call_that_is_not_on_record_wait_and_nobody_waits_for_them(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        early = UUID(int=3)
        log.open(early)
        log.event(early, CallerAnswered())
        log.event(ONE, CallerAnswered())
        await log.flushed()
        assert ([row[0] for row in table.rows], log.waiting()) == ([ONE], 1)
        log.note(early, "ended", {})
        log.on_record(early)
        await log.flushed()
        assert table.rows[1:] == [(early, 0, "CallerAnswered"), (early, 1, "ended")]
        assert log.waiting() == 0


async def test_a_call_that_can_never_be_on_record_leaves_nothing_behind(autojump_clock):
    async with open_log(Table()) as log:
        never = UUID(int=3)
        log.open(never)
        log.event(never, CallerAnswered())
        log.give_up(never)
        log.event(never, Greeted())
        assert log.waiting() == 0


async def test_a_log_goes_on_where_it_was(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        again = UUID(int=3)
        log.reopen(again, 17)
        log.event(again, Greeted())
        await log.flushed()
    assert table.rows == [(again, 17, "Greeted")]


async def test_the_end_is_the_last_row(autojump_clock):
    table = Table()
    async with open_log(table) as log:
        log.close(ONE, {"disposition": "sold"})
        log.event(ONE, Greeted())
        log.note(ONE, "posted", {})
        await log.flushed()
    assert table.rows == [(ONE, 0, "ended")]


@pytest.mark.parametrize("error", [PgError("no such call"), EventConflict(ONE)])
async def test_a_row_that_spoils_a_batch_is_lost_alone_and_told(autojump_clock, caplog, error):
    table = Table()
    table.refuses = lambda row: error if row.call_id == ONE and row.seq == 1 else None
    async with open_log(table) as log:
        for call_id in (ONE, TWO, ONE, TWO):
            log.event(call_id, Greeted())
        await log.flushed()
        log.event(TWO, Greeted())
        await log.flushed()
    assert sorted(table.rows) == [(ONE, 0, "Greeted"), *((TWO, n, "Greeted") for n in range(3))]
    assert "call_log.row_lost" in caplog.text


async def test_a_log_that_is_full_takes_no_more_and_says_so(autojump_clock, monkeypatch, caplog):
    monkeypatch.setattr(module, "ROWS_MAX", 3)
    table = Table()
    async with open_log(table) as log:
        early = UUID(int=3)
        log.open(early)
        for call_id in (ONE, early, ONE, TWO):
            log.event(call_id, Greeted())
        assert (log.waiting(), "call_log.full" in caplog.text) == (3, True)
        log.on_record(early)
        await log.flushed()
        log.event(TWO, Greeted())
        await log.flushed()
    assert (TWO, 0, "Greeted") in table.rows  # No number is left out.
