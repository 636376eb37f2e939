"""Fixtures of the database's tests."""

from __future__ import annotations

import pytest

from auctiond.pg.door import open_pg


@pytest.fixture
async def pg(pg_url):
    """The app's door to a fresh database."""
    async with open_pg(pg_url) as door:
        yield door


@pytest.fixture
async def super_pg(pg_super_url):
    """The superuser's door to the same database."""
    async with open_pg(pg_super_url) as door:
        yield door
