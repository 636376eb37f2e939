"""The counter of the tests of billing. When it closes, its ledger must be whole."""

import pytest

from auctiond.pg.ledger_check import verify
from tests.billing.counter import open_counter


@pytest.fixture
async def counter(pg_url):
    async with open_counter(pg_url) as opened:
        yield opened
        report = await verify(opened.pg)
        assert report.ok, report.problems
