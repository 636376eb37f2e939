"""Opens the database of the settings: an outside one, or our own embedded PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from auctiond.config import Settings
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.embedded import run_embedded
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.migrate import ensure_database, migrate
from auctiond.pg.running import find_server
from auctiond.start_error import StartError

APP_ROLE = "auctiond_app"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Where:
    """How to connect: as the app, which may little, and with all rights for checks by hand."""

    url: str
    role: str | None


@asynccontextmanager
async def open_database(settings: Settings, say: Say) -> AsyncIterator[Where]:
    """Run or find PostgreSQL, and bring it to the newest form."""
    if settings.database_url:
        url = settings.database_url.reveal()
        await _bring_up(url)
        yield Where(url, APP_ROLE)
        return
    async with run_embedded(settings.data_dir / "postgres", say=say) as server:
        await ensure_database(server.url("auctiond_admin", "postgres"))
        await migrate(server.admin_url)
        yield Where(server.url(APP_ROLE), None)


@asynccontextmanager
async def open_database_beside(settings: Settings, say: Say) -> AsyncIterator[Where]:
    """Find the database of the settings for a command: beside a running server, or without one.

    Where the server does not run, its PostgreSQL is started for as long as the block lasts.
    A database that was never made is not made now. Raises StartError.
    """
    if settings.database_url:
        yield Where(settings.database_url.reveal(), APP_ROLE)
        return
    folder = settings.data_dir / "postgres"
    found = find_server(folder)
    if not found.exists:
        raise StartError(
            f"there is no database in {folder}: run this where `auctiond serve` runs, or name its "
            "settings with --config"
        )
    if found.socket_dir is not None:
        yield Where(found.url(APP_ROLE), None)
        return
    async with open_database(settings, say) as where:
        yield where


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
