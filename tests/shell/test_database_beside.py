"""A command reads the database beside a running server, and starts one where none runs."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from auctiond.config import Settings
from auctiond.database import connect, open_database, open_database_beside
from auctiond.pg.running import find_running
from auctiond.start_error import StartError


async def asked(settings):
    async with open_database_beside(settings, print) as where, connect(where) as pg:
        return await pg.fetch_value("SELECT current_user")


@pytest.fixture
def settings():
    folder = Path(tempfile.mkdtemp(prefix="auctiond-test-"))
    folder.chmod(0o711)  # Ours; as root, PostgreSQL's user must pass through.
    yield replace(Settings(), data_dir=folder / "data")
    shutil.rmtree(folder)


async def test_beside_a_running_server_and_without_one_it_is_the_same_database(settings):
    async with open_database(settings, print):
        assert (await find_running(settings.data_dir / "postgres")).url
        assert await asked(settings) == "auctiond_app"
    assert not (await find_running(settings.data_dir / "postgres")).url
    assert await asked(settings) == "auctiond_app"


async def test_where_no_server_ever_ran_none_is_made(settings):
    with pytest.raises(StartError, match="there is no database in"):
        await asked(settings)
    assert not settings.data_dir.exists()
