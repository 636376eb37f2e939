"""A second server on one database is refused; one that lost its database to another stops."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from auctiond.pg import fence
from auctiond.pg.door import open_pg
from auctiond.pg.fence import open_fence
from auctiond.start_error import StartError, first_cause

HOLDERS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks "
    "WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()"
)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(fence, "TRIES", 3)
    monkeypatch.setattr(fence, "RETRY_S", 0.01)
    monkeypatch.setattr(fence, "WATCH_S", 0.02)


async def test_a_second_server_is_refused_and_the_first_goes_on(pg_url, pg, impatient):
    async with open_fence(pg_url):
        with pytest.raises(StartError, match="another auctiond server runs on this database"):
            async with open_fence(pg_url):
                pass
        assert await pg.fetch_value(HOLDERS) == 1
    async with open_fence(pg_url):  # It is free again.
        pass


async def test_who_waits_for_a_server_that_is_stopping_gets_in(pg_url, monkeypatch):
    monkeypatch.setattr(fence, "RETRY_S", 0.01)
    inside = trio.Event()

    async def second() -> None:
        async with open_fence(pg_url):
            inside.set()

    async with trio.open_nursery() as nursery:
        async with open_fence(pg_url):
            nursery.start_soon(second)
            with trio.move_on_after(0.1):
                await inside.wait()
            assert not inside.is_set()
        await inside.wait()


async def test_a_lost_connection_alone_is_no_reason_to_stop(pg_url, pg_super_url, impatient):
    async with open_pg(pg_super_url, connections_max=1) as admin, open_fence(pg_url):
        assert await admin.fetch_value(KILL) == 1
        while await admin.fetch_value(HOLDERS) != 1:
            await trio.testing.wait_all_tasks_blocked()


async def test_who_lost_the_database_to_another_server_stops(pg_url, pg_super_url, impatient):
    """The other is on it in the very moment that the first one's connection breaks."""
    take = KILL + "; SELECT pg_advisory_lock(7207130422)"

    async def first() -> None:
        async with open_pg(pg_super_url, connections_max=1) as other, open_fence(pg_url):
            await other.run_script(take)
            await trio.sleep_forever()

    with pytest.raises(ExceptionGroup) as caught:
        await first()
    assert "took over this database" in str(first_cause(caught.value))
