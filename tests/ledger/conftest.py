"""The two ledgers that must agree: the model in memory, and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from auctiond.pg.door import Pg, open_pg
from auctiond.pg.ledger_book import PgBook, open_book
from auctiond.pg.roles import AUDITOR
from tests.ledger.helpers import Book, DatabaseBook, MemoryBook


@pytest.fixture
async def pg(pg_url: str) -> AsyncIterator[Pg]:
    """The database, as the app sees it."""
    async with open_pg(pg_url, connections_max=4) as pg:
        yield pg


@pytest.fixture
async def auditor(pg: Pg) -> AsyncIterator[Pg]:
    """The same database, as who may read all of the ledger."""
    async with pg.held(AUDITOR) as auditor:
        yield auditor


@pytest.fixture
async def pg_super(pg_super_url: str) -> AsyncIterator[Pg]:
    """The same database, as somebody who may do everything."""
    async with open_pg(pg_super_url, connections_max=2) as pg:
        yield pg


@pytest.fixture
async def pg_book(pg: Pg) -> AsyncIterator[PgBook]:
    async with open_book(pg) as book:
        yield book


@pytest.fixture(params=["memory", "postgresql"])
def book_url(request: pytest.FixtureRequest) -> str:
    """Where the ledger is; "" for in memory. Apart, for a database is made outside of trio."""
    return request.getfixturevalue("pg_url") if request.param == "postgresql" else ""


@pytest.fixture
async def book(book_url: str) -> AsyncIterator[Book]:
    """A ledger of each kind: what is claimed of one holds for the other."""
    if not book_url:
        yield MemoryBook()
        return
    async with open_pg(book_url, connections_max=2) as pg, open_book(pg) as book:
        yield DatabaseBook(book)
