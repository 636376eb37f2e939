"""What publishers asked: written in batches, found while a call may come, forgotten in time."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from auctiond.pg.people import People
from auctiond.pg.rtb import RtbPings, RtbRow
from market.ids import id_at
from tests.pg.stores import NOW_MS, call_id, call_row, person_of, put_on_record

MINUTE_MS = 60_000


def ping_id(n):
    return id_at(NOW_MS + n, b"ping %d" % n)


def row(n, **changes):
    fields = {"gone_ms": NOW_MS + MINUTE_MS, "promised": 14_000_000, "reason": ""} | changes
    return RtbRow(
        id=ping_id(n),
        door="door",
        campaign="calls",
        publisher="pub",
        network=1,
        test=False,
        at_ms=NOW_MS + n,
        data={"facts": {"zip": "94103"}},
        caller=b"index of a number",
        **fields,
    )


@pytest.fixture
async def pings(pg):
    store = RtbPings(pg)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(store.run)
        yield store
        nursery.cancel_scope.cancel()


async def test_what_is_added_is_known_while_a_call_may_come(pings):
    await pings.add(row(1))
    await pings.add(row(2, gone_ms=0, promised=0, reason="no_bids"))
    assert await pings.known(NOW_MS) == [row(1)]
    assert await pings.known(NOW_MS + MINUTE_MS) == []
    assert await pings.get(ping_id(1)) == replace(row(1), caller=None)
    assert await pings.get(ping_id(3)) is None


async def test_the_same_ping_twice_is_one(pings):
    await pings.add(row(1))
    await pings.add(replace(row(1), promised=1))
    assert [one.promised for one in await pings.recent(9, None, None)] == [14_000_000]


async def test_a_bid_that_was_written_too_late_to_be_told_is_none(pings):
    await pings.add(row(1))
    await pings.add(row(1, gone_ms=0, promised=0, reason="too_late"))
    await pings.add(row(1))
    assert await pings.known(NOW_MS) == []
    assert [one.reason for one in await pings.recent(9, None, None)] == ["too_late"]


async def test_many_at_once_are_few_writes(pings):
    async with trio.open_nursery() as nursery:
        for n in range(50):
            nursery.start_soon(pings.add, row(n))
    assert pings.statistics().batches <= 3
    assert len(await pings.known(NOW_MS)) == 50


async def test_a_bid_has_one_call_and_it_is_the_first(pings):
    await pings.add(row(1))
    assert await pings.use(ping_id(1), call_id(1), NOW_MS) == call_id(1)
    assert await pings.use(ping_id(1), call_id(2), NOW_MS) == call_id(1)
    assert await pings.use(ping_id(2), call_id(2), NOW_MS) is None
    assert [one.call_id for one in await pings.known(NOW_MS)] == [call_id(1)]


async def test_the_newest_come_first_by_pages_and_by_door(pings):
    for n in range(4):
        await pings.add(replace(row(n), door="odd" if n % 2 else "even"))
    assert [one.id for one in await pings.recent(2, None, None)] == [ping_id(3), ping_id(2)]
    assert [one.id for one in await pings.recent(9, ping_id(2), None)] == [ping_id(1), ping_id(0)]
    assert [one.id for one in await pings.recent(9, None, "odd")] == [ping_id(3), ping_id(1)]


async def test_callers_are_forgotten_before_pings_and_neither_while_the_bid_lives(pings, pg):
    await pings.add(row(1))
    await pings.add(row(2, gone_ms=NOW_MS + 9 * MINUTE_MS))
    later = NOW_MS + 2 * MINUTE_MS
    assert await pings.prune(0, later) == 0
    assert await pg.fetch_value("SELECT count(*) FROM rtb_caller") == 1
    await pings.use(ping_id(1), call_id(1), NOW_MS)
    assert await pings.prune(later, later) == 1
    assert [one.id for one in await pings.recent(9, None, None)] == [ping_id(2)]


async def test_erasing_a_person_takes_away_by_whom_his_pings_could_be_found(pings, pg):
    await put_on_record(pg, call_row(1), person_of(1))
    await pings.add(row(1))
    await pings.add(replace(row(2), caller=b"index of another"))
    assert await People(pg).erase(person_of(1).person_id)
    found = {one.id: one.caller for one in await pings.known(NOW_MS)}
    assert found == {ping_id(1): None, ping_id(2): b"index of another"}
