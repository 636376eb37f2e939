"""The embedded server: real processes, killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import pytest
import trio
import trio.lowlevel

from auctiond.config import Settings
from auctiond.database import connect, open_database
from auctiond.keys.secret import Secret
from auctiond.pg.door import open_pg
from auctiond.pg.embedded import EmbeddedOptions, run_embedded
from auctiond.pg.errors import PgAway
from auctiond.pg.group import GroupWriter, WriterStopped
from auctiond.pg.place import EmbeddedError
from auctiond.pg.remains import processes_in
from tests.conftest import quick_folder

ROOT = Path(__file__).parents[2]
OPTIONS = EmbeddedOptions(shared_buffers_mb=16, connections_max=10)

SERVE = """
import sys, trio
from pathlib import Path
from auctiond.pg.embedded import EmbeddedOptions, run_embedded
async def main():
    options = EmbeddedOptions(shared_buffers_mb=16, connections_max=10)
    async with run_embedded(Path(sys.argv[1]), options) as server:
        print(server.pid, flush=True)
        await trio.sleep_forever()
trio.run(main)
"""


@pytest.fixture
def folder():
    path = Path(tempfile.mkdtemp(prefix="auctiond-test-", dir=quick_folder()))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def other_process(folder):
    """A process that runs a server on the folder; killed at the end at the latest."""
    command = [sys.executable, "-c", SERVE, str(folder / "db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True) as process:
        process.postmaster = int(process.stdout.readline())
        yield process
        process.kill()
        process.wait()
    until = time.monotonic() + 60
    while processes_in(folder / "db" / "pgdata") and time.monotonic() < until:
        time.sleep(0.02)  # The orphan stops by itself; the folder is not removed under it.


def admin(server) -> str:
    return server.url("auctiond_admin", "postgres")


async def make_table(url: str) -> None:
    async with open_pg(url) as pg:
        await pg.run_script("CREATE TABLE public.t (id int PRIMARY KEY)")


async def test_data_survive_a_stop_and_a_start_and_nothing_is_left_running(folder):
    async with run_embedded(folder / "db", OPTIONS) as server:
        await make_table(admin(server))
    assert server.pid is None
    assert processes_in(server.place.data) == set()
    async with run_embedded(folder / "db", OPTIONS) as server, open_pg(admin(server)) as pg:
        assert await pg.fetch_value("SELECT count(*) FROM public.t") == 0


async def test_the_server_is_durable_checked_and_reached_by_socket_alone(folder):
    wanted = {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "max_connections": "10",
        "TimeZone": "UTC",
    }
    async with run_embedded(folder / "db", OPTIONS) as server, open_pg(admin(server)) as pg:
        for name, value in wanted.items():
            assert await pg.fetch_value("SELECT current_setting($1)", name) == value, name
        found = await pg.fetch_row("SELECT datlocprovider, datlocale FROM pg_database LIMIT 1")
        assert (found[0], found[1]) == (b"b", "C.UTF-8")
        methods = await pg.fetch("SELECT DISTINCT auth_method FROM pg_hba_file_rules")
        assert [row[0] for row in methods] == ["peer"]


async def test_kill_9_of_the_postmaster_loses_nothing_that_was_acknowledged(folder):
    insert = "INSERT INTO public.t SELECT unnest($1::int[]) ON CONFLICT DO NOTHING"
    acknowledged: set[int] = set()
    async with run_embedded(folder / "db", OPTIONS) as server, open_pg(admin(server)) as pg:
        await pg.run_script("CREATE TABLE public.t (id int PRIMARY KEY)")

        async def write(ids: list[int]) -> list[None]:
            await pg.execute(insert, ids)
            return [None] * len(ids)

        async def client(first: int) -> None:
            with suppress(WriterStopped):  # At the end, with everything else.
                for id_ in range(first, 10**9, 8):
                    await writer.submit(id_)
                    acknowledged.add(id_)

        writer = GroupWriter(write)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(writer.run)
            for first in range(8):
                nursery.start_soon(client, first)
            for kills in (1, 2):
                enough = len(acknowledged) + 50
                while len(acknowledged) < enough:
                    await trio.lowlevel.checkpoint()
                os.kill(server.pid, signal.SIGKILL)
                while server.restarts < kills or not await pg.is_alive():
                    await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        rows = await pg.fetch("SELECT id FROM public.t")
    assert acknowledged <= {row["id"] for row in rows}
    assert writer.statistics().retries > 0


async def test_a_second_server_on_the_same_folder_is_refused(folder, other_process):
    with pytest.raises(EmbeddedError, match="another auctiond runs on this data folder"):
        async with run_embedded(folder / "db", OPTIONS):
            pass
    assert other_process.poll() is None


@pytest.mark.parametrize("both", [False, True])
async def test_after_kill_9_of_the_program_the_next_start_takes_over(folder, other_process, both):
    other_process.kill()
    other_process.wait()
    if both:
        with suppress(ProcessLookupError):
            os.kill(other_process.postmaster, signal.SIGKILL)
    async with run_embedded(folder / "db", OPTIONS) as server, open_pg(admin(server)) as pg:
        assert server.pid != other_process.postmaster
        assert await pg.is_alive()
        assert other_process.postmaster not in processes_in(server.place.data)


async def test_an_orphan_stops_by_itself(folder, other_process):
    data = folder / "db" / "pgdata"
    other_process.kill()
    other_process.wait()
    with trio.fail_after(60):
        while processes_in(data):  # noqa: ASYNC110 The kernel tells nobody.
            await trio.sleep(0.01)
    assert not (data / "postmaster.pid").exists()


async def test_lock_files_that_name_a_stranger_do_not_stop_a_start(folder):
    async with run_embedded(folder / "db", OPTIONS) as server:
        who = server.place.who
    with subprocess.Popen(["/bin/sleep", "600"], user=who.uid) as stranger:  # noqa: ASYNC220
        socket_lock = server.place.socket_dir / ".s.PGSQL.5432.lock"
        for lock in (server.place.data / "postmaster.pid", socket_lock):
            lock.write_text(f"{stranger.pid}\n{server.place.data}\n1\n5432\n/tmp\n\n\n")
            os.chown(lock, who.uid, who.gid)
        async with run_embedded(folder / "db", OPTIONS) as server:
            assert server.pid
        assert stranger.poll() is None
        stranger.kill()


async def test_another_major_version_is_refused_with_the_way_out(folder):
    async with run_embedded(folder / "db", OPTIONS) as server:
        pass
    (server.place.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 16.*pg_dumpall"):
        async with run_embedded(folder / "db", OPTIONS):
            pass


async def test_a_server_that_cannot_start_says_why(folder):
    async with run_embedded(folder / "db", OPTIONS) as server:
        pass
    (server.place.data / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedError, match=r"does not start(.|\n)*pg_control"):
        async with run_embedded(folder / "db", OPTIONS):
            pass


async def test_an_initdb_that_was_cut_short_is_done_again(folder):
    (folder / "db" / "pgdata.new" / "base").mkdir(parents=True)
    (folder / "db").chmod(0o711)
    async with run_embedded(folder / "db", OPTIONS) as server:
        assert server.pid


async def test_what_the_block_raises_comes_out_alone(folder):
    with pytest.raises(ZeroDivisionError):
        async with run_embedded(folder / "db", OPTIONS):
            raise ZeroDivisionError


async def test_an_opened_database_is_migrated_and_entered_with_few_rights(folder):
    settings = Settings(data_dir=folder)
    async with open_database(settings, [].append) as where, connect(where) as pg:
        assert await pg.fetch_value("SELECT current_user") == "auctiond_app"
        assert await pg.fetch("SELECT * FROM call") == []


async def test_the_url_of_another_server_replaces_ours(folder, pg_super_url):
    settings = Settings(data_dir=folder / "unused", database_url=Secret(pg_super_url))
    async with open_database(settings, [].append) as where, connect(where) as pg:
        assert await pg.fetch_value("SELECT current_user") == "auctiond_app"
    assert not await trio.Path(folder / "unused").exists()


async def test_a_stopped_server_is_away(folder):
    async with run_embedded(folder / "db", OPTIONS) as server:
        url = admin(server)
    with pytest.raises(PgAway):
        async with open_pg(url):
            pass
