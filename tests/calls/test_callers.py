"""Who calls again: known from the database, and for the last seconds from memory."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from auctiond.calls import callers as callers_module
from auctiond.calls.callers import PAST_MAX, READ_S, Callers
from auctiond.calls.event_codec import to_data
from auctiond.logs import Log
from auctiond.pg.calls import CallRow, EarlierCall, EventRow
from auctiond.pg.errors import PgAway
from market.call import BuyerJoined, HoldMade, State
from market.ids import id_at
from market.repeat import Past, Talk
from tests.calls.kit import START_MS, call_in
from tests.recovery.kit import AT, ID, OFFERED, ROW

CALL = call_in(State.SCREENING)
INDEX = b"index"
TALK = {"target": "a", "buyer": "b", "connected_ms": 7, "billable_ms": 9, "paid": True}


class Calls:
    """Earlier calls, as the database has them; `error` is what asking raises."""

    def __init__(self, *earlier, error=None, slow_s=0.0, events=()):
        self.found, self.error, self.slow_s, self.rows = earlier, error, slow_s, events
        self.asked = []

    async def earlier(self, index, before, since_ms, limit):
        self.asked.append((index, before, since_ms, limit))
        await trio.sleep(self.slow_s)
        if self.error:
            raise self.error
        return list(self.found)

    async def get(self, call_id) -> CallRow:
        return replace(ROW, id=call_id)

    async def events(self, call_id):
        return [
            EventRow(ID, n, type(event).__name__, event.at_ms, to_data(event))
            for n, event in enumerate(self.rows)
        ]


def earlier(talks):
    return EarlierCall(ID, "calls", "pub", AT, talks)


async def test_the_past_is_what_earlier_calls_say_at_their_end(autojump_clock):
    calls = Calls(earlier([TALK]))
    found = await Callers(calls, Log()).past(CALL, INDEX, 30)
    assert found == (Past("calls", "pub", AT, (Talk("a", "b", 7, 9, paid=True),)),)
    assert calls.asked == [(INDEX, CALL.id, START_MS - 30 * 86_400_000, PAST_MAX)]


async def test_a_call_that_is_still_going_on_is_known_by_its_log(autojump_clock):
    talking = (*OFFERED, HoldMade(AT + 40, leg=1), BuyerJoined(AT + 900, leg=1))
    for events, talks in ((OFFERED, ()), (talking, (Talk("first", "first", AT + 900),))):
        (found,) = await Callers(Calls(earlier(None), events=events), Log()).past(CALL, INDEX, 30)
        assert found.talks == talks


@pytest.mark.parametrize("more", [{"error": PgAway("away")}, {"slow_s": READ_S + 1}])
async def test_a_past_that_cannot_be_read_is_not_known(autojump_clock, more):
    assert await Callers(Calls(**more), Log()).past(CALL, INDEX, 30) is None


def at(ms):
    return replace(CALL, id=id_at(START_MS + ms, b"call"), arrived_ms=START_MS + ms)


def test_the_same_caller_within_seconds_is_too_soon_and_the_same_call_is_not():
    callers = Callers(Calls(), Log())
    assert not callers.is_too_soon(INDEX, at(0), 2.0)
    assert not callers.is_too_soon(INDEX, at(0), 2.0)  # After a restart of its work.
    assert callers.is_too_soon(INDEX, at(1999), 2.0)
    assert not callers.is_too_soon(b"another", at(1999), 2.0)
    assert not callers.is_too_soon(INDEX, at(2000), 2.0), "the refused one does not count on"
    assert callers.is_too_soon(INDEX, at(3999), 2.0)


def test_only_so_many_callers_are_remembered(monkeypatch):
    monkeypatch.setattr(callers_module, "RECENT_MAX", 2)
    callers = Callers(Calls(), Log())
    for name in (b"a", b"b", b"c"):
        callers.is_too_soon(name, at(0), 2.0)
    assert list(callers.recent) == [b"b", b"c"]
