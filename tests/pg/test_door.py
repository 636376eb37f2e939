"""The one door to PostgreSQL: cancelling, losing connections, errors without values."""

from __future__ import annotations

import asyncio
import random
import socket

import pytest
import trio
import trio.testing

from auctiond.pg import connections
from auctiond.pg.door import CONNECT_S, open_pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.hosted_loop import open_hosted_loop
from auctiond.pg.sql_file import read_queries

KILL_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def test_rows_values_and_none(pg):
    assert [row["n"] for row in await pg.fetch("SELECT n FROM generate_series(1, 3) n")] == [
        1,
        2,
        3,
    ]
    assert (await pg.fetch_row("SELECT 1 AS a, 2 AS b"))["b"] == 2
    assert await pg.fetch_row("SELECT 1 WHERE false") is None
    assert await pg.fetch_value("SELECT 1 WHERE false") is None
    assert await pg.is_alive()


async def test_two_hundred_cancelled_queries_leave_the_pool_whole(pg, monkeypatch):
    monkeypatch.setattr(connections, "RELEASE_S", 60.0)  # A crowded machine throws none away.
    luck = random.Random(1)

    async def give_up() -> None:
        with trio.move_on_after(luck.random() / 20):
            await pg.fetch("SELECT pg_sleep(5)")

    async with trio.open_nursery() as nursery:
        for _ in range(200):
            nursery.start_soon(give_up)
    answers: list[int] = []

    async def ask(n: int) -> None:
        answers.append(await pg.fetch_value("SELECT $1::int", n))

    async with trio.open_nursery() as nursery:
        for n in range(50):
            nursery.start_soon(ask, n)
    assert sorted(answers) == list(range(50))
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(5)' AND state = 'active'"
    )
    assert await pg.fetch_value(busy) == 0


async def test_cancelling_inside_a_transaction_undoes_it_and_frees_the_connection(super_pg):
    await super_pg.execute("CREATE TABLE t (id int)")
    for _ in range(20):
        with trio.move_on_after(0.02):
            await super_pg.run_together(
                ("INSERT INTO t VALUES (1)", ()), ("SELECT pg_sleep(5)", ())
            )
    assert await super_pg.fetch_value("SELECT count(*) FROM t") == 0


async def test_steps_are_done_together_or_not_at_all(super_pg):
    await super_pg.execute("CREATE TABLE t (id int PRIMARY KEY)")
    add = "INSERT INTO t VALUES ($1)"
    with pytest.raises(PgError) as caught:
        await super_pg.run_together((add, (1,)), (add, (1,)))
    assert (caught.value.sqlstate, caught.value.constraint) == ("23505", "t_pkey")
    await super_pg.run_together((add, (1,)), (add, (2,)))
    assert await super_pg.fetch_value("SELECT count(*) FROM t") == 2


async def test_a_script_that_leaves_a_transaction_open_does_not_spoil_the_connection(pg_url):
    async with open_pg(pg_url, connections_max=1) as pg:
        await pg.run_script("BEGIN; SELECT 1;")
        with pytest.raises(PgError, match="DivisionByZero"):
            await pg.run_script("BEGIN; SELECT 1 / 0;")
        assert await pg.fetch_value("SELECT 1") == 1


async def test_an_error_quotes_no_value(super_pg):
    await super_pg.execute("CREATE TABLE t (phone text PRIMARY KEY, n int CHECK (n > 0))")
    add = "INSERT INTO t VALUES ($1, $2)"
    await super_pg.execute(add, "+15550199", 1)
    with pytest.raises(PgError) as caught:  # What a value says does not let it through.
        await super_pg.execute("SELECT $1::text::uuid", "1555, division 2")
    assert "1555" not in str(caught.value)
    for args in (("+15550199", 1), ("+15550199", -1), ("x", "+15550199"), (15550199, 1), ("1555",)):
        with pytest.raises(PgError) as caught:
            await super_pg.execute(add, *args)
        assert "1555" not in str(caught.value)
        assert caught.value.__suppress_context__


async def test_a_lost_connection_is_away_and_the_next_call_has_a_new_one(pg_url, super_pg):
    async with open_pg(pg_url, connections_max=1) as pg:
        lost: list[Exception] = []

        async def wait_long() -> None:
            try:
                await pg.fetch("SELECT pg_sleep(60)")
            except PgAway as error:
                lost.append(error)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait_long)
            while not lost:
                await super_pg.fetch(KILL_OTHERS)
        assert await pg.fetch_value("SELECT 1") == 1


async def test_no_server_is_away_and_a_refused_login_is_an_error(tmp_path, pg_server):
    with pytest.raises(PgAway, match="no connection to PostgreSQL"):
        async with open_pg(f"postgresql://x@/x?host={tmp_path}"):
            pass
    for url in (pg_server.embedded.url("stranger"), pg_server.embedded.url("auctiond_app", "none")):
        with pytest.raises(PgError):
            async with open_pg(url):
                pass


async def test_a_held_connection_is_apart_from_the_pool(pg_url):
    async with (
        open_pg(pg_url, connections_max=1) as pg,
        pg.held() as held,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(pg.fetch, "SELECT pg_sleep(60)")
        assert await held.fetch_value("SELECT 1") == 1
        nursery.cancel_scope.cancel()


async def test_a_role_is_taken_on_for_every_query(pg_super_url):
    async with open_pg(pg_super_url, role="auctiond_reader", connections_max=2) as pg:
        for _ in range(3):
            assert await pg.fetch_value("SELECT current_user") == "auctiond_reader"


async def test_what_was_done_before_the_cancelling_is_returned():
    async with open_hosted_loop() as other:
        done: list[int] = []

        async def quick() -> int:
            done.append(1)
            return 1

        with trio.CancelScope() as scope:
            scope.cancel()
            await other.run(quick)
        # Cancelled before or after it ran over there; in no case are we left waiting.
        assert scope.cancelled_caught is (not done) or done == [1]


async def test_timers_over_there_go_by_our_clock(autojump_clock):
    async with open_hosted_loop() as other:
        await other.run(asyncio.sleep, 3600.0)
        assert trio.current_time() >= 3600.0
        with trio.move_on_after(5.0):  # A timer of before is no reason to turn for ever.
            await other.run(asyncio.sleep, 60.0)
        assert trio.current_time() == pytest.approx(3605.0)


async def test_a_server_that_says_nothing_is_given_up_in_time(autojump_clock):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        began = trio.current_time()
        with pytest.raises(PgAway, match="TimeoutError"):
            async with open_pg(f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"):
                pass
    assert trio.current_time() - began == pytest.approx(CONNECT_S, abs=0.1)


async def test_nothing_is_left_waiting_when_the_other_side_ends():
    async with trio.open_nursery() as nursery, open_hosted_loop() as other:

        async def wait() -> None:
            with pytest.raises(RuntimeError, match="closed while it was in use"):
                await other.run(asyncio.sleep, 3600.0)

        nursery.start_soon(wait)
        await trio.testing.wait_all_tasks_blocked()
    with pytest.raises(RuntimeError, match="the loop is closed"):
        await other.run(asyncio.sleep, 0.0)


async def test_errors_of_the_other_side_arrive_as_they_are():
    async def fail() -> None:
        raise KeyError("over there")

    async with open_hosted_loop() as other:
        with pytest.raises(KeyError, match="over there"):
            await other.run(fail)


def test_queries_are_read_by_name_and_mistakes_are_named(tmp_path):
    (tmp_path / "good.sql").write_text("-- one --\n-- Says why.\nSELECT 1\n\n-- two --\nSELECT 2\n")
    assert read_queries("good", tmp_path) == {"one": "-- Says why.\nSELECT 1", "two": "SELECT 2"}
    for name, text, fault in (
        ("twice", "-- a --\nSELECT 1\n-- a --\nSELECT 2\n", "two queries are named 'a'"),
        ("empty", "-- a --\n\n-- b --\nSELECT 1\n", "nothing stands under -- a --"),
        ("none", "SELECT 1\n", "no query found"),
    ):
        (tmp_path / f"{name}.sql").write_text(text)
        with pytest.raises(ValueError, match=fault):
            read_queries(name, tmp_path)
