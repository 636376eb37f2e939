"""Who leads a call, and who is refused."""

from __future__ import annotations

import pytest
import trio

from auctiond.pg.calls import Calls
from auctiond.pg.claims import Claims, Fenced, enter
from tests.pg.stores import call_id, call_row, event


@pytest.fixture
async def worker(pg, nursery):
    """Return a maker of processes: their store of calls, and their claims."""

    async def begin(slot=0):
        claims = Claims(pg, await enter(pg, slot))
        calls = Calls(pg, claims.epoch)
        nursery.start_soon(calls.run)
        return calls, claims

    return begin


async def test_every_process_has_an_epoch_above_all_before_it(pg):
    epochs = [await enter(pg, slot) for slot in (0, 1, 0)]
    assert epochs == sorted(set(epochs))


async def test_who_opens_a_call_leads_it_until_another_claims_it(worker):
    calls, claims = await worker()
    await calls.open_call(call_row(1))
    await calls.append_events([event(1, 0)])
    assert await claims.is_ours(call_id(1))
    later, later_claims = await worker()
    assert await later_claims.claim(living=[claims.epoch]) == 0  # It lives: its calls are its own.
    assert await later_claims.claim() == 1
    assert [one.row.id for one in await later.open_calls()] == [call_id(1)]
    assert await calls.open_calls() == []
    assert not await claims.is_ours(call_id(1))


async def test_rows_of_a_former_leader_are_refused_and_change_nothing(worker):
    old, _ = await worker()
    await old.open_call(call_row(1))
    await old.append_events([event(1, 0)])
    new, claims = await worker()
    await claims.claim()
    with pytest.raises(Fenced, match="another auctiond leads call"):
        await old.append_events([event(1, 1, "ended")])
    assert [one.kind for one in await new.events(call_id(1))] == ["answered"]
    assert len(await new.open_calls()) == 1  # The refused end has not closed it either.
    await new.append_events([event(1, 1, "hung_up")])
    with pytest.raises(Fenced):  # Not even the very same: who is refused must find out.
        await old.append_events([event(1, 0)])


async def test_a_refused_row_takes_no_other_calls_rows_with_it(worker, pg):
    old, old_claims = await worker()
    await old.open_call(call_row(1))
    _, claims = await worker()
    await claims.claim()
    await old.open_call(call_row(2))
    async with trio.open_nursery() as nursery:

        async def lost():
            with pytest.raises(Fenced):
                await old.append_events([event(1, 0)])

        nursery.start_soon(lost)
        nursery.start_soon(old.append_events, [event(2, 0)])
    assert await old_claims.is_ours(call_id(2))
    assert [one.kind for one in await old.events(call_id(2))] == ["answered"]


async def test_an_older_process_cannot_claim_from_a_newer_one(worker):
    old, old_claims = await worker()
    await old.open_call(call_row(1))
    _, claims = await worker()
    await claims.claim()
    assert await old_claims.claim() == 0
    assert await claims.is_ours(call_id(1))


async def test_processes_that_begin_together_share_the_calls(worker):
    dead, _ = await worker()
    for n in range(40):
        await dead.open_call(call_row(n))
    (_, first), (_, second) = await worker(0), await worker(1)
    living = [first.epoch, second.epoch]
    shares = [await each.claim(living, part, 2) for part, each in enumerate((first, second))]
    assert sum(shares) == 40
    assert all(shares)


async def test_a_late_word_is_for_calls_that_are_over(worker):
    calls, _ = await worker()
    other, _ = await worker()
    await calls.open_call(call_row(1))
    await calls.append_events([event(1, 0)])
    with pytest.raises(Fenced):
        await other.append_late([event(1, 1, "settled")])
    await calls.append_events([event(1, 1, "ended")])
    await other.append_late([event(1, 2, "settled")])
    kinds = [one.kind for one in await calls.events(call_id(1))]
    assert kinds == ["answered", "ended", "settled"]
