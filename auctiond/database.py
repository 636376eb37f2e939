"""Opens the database of the settings: an outside one, or our own embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from auctiond.config import Settings
from auctiond.data_dir import own_data_dir
from auctiond.pg import roles
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.embedded import DEFAULTS, run_embedded
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.fence import open_fence
from auctiond.pg.migrate import ensure_database, migrate, prepare
from auctiond.pg.running import find_running
from auctiond.start_error import StartError

Say = Callable[[str], None]
WORKERS_CONNECTIONS = 15  # The pool's ten, the writers' own, and one that is being replaced.


def connections_for(workers: int) -> int:
    """Return how many connections an embedded server allows: for the workers, and for people."""
    return DEFAULTS.connections_max + WORKERS_CONNECTIONS * (workers - 1)


@dataclass(frozen=True, slots=True)
class Where:
    """How to connect: as whom the URL says, or as the `role` that its user takes on."""

    url: str
    role: str | None


def as_auditor(where: Where) -> Where:
    """Return how the auditor connects, who reads all of the ledger and can write nothing."""
    url, role = roles.beside(where.url, where.role or "", roles.AUDITOR)
    return Where(url, role or None)


@asynccontextmanager
async def open_database(settings: Settings, say: Say) -> AsyncIterator[Where]:
    """Run or find PostgreSQL, and bring it to the newest form."""
    if settings.database_url:
        url = settings.database_url.reveal()
        async with _fence(url):
            await _bring_up(url)
            yield Where(url, roles.APP)
        return
    options = replace(DEFAULTS, connections_max=connections_for(settings.workers))
    async with run_embedded(settings.data_dir / "postgres", options, say=say) as server:
        await ensure_database(server.url("auctiond_admin", "postgres"))
        await prepare(server.admin_url)
        async with open_fence(server.url(roles.MIGRATOR)):
            await migrate(server.url(roles.MIGRATOR))
            yield Where(server.url(roles.APP), None)


@asynccontextmanager
async def _fence(url: str) -> AsyncIterator[None]:
    try:
        async with open_fence(url):
            yield
    except PgAway as error:
        raise StartError(f"database_url: this database cannot be used: {error}") from None


@asynccontextmanager
async def open_database_beside(settings: Settings, say: Say) -> AsyncIterator[Where]:
    """Find the database where a server may run on it, or run PostgreSQL for a look. As it is."""
    if settings.database_url:
        yield Where(settings.database_url.reveal(), roles.APP)
        return
    folder = settings.data_dir / "postgres"
    found = await find_running(folder)
    if found.url:
        yield Where(found.url, None)
    elif not found.exists:
        raise StartError(
            f"data_dir: there is no database in {settings.data_dir} yet; `auctiond serve` makes "
            "it. If it is elsewhere, name the server's settings with --config"
        )
    else:
        with own_data_dir(settings.data_dir):
            async with run_embedded(folder, say=say) as server:
                yield Where(server.url(roles.APP), None)


async def _bring_up(url: str) -> None:
    try:
        await migrate(url)
    except (PgAway, PgError) as error:
        raise StartError(f"database_url: this database cannot be used: {error}") from None


@asynccontextmanager
async def connect(where: Where) -> AsyncIterator[Pg]:
    """Connect as the app."""
    async with open_pg(where.url, role=where.role) as pg:
        yield pg
