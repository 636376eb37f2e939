"""One real server for all tests of the commands: they tell apart what they add by names."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.commands.live_server import live_server


@pytest.fixture(scope="session")
def live(pg_server):
    """A server with two calls and no network."""
    folder = Path(tempfile.mkdtemp(prefix="auctiond-live-"))
    name = pg_server.make_database("auctiond")
    try:
        with live_server(folder, pg_server.embedded.url("auctiond_app", name)) as server:
            yield server
    finally:
        pg_server.drop_database(name)
        shutil.rmtree(folder)
