"""Fixtures of the tests of the whole."""

from __future__ import annotations

import pytest

from auctiond.database import Where
from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, network_of
from tests.whole.stage import Plan, open_stage


@pytest.fixture
def plan(pg_url, tmp_path):
    """What a stage on a fresh database is made of."""
    return Plan(Where(pg_url, None), tmp_path)


@pytest.fixture
async def stage(plan):
    """A stage with two buyers, of 20 and 10 dollars, whose phones are answered at once."""
    async with open_stage(plan, lambda ports: network_of(TWO)) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened
