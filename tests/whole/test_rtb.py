"""Publishers ping us, and send the call for the bid: the promise is kept, and by policy no more."""

from __future__ import annotations

import pytest

from tests.whole.networks import FALLBACK, FIRST, SECOND
from tests.whole.publisher import call, door, network_with, ping
from tests.whole.stage import open_stage


@pytest.fixture
async def stage(plan):
    """A stage with a door; the best buyer pays 20, so 14 are promised."""
    async with open_stage(plan, lambda ports: network_with(door())) as opened:
        for number in (FIRST, SECOND, FALLBACK):
            await opened.phone(number)
        yield opened


async def test_the_publisher_accrues_what_it_was_promised(stage):
    bid = await ping(stage, zipcode="94103")
    assert (bid["outcome"], bid["bid"], bid["test"]) == ("bid", "14.00", False)
    record = await call(stage, bid)
    assert (record["disposition"], record["buyer"], record["price_micros"]) == (
        "sold",
        "first",
        20_000_000,
    )
    assert record["facts"]["zip"] == "94103"
    totals = await stage.totals()
    assert (totals["captured"], totals["payout"]) == (20_000_000, 14_000_000)
