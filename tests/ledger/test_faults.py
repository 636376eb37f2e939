"""A locked database, a full disk, a clock set back: all on a real PostgreSQL."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.embedded import EmbeddedOptions, run_embedded
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.ledger_book import LedgerWriter, open_book
from auctiond.pg.ledger_check import verify
from auctiond.pg.migrate import ensure_database, migrate
from ledger.moves import Move, capture_for, release_for
from ledger.refusals import NotOpen
from market.money import Micros
from tests.ledger.helpers import hold, top_up

DISK_MB = 220
DISK_FULL = "53100"
BATCHES_MAX = 3_000
LOCK_S = 0.4  # Ten seconds are the same: nothing of ours has a clock on it.
LOCKED = (
    "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted "
    "AND relation = 'auctiond.ledger_account'::regclass"
)


async def test_moves_wait_while_the_database_is_locked_and_each_counts_once(pg_super, pg):
    """Who gives up meanwhile learns the outcome by the same id."""
    lock = ("LOCK TABLE auctiond.ledger_account IN ACCESS EXCLUSIVE MODE", ())
    moves = [top_up(100, f"b{number}") for number in range(40)]
    outcomes: list[bool] = []

    async def apply(book, move: Move) -> None:
        outcomes.append((await book.apply(move)).new)

    async with open_book(pg) as book, trio.open_nursery() as nursery:
        nursery.start_soon(pg_super.run_together, lock, (f"SELECT pg_sleep({LOCK_S})", ()))
        async with open_pg(_url(pg_super), connections_max=1) as other:
            while not await other.fetch_value(LOCKED):
                await trio.lowlevel.checkpoint()
        with trio.move_on_after(LOCK_S / 10) as patience:
            await book.apply(moves[0])
        assert patience.cancelled_caught
        for move in moves:
            nursery.start_soon(apply, book, move)
    assert sorted(outcomes) == [False] + [True] * 39
    assert (await verify(pg)).ok


def _url(pg: Pg) -> str:
    return pg._url


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk that is soon full."""
    folder = Path(tempfile.mkdtemp(prefix="auctiond-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=0711", "tmpfs", str(folder)]
    try:
        if shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
            pytest.skip("only root can mount the small disk that this is about")
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


async def test_on_a_full_disk_moves_fail_none_that_was_told_is_lost_and_it_heals(small_disk):
    options = EmbeddedOptions(shared_buffers_mb=16, connections_max=20)
    ballast = small_disk / "ballast"
    async with run_embedded(small_disk / "db", options) as server:
        await ensure_database(server.url("auctiond_admin", "postgres"))
        await migrate(server.admin_url)
        async with open_pg(server.url(), connections_max=4) as pg:
            told = await _fill(pg, ballast)
            ballast.unlink()
            async with open_book(pg) as book:
                with trio.fail_after(60):  # The server may have to be started again first.
                    await book.apply(top_up(1))
            for moves in told[:-1]:
                codes = {reply.code for reply in await LedgerWriter(pg)(moves)}
                assert codes == {"same"}
            last = {reply.code for reply in await LedgerWriter(pg)(told[-1])}
            assert last in ({"new"}, {"same"})  # Nobody was told of it; all of it or nothing.
            assert (await verify(pg)).problems == ()


async def _fill(pg: Pg, ballast: Path) -> list[list[Move]]:
    """Write until the disk is full; return the batches, of which the last one failed."""
    told: list[list[Move]] = []
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            pass
    for number in range(BATCHES_MAX):
        told.append([top_up(1, f"w{number}-{each}") for each in range(50)])
        try:
            await LedgerWriter(pg)(told[-1])
        except PgError as error:
            if error.sqlstate != DISK_FULL:
                raise
            return told
        except PgAway:  # It was the log that found no room, and the server ended.
            return told
    raise AssertionError("the disk was never full")


async def test_a_clock_that_is_set_back_leaves_the_ledger_in_order(pg, pg_super):
    held = hold(400)
    await LedgerWriter(pg)([top_up(1_000), held])
    text = await pg_super.fetch_value("SELECT pg_get_functiondef('ledger_apply_run'::regproc)")
    assert "clock_timestamp()" in text
    back = "(clock_timestamp() - interval '26 hours')"
    await pg_super.run_script(text.replace("clock_timestamp()", back))
    sale = capture_for(held, price=Micros(300), publisher="pub", payout=Micros(200))
    replies = await LedgerWriter(pg)([sale, top_up(5, "other")])
    assert [reply.code for reply in replies] == ["new", "new"]
    times = [row[0] for row in await pg_super.fetch(
        "SELECT at FROM ledger_entry WHERE account = 'wallet:acme' ORDER BY seq")]  # fmt: skip
    assert times == sorted(times)
    assert (await verify(pg)).problems == ()


async def test_of_fifty_who_capture_release_and_expire_one_hold_one_does(pg, pg_url):
    async with open_pg(pg_url) as second, open_book(pg) as one, open_book(second) as other:
        await one.apply(top_up(1_000))
        held = hold(400)
        await one.apply(held)
        sale = capture_for(held, price=Micros(400), publisher="pub", payout=Micros(300))
        ends = (sale, release_for(held), release_for(held, expired=True))
        outcomes: list[object] = []

        async def end(number: int) -> None:
            book = (one, other)[number % 2]
            try:
                outcomes.append((await book.apply(ends[number % 3])).new)
            except NotOpen:
                outcomes.append("not open")

        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(end, number)
        assert outcomes.count(True) == 1
        assert (await one.balances())["wallet:acme"] in ((600, 0), (1_000, 0))
        assert (await verify(pg)).problems == ()
