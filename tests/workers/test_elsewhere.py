"""What a worker knows of calls that are in no list yet, its own and the others'."""

from __future__ import annotations

from contextlib import AsyncExitStack
from uuid import UUID

import pytest
import trio

from auctiond.calls.call_log import CallLog
from auctiond.calls.call_view import summary
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.workers.elsewhere import Elsewhere
from market.call import Call, State
from tests.workers.test_fleet import open_fleets

MINE, OVER, THEIRS, NOBODYS = (UUID(int=n) for n in range(1, 5))


class Desk:
    """Live calls, all of them talking."""

    def __init__(self, *ids):
        self.ids = ids

    def find(self, id_):
        return Call(id_, state=State.BRIDGED) if id_ in self.ids else None


async def mute(rows):
    await trio.sleep_forever()


@pytest.fixture
async def pair(tmp_path):
    """Two workers, of whom the second has a call that lives and one whose end is not written."""
    async with AsyncExitStack() as stack:
        fleets = await stack.enter_async_context(open_fleets(tmp_path))
        desks, logs = (Desk(MINE), Desk(THEIRS)), [CallLog(mute, lambda: 0, Log()) for _ in fleets]
        logs[1].reopen(OVER, 1)
        logs[1].close(OVER, summary(Call(OVER, state=State.ENDED)))
        pair = [
            Elsewhere(fleet, desk, log, fleet.shelter, Metrics(), {})
            for fleet, desk, log in zip(fleets, desks, logs, strict=True)
        ]
        for each in pair:
            each.begin()
        yield pair


@pytest.mark.parametrize("asked", [0, 1])
async def test_a_call_lives_or_has_ended_wherever_it_is_asked_for(pair, asked):
    found = await pair[asked].summaries([MINE, OVER, THEIRS, NOBODYS])
    assert {id_: line["disposition"] for id_, line in found.items()} == {
        MINE: "live",
        OVER: "abandoned",
        THEIRS: "live",
    }
