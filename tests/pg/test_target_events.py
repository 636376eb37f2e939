"""What happened to targets is kept, each event once, and a restart reads what still matters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auctiond.pg.errors import PgError
from auctiond.pg.target_events import TargetEvent, TargetEvents
from market.ids import id_at
from tests.pg.stores import NOW_MS


def event(n, kind="unanswered", target="west", **more):
    return TargetEvent(id_at(NOW_MS + n, b"%d" % n), target, kind, NOW_MS + n, **more)


async def test_events_come_back_in_order_and_each_once(pg):
    events = TargetEvents(pg)
    late, early = event(5), event(1, "paused", until_ms=NOW_MS + 99)
    for one in (late, early, late):
        await events.add(one)
    assert await events.since(NOW_MS) == [early, late]


async def test_a_pause_is_found_however_old_unless_it_was_resumed(pg):
    events = TargetEvents(pg)
    old = [event(1, "paused"), event(2), event(3, "paused", "east"), event(4, "resumed", "east")]
    for one in old:
        await events.add(one)
    assert await events.since(NOW_MS + 100) == [old[0], old[3]]


async def test_what_is_no_kind_of_event_is_refused(pg):
    for wrong in (event(1, "closed"), replace(event(1), until_ms=5)):
        with pytest.raises(PgError):
            await TargetEvents(pg).add(wrong)
