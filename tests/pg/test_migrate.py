"""Migrations: forwards only, from every earlier version, and no other past."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import trio

from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgError
from auctiond.pg.migrate import Migration, MigrationError, migrate, read_migrations

ALL = read_migrations()
NAMES = [one.name for one in ALL]


async def test_an_empty_database_gets_everything_and_a_second_time_nothing(pg_empty_url):
    assert await migrate(pg_empty_url) == NAMES
    assert await migrate(pg_empty_url) == []


@pytest.fixture(scope="module")
def growing(pg_server):
    """The name of a database that tests bring from version to version, and copy."""
    name = pg_server.make_database("template0")
    yield name
    pg_server.drop_database(name)


@pytest.fixture(params=range(len(ALL)))
def earlier(pg_server, growing, request):
    """A version, and the URL of a database of it."""
    url = pg_server.embedded.url("auctiond_admin", growing)
    pg_server.do(migrate, url, ALL[: request.param])
    name = pg_server.make_database(growing)
    yield request.param, pg_server.embedded.url("auctiond_admin", name)
    pg_server.drop_database(name)


async def test_every_earlier_version_is_brought_to_the_newest(earlier):
    version, url = earlier
    async with open_pg(url) as pg:
        assert await pg.fetch_value("SELECT count(*) FROM auctiond.migration") == version
    assert await migrate(url) == NAMES[version:]


async def test_two_processes_migrate_at_once_and_each_file_is_applied_once(pg_empty_url):
    await migrate(pg_empty_url, ())
    done: list[str] = []

    async def one() -> None:
        done.extend(await migrate(pg_empty_url))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert sorted(done) == sorted(NAMES)


async def test_a_changed_file_refuses_to_start_and_is_named(pg_super_url):
    changed = (replace(ALL[0], text=ALL[0].text + "\n"), *ALL[1:])
    with pytest.raises(MigrationError, match=f"0001_{ALL[0].name} is not the text"):
        await migrate(pg_super_url, changed)


async def test_a_newer_database_refuses_to_start(pg_super_url):
    await migrate(pg_super_url, (*ALL, Migration(len(ALL) + 1, "future", "SELECT 1")))
    with pytest.raises(MigrationError, match="run the newer program"):
        await migrate(pg_super_url)


async def test_a_migration_that_fails_leaves_nothing_behind(pg_super_url):
    bad = Migration(len(ALL) + 1, "bad", "CREATE TABLE half (id int); SELECT 1 / 0;")
    with pytest.raises(MigrationError, match=r"_bad failed: .*DivisionByZero"):
        await migrate(pg_super_url, (*ALL, bad))
    async with open_pg(pg_super_url) as pg:
        assert await pg.fetch_value("SELECT to_regclass('half')") is None
    assert await migrate(pg_super_url) == []


async def test_everything_belongs_to_the_owner_and_the_app_owns_nothing(pg_super_url):
    async with open_pg(pg_super_url) as pg:
        rows = await pg.fetch(
            "SELECT DISTINCT r.rolname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'auctiond'"
        )
        assert [row[0] for row in rows] == ["auctiond_owner"]


HOSTER = """
CREATE ROLE hoster LOGIN CREATEROLE;
GRANT CREATE ON DATABASE {0} TO hoster;
-- What a role has of the roles it made itself.
GRANT auctiond_owner, auctiond_app, auctiond_reader, auctiond_auditor, auctiond_retention,
    auctiond_migrator TO hoster
    WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
"""


async def test_a_user_with_createrole_can_migrate_and_then_act_as_the_app(pg_server, pg_empty_url):
    async with open_pg(pg_empty_url) as pg:
        name = await pg.fetch_value("SELECT current_database()")
        await pg.run_script(HOSTER.format(name))
    url = pg_server.embedded.url("hoster", name)
    assert await migrate(url) == NAMES
    assert await migrate(url) == []
    async with open_pg(url, role="auctiond_app") as pg:
        assert await pg.fetch_value("SELECT current_user") == "auctiond_app"
        assert await pg.fetch_value("SELECT count(*) FROM migration") == len(ALL)


async def test_a_user_without_rights_is_told_what_an_administrator_should_run(
    pg_server, pg_empty_url
):
    async with open_pg(pg_empty_url) as pg:
        name = await pg.fetch_value("SELECT current_database()")
        await pg.run_script("CREATE ROLE lowly LOGIN")
    with pytest.raises(MigrationError, match=r"(?s)GRANT auctiond_owner, .* TO lowly"):
        await migrate(pg_server.embedded.url("lowly", name))


def test_a_wrong_file_name_or_a_gap_is_refused(tmp_path: Path):
    (tmp_path / "0001_a.sql").write_text("SELECT 1")
    (tmp_path / "0003_c.sql").write_text("SELECT 1")
    with pytest.raises(MigrationError, match="1, 2, 3"):
        read_migrations(tmp_path)
    (tmp_path / "0003_c.sql").rename(tmp_path / "two.sql")
    with pytest.raises(MigrationError, match=r"like 0001_calls\.sql"):
        read_migrations(tmp_path)


async def test_a_migrated_database_cannot_forget_what_was_applied(pg_super_url):
    async with open_pg(pg_super_url) as pg:
        with pytest.raises(PgError, match="append-only"):
            await pg.execute("DELETE FROM migration")
