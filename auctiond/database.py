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
