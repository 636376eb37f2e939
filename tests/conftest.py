"""One PostgreSQL for the whole session, and a fresh, migrated database for each test that asks."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import trio
from hypothesis import HealthCheck, settings

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.embedded import Embedded, EmbeddedOptions, run_embedded
from auctiond.pg.ledger_book import MONTHS_AHEAD
from auctiond.pg.migrate import ensure_database, migrate
from tests.ledger.laying_out import laid_out

# The same examples every time, and no clock: a busy machine is no reason to fail.
settings.register_profile(
    "ours", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ours")

T = TypeVar("T")
START_S = 120.0  # For a machine that has much else to do.
MEMORY_BYTES_MIN = 4 * 2**30  # WAL takes up to one; containers often have 64 MB only.
# The months that tests write of are there, whatever day it is.
LAY_OUT = laid_out(
    "SELECT generate_series('2026-10-01'::date, '2027-02-01', '1 month')::date"
    " EXCEPT SELECT month FROM ledger_month"
)
TEST_OPTIONS = EmbeddedOptions(
    shared_buffers_mb=32, connections_max=100, fsync=False, other_roles=("hoster", "lowly")
)


# What is in here waits for sockets, timers and processes most of its time.
WAITING = ("recovery", "sip", "whole", "workers")
SOONER = 0.9  # Of the way, and the last of them has begun: it would be waited for alone.
# These take longest, so they are the first.
SLOW_FILES = (
    "recovery/test_kill", "sip/test_sweep", "workers/test_house", "whole/test_whispers",
    "whole/test_quiet_carrier", "whole/test_recordings", "whole/test_carriers_restart",
    "whole/test_carriers", "whole/test_carrier_flows", "sip/test_media_switch",
    "sip/test_media_calls", "sip/test_proxy_calls", "sip/test_proxy_edge",
    "whole/test_call_flows", "whole/test_rtb", "whole/test_callbacks", "whole/test_database_away",
    "whole/test_rtb_promises", "whole/test_replay", "whole/test_flows", "whole/test_crash",
    "sip/test_proxy_in_talk", "sip/test_odd_headers", "bench/test_gate", "ledger/test_stateful",
    "ledger/test_months", "pg/test_embedded",
)  # fmt: skip


def pytest_xdist_auto_num_workers() -> int:
    """Return how many work at once: as most wait half of their time, three more than processors."""
    return len(os.sched_getaffinity(0)) + 3


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect garbage once, when tests are collected: meanwhile it took a third of the time.

    Classes with slots leave a class behind, which their base would go on to list. What is loaded by
    then is left out of later collections.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let files that wait and files that compute take turns, as together they fill a machine.

    Those that take longest come first; the order within a file stays.
    """
    files = dict.fromkeys(item.path for item in items)
    waiting = sorted((path for path in files if path.parent.name in WAITING), key=slowness)
    computing = sorted((path for path in files if path.parent.name not in WAITING), key=slowness)
    turn = {path: n / len(computing) for n, path in enumerate(computing)}
    turn |= {path: n / len(waiting) * SOONER for n, path in enumerate(waiting)}
    items.sort(key=lambda item: turn[item.path])


def slowness(path: Path) -> int:
    """Return the place of a file among the slow ones, the slowest first."""
    name = f"{path.parent.name}/{path.stem}"
    return SLOW_FILES.index(name) if name in SLOW_FILES else len(SLOW_FILES)


class TestServer:
    """A server in a thread with a trio of its own, so that each test can have its own trio."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._up = threading.Event()
        self._stop = trio.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="postgres")
        self._databases = 0
        self.embedded: Embedded
        self._admin: Pg
        self._token: trio.lowlevel.TrioToken

    def __enter__(self) -> TestServer:
        self._thread.start()
        if not self._up.wait(START_S):
            raise TimeoutError("the test server did not start")
        if self._error is not None:
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        self._token.run_sync_soon(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            trio.run(self._serve)
        except BaseException as error:  # noqa: BLE001 Raised again in __enter__.
            self._error = error
        self._up.set()

    async def _serve(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
        async with run_embedded(self._folder / "db", TEST_OPTIONS) as self.embedded:
            server = self.embedded
            await ensure_database(server.url("auctiond_admin", "postgres"))
            await migrate(server.admin_url)
            async with open_pg(server.admin_url, connections_max=1) as pg:
                await pg.run_script(LAY_OUT)
                await pg.execute("SELECT ledger_make_months($1)", MONTHS_AHEAD)  # As a start does.
            async with open_pg(server.url("auctiond_admin", "postgres")) as self._admin:
                self._up.set()
                await self._stop.wait()

    def do(self, fn: Callable[..., Awaitable[T]], *args: object) -> T:
        """Await something in the server's trio."""
        return trio.from_thread.run(fn, *args, trio_token=self._token)

    def make_database(self, template: str) -> str:
        """Return the name of a new copy of a database."""
        self._databases += 1
        name = f"test_{self._databases}"
        # As files. By the log, which is the default, it takes thrice the CPU.
        how = f"TEMPLATE {template} STRATEGY FILE_COPY"
        self.do(self._admin.execute, f"CREATE DATABASE {name} {how}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, whoever may be connected."""
        self.do(self._admin.execute, f"DROP DATABASE {name} WITH (FORCE)")


def quick_folder() -> str | None:
    """Return a folder in memory if there is a roomy one: each database is 300 small files."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and shutil.disk_usage(memory).free >= MEMORY_BYTES_MIN
    return str(memory) if roomy else None


@pytest.fixture(scope="session")
def pg_server() -> Iterator[TestServer]:
    """The session's server. Tests may not stop it."""
    folder = Path(tempfile.mkdtemp(prefix="auctiond-test-", dir=quick_folder()))
    folder.chmod(0o711)  # Ours; as root, the server's user must pass through.
    try:
        with TestServer(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def pg_database(pg_server: TestServer) -> Iterator[str]:
    """The name of a fresh, migrated database."""
    name = pg_server.make_database("auctiond")
    yield name
    pg_server.drop_database(name)


@pytest.fixture
def pg_url(pg_server: TestServer, pg_database: str) -> str:
    """The URL of a fresh, migrated database, as the app connects."""
    return pg_server.embedded.url("auctiond_app", pg_database)


@pytest.fixture
def pg_super_url(pg_server: TestServer, pg_database: str) -> str:
    """The URL of the same database as `pg_url`, as superuser."""
    return pg_server.embedded.url("auctiond_admin", pg_database)


@pytest.fixture
def pg_empty_url(pg_server: TestServer) -> Iterator[str]:
    """The URL of a database with nothing in it, as superuser."""
    name = pg_server.make_database("template0")
    yield pg_server.embedded.url("auctiond_admin", name)
    pg_server.drop_database(name)
