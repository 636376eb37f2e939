"""What workers tell each other, and what they agree on then."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import SimpleNamespace
from uuid import UUID

import pytest

from actors.shelter import open_shelter
from auctiond.calls.bank import Usage
from auctiond.calls.pauses import Pauses
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.target_events import TargetEvent
from auctiond.workers.sharing import Sharing
from market.bids import TargetId
from market.health import DEFAULT_RULES
from routing.ping_caps import PingCap, PingCounts
from tests.workers.test_fleet import open_fleets

NOW_MS = 1_800_000_000_000
CAP = PingCap("target/x minute", "minute", 3, None, "ping_cap:minute")  # type: ignore[arg-type]
TARGET = TargetId("x")


class Applying:
    """Notes which versions it was told of."""

    def __init__(self):
        self.versions = []
        self.networks = SimpleNamespace(number=self.number)

    async def catch_up(self, version):
        self.versions.append(version)

    async def number(self):
        return 7


class Book:
    async def balances(self):
        return {"wallet:late": (5, 0)}


@pytest.fixture
async def pair(tmp_path):
    """Two workers that share."""
    async with AsyncExitStack() as stack:
        fleets = await stack.enter_async_context(open_fleets(tmp_path))
        pair = []
        for fleet in fleets:
            shelter = await stack.enter_async_context(open_shelter(drain_s=1))
            pauses = Pauses(None, shelter, Metrics(), Log(), lambda: NOW_MS)  # type: ignore[arg-type]
            parts = (fleet, Usage(), PingCounts(), pauses, Applying(), Book(), shelter, Log())
            sharing = Sharing(*parts, lambda: NOW_MS)
            sharing.begin()
            pair.append(sharing)
        yield pair


async def test_balances_are_told_once_and_not_told_back(pair):
    one, two = pair
    one.usage.update({"wallet:a": (100, 20)})
    assert two.usage.available("wallet:a") == (0, 0)
    await one.tell()
    assert two.usage.available("wallet:a") == (100, 20)
    assert (one.usage.news, two.usage.news) == ({}, {})


async def test_a_ping_cap_counts_what_goes_out_of_both(pair):
    one, two = pair
    assert one.pings.take([CAP], NOW_MS) == ""
    assert two.pings.take([CAP], NOW_MS) == ""
    await one.tell()
    await two.tell()
    assert one.pings.take([CAP], NOW_MS) == ""
    await one.tell()
    assert two.pings.take([CAP], NOW_MS) == one.pings.take([CAP], NOW_MS) == "ping_cap:minute"


async def test_who_starts_takes_over_the_counts_of_who_was_there(pair):
    one, two = pair
    for _ in range(3):
        one.pings.take([CAP], NOW_MS)
    await two.catch_up()
    assert two.pings.take([CAP], NOW_MS) == "ping_cap:minute"


async def test_a_pause_holds_in_both_and_so_does_its_end(pair):
    one, two = pair
    paused = TargetEvent(UUID(int=1), TARGET, "paused", NOW_MS, None)
    await one.fleet.ask_all("target", None, as_told(paused))
    assert two.pauses.why(TARGET, NOW_MS, DEFAULT_RULES) == "auto_paused:unanswered"
    resumed = TargetEvent(UUID(int=2), TARGET, "resumed", NOW_MS, by="key")
    await one.fleet.ask_all("target", None, as_told(resumed))
    assert two.pauses.why(TARGET, NOW_MS, DEFAULT_RULES) == ""


async def test_a_new_network_is_there_when_all_were_told(pair):
    one, two = pair
    await one.fleet.ask_all("network", 3)
    assert two.applying.versions == [3]


def as_told(event):
    """Return an event as one worker tells it another."""
    sent = []
    tell = SimpleNamespace(
        shelter=SimpleNamespace(start=lambda _, ask: sent.append(ask.args[2])),
        fleet=SimpleNamespace(ask_all=print),
    )
    Sharing.tell_target(tell, event)
    return sent[0]
