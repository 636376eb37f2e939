"""A command beside the server: it finds the embedded one that runs, or runs it for a look."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from auctiond.config import Settings
from auctiond.database import connect, open_database, open_database_beside
from auctiond.keys.secret import Secret
from auctiond.pg.running import find_running
from auctiond.start_error import StartError
from tests.conftest import quick_folder


@pytest.fixture
def settings():
    folder = Path(tempfile.mkdtemp(prefix="auctiond-test-", dir=quick_folder()))
    folder.chmod(0o711)
    yield Settings(data_dir=folder)
    shutil.rmtree(folder)


async def user(settings: Settings) -> str:
    async with open_database_beside(settings, print) as where, connect(where) as pg:
        return await pg.fetch_value("SELECT current_user || ' of ' || pg_postmaster_start_time()")


async def test_it_finds_the_running_server_and_runs_one_when_there_is_none(settings):
    async with open_database(settings, print):
        first = await user(settings)
        assert await user(settings) == first
    assert first.startswith("auctiond_app of ")
    assert (await find_running(settings.data_dir / "postgres")).url == ""
    assert (await user(settings)).startswith("auctiond_app of ")


async def test_what_a_killed_server_left_is_not_taken_for_a_server(settings):
    pid_file = settings.data_dir / "postgres" / "pgdata" / "postmaster.pid"
    async with open_database(settings, print):
        left = pid_file.read_text()
    pid_file.write_text(left)
    found = await find_running(settings.data_dir / "postgres")
    assert (found.exists, found.url) == (True, "")


async def test_where_no_server_ever_was_none_is_made(settings):
    with pytest.raises(StartError, match="auctiond serve"):
        await user(settings)
    assert list(settings.data_dir.iterdir()) == []


async def test_the_database_of_the_settings_comes_first(settings, pg_super_url):
    outside = Settings(data_dir=settings.data_dir, database_url=Secret(pg_super_url))
    assert (await user(outside)).startswith("auctiond_app of ")
