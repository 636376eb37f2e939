"""The store of calls and their events."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from auctiond.pg.calls import Calls, EventConflict, LegRef
from auctiond.pg.errors import PgError
from auctiond.pg.openings import Opening, OpeningWriter
from auctiond.pg.people import People, Person
from routing.odds import Counts
from tests.pg.stores import NOW_MS, call_id, call_row, event, person_of


@pytest.fixture
async def calls(pg, nursery):
    calls = Calls(pg)
    nursery.start_soon(calls.run)
    return calls


async def test_a_call_opened_twice_is_one_call(calls):
    assert await calls.open_call(call_row(1), person_of(1)) is True
    assert await calls.open_call(call_row(1), person_of(1)) is False
    assert await calls.recent(10) == [call_row(1)]
    assert await calls.by_ref("telnyx", "session-1") == await calls.get(call_id(1)) == call_row(1)


async def test_one_phone_call_is_not_opened_under_two_ids(calls):
    await calls.open_call(call_row(1))
    with pytest.raises(PgError) as caught:
        await calls.open_call(call_row(2, call_ref="session-1"))
    assert caught.value.constraint == "call_carrier_call_ref_key"
    assert await calls.get(call_id(2)) is None


async def test_a_refused_person_refuses_the_call_with_it(calls, pg):
    await calls.open_call(call_row(1), person_of(1))
    other_key = Person(person_of(1).person_id, b"another key", {"name": b"x"})
    with pytest.raises(PgError) as caught:
        await calls.open_call(call_row(2, person_id=other_key.person_id), other_key)
    assert caught.value.constraint == "one_key_a_person"
    assert await calls.get(call_id(2)) is None
    assert await People(pg).get(person_of(1).person_id) == person_of(1)


async def test_a_returning_person_keeps_the_key_and_gets_the_newer_fields(calls, pg):
    person = person_of(1)
    await calls.open_call(call_row(1), person)
    newer = replace(person, fields={"name": b"newer", "email": b"sealed"})
    await calls.open_call(call_row(2, person_id=person.person_id), newer)
    assert await People(pg).get(person.person_id) == newer


async def test_calls_that_begin_together_are_written_together_each_once(calls, pg):
    await calls.open_call(call_row(1))
    together = [Opening(call_row(n), person_of(n)) for n in (2, 1, 3, 2)]
    assert await OpeningWriter(pg)(together) == [True, False, True, False]
    assert {call.id for call in await calls.recent(9)} == {call_id(n) for n in (1, 2, 3)}
    assert [one.row.id for one in await calls.open_calls()] == [call_id(n) for n in (1, 2, 3)]
    found = [await People(pg).get(person_of(n).person_id) for n in (1, 2, 3)]
    assert found == [None, person_of(2), person_of(3)]


async def test_who_spoils_a_group_is_refused_alone(calls, pg):
    refused, stranger = [], Person(person_of(1).person_id, b"another key", {"name": b"x"})
    await calls.open_call(call_row(1), person_of(1))

    async def begin(row, person):
        try:
            assert await calls.open_call(row, person)
        except PgError as error:
            refused.append(error.constraint)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(begin, call_row(2), person_of(2))
        nursery.start_soon(begin, call_row(3, person_id=stranger.person_id), stranger)
        nursery.start_soon(begin, call_row(4, call_ref="session-1"), person_of(4))
        nursery.start_soon(begin, call_row(5), person_of(5))
    assert sorted(refused) == ["call_carrier_call_ref_key", "one_key_a_person"]
    assert {call.id for call in await calls.recent(9)} == {call_id(n) for n in (1, 2, 5)}
    assert await People(pg).get(person_of(5).person_id) == person_of(5)
    assert await People(pg).get(person_of(4).person_id) is None


async def test_an_erased_person_is_gone_and_the_call_stays(calls, pg):
    await calls.open_call(call_row(1), person_of(1))
    await calls.open_call(call_row(2), person_of(2))
    people = People(pg)
    assert await people.erase(person_of(1).person_id) is True
    assert await people.erase(person_of(1).person_id) is False
    assert await people.get(person_of(1).person_id) is None
    assert await people.get(person_of(2).person_id) == person_of(2)
    assert await calls.get(call_id(1)) == call_row(1, caller_index=None)
    assert await pg.fetch("SELECT FROM person_field WHERE person_id = $1", call_id(1)) == []
    assert [call.id for call in await calls.of_caller(b"index of a number", 9)] == [call_id(2)]


async def test_events_come_back_in_order_and_twice_is_once(calls):
    await calls.open_call(call_row(1))
    written = [event(1, seq, zip="75001", n=seq) for seq in range(5)]
    await calls.append_events(written)
    await calls.append_events(written[2:])
    await calls.append_events([])
    found = await calls.events(call_id(1))
    assert [replace(one, recorded_at=None) for one in found] == written
    assert all(one.recorded_at for one in found)


async def test_another_event_in_the_same_place_is_a_conflict_and_changes_nothing(calls):
    await calls.open_call(call_row(1))
    await calls.append_events([event(1, 0)])
    with pytest.raises(EventConflict):
        await calls.append_events([event(1, 0, "hung_up")])
    assert [one.kind for one in await calls.events(call_id(1))] == ["answered"]


async def test_events_of_many_calls_are_told_apart_within_one_batch(calls):
    for n in range(4):
        await calls.open_call(call_row(n))
    await calls.append_events([event(3, 0)])
    refused: list[object] = []

    async def append(n: int, kind: str) -> None:
        try:
            await calls.append_events([event(n, 0, kind), event(n, 1, kind)])
        except (EventConflict, PgError) as error:
            refused.append((n, type(error)))

    async with trio.open_nursery() as nursery:
        for n in range(4):
            nursery.start_soon(append, n, "one")
        nursery.start_soon(append, 99, "of no call")
    assert sorted(refused, key=str) == [(3, EventConflict), (99, PgError)]
    assert [len(await calls.events(call_id(n))) for n in range(3)] == [2, 2, 2]


async def test_the_same_place_twice_in_one_batch_is_a_conflict_for_the_second(calls):
    await calls.open_call(call_row(1))
    with pytest.raises(EventConflict):
        await calls.append_events([event(1, 0, "a"), event(1, 0, "b")])
    await calls.append_events([event(1, 1, "c"), event(1, 1, "c")])
    assert [one.kind for one in await calls.events(call_id(1))] == ["a", "c"]


async def test_data_that_is_no_json_fails_its_caller_alone(calls):
    await calls.open_call(call_row(1))
    with pytest.raises(TypeError):
        await calls.append_events([event(1, 0, data=object())])
    await calls.append_events([event(1, 0)])


async def test_open_calls_are_those_without_an_end(calls):
    for n in (1, 2):
        await calls.open_call(call_row(n))
        await calls.append_events([event(n, 0), event(n, 1)])
    await calls.append_events([event(1, 2, "ended")])
    await calls.open_call(call_row(1))  # A repeated webhook does not wake the dead.
    found = await calls.open_calls()
    assert [(one.row, [e.seq for e in one.events]) for one in found] == [(call_row(2), [0, 1])]


async def test_recent_calls_come_in_pages(calls):
    for n in range(5):
        await calls.open_call(call_row(n))
    first = await calls.recent(3)
    rest = await calls.recent(3, before_id=first[-1].id)
    assert [row.id for row in first + rest] == [call_id(n) for n in (4, 3, 2, 1, 0)]


async def test_a_restart_knows_the_carriers_handles(calls):
    await calls.open_call(call_row(1))
    for leg, ref in ((0, "a"), (1, "b"), (1, "b")):
        await calls.put_leg(call_id(1), leg, ref)
    assert await calls.legs(call_id(1)) == [LegRef(0, "a"), LegRef(1, "b")]


TALKS = [{"target": "a", "buyer": "a", "connected_ms": 5, "billable_ms": None, "paid": False}]


def ended(n: int, seq: int, disposition: str = "sold", talks: object = None):
    return event(n, seq, "ended", disposition=disposition, talks=talks or [])


async def test_the_earlier_calls_of_a_caller_come_with_whom_he_talked_to(calls):
    for n in range(1, 6):
        await calls.open_call(call_row(n), person_of(n))
    await calls.open_call(call_row(9, caller_index=b"somebody else"), person_of(9))
    await calls.append_events([ended(1, 0, talks=TALKS), ended(2, 0, "blocked"), ended(4, 1)])
    await calls.append_events([ended(4, 2, talks=TALKS)])  # Settled later: the last word counts.
    found = await calls.earlier(b"index of a number", call_id(5), 0, 10)
    assert [(one.id, one.talks) for one in found] == [
        (call_id(4), TALKS),
        (call_id(3), None),  # It goes on.
        (call_id(1), TALKS),
    ]
    assert {(one.campaign, one.publisher) for one in found} == {("solar", "pub")}
    newest = await calls.earlier(b"index of a number", call_id(5), 0, 1)
    assert [one.id for one in newest] == [call_id(4)]
    since = await calls.earlier(b"index of a number", call_id(5), NOW_MS + 3, 10)
    assert [one.arrived_ms for one in since] == [NOW_MS + 4, NOW_MS + 3]


async def test_who_is_erased_was_never_here(calls, pg):
    for n in (1, 2, 3):
        await calls.open_call(call_row(n), person_of(n))
    await People(pg).erase(person_of(1).person_id)
    found = await calls.earlier(b"index of a number", call_id(3), 0, 10)
    assert [one.id for one in found] == [call_id(2)]
    await People(pg).erase(person_of(2).person_id)
    assert await calls.earlier(b"index of a number", call_id(3), 0, 10) == []


async def test_legs_are_counted_by_campaign_and_target_and_a_repeated_one_once(calls):
    legs = [
        (1, {"leg": 1, "target": "a", "answered": False, "sold": False}),
        (1, {"leg": 2, "target": "b", "answered": True, "sold": True}),
        (1, {"leg": 2, "target": "b", "answered": True, "sold": True}),  # Settled once more.
        (2, {"leg": 1, "target": "a", "answered": True, "sold": False}),
        (3, {"leg": 1, "target": "a", "answered": True, "sold": True}),
    ]
    for n in (1, 2):
        await calls.open_call(call_row(n))
    await calls.open_call(call_row(3, campaign="roofing"))
    rows = [event(n, seq, "leg", **data) for seq, (n, data) in enumerate(legs)]
    await calls.append_events([*rows, event(1, 9, "late", target="a")])
    found = {(one.campaign, one.target): one.counts for one in await calls.leg_counts(0)}
    assert found == {
        ("solar", "a"): Counts(2, 1, 0),
        ("solar", "b"): Counts(1, 1, 1),
        ("roofing", "a"): Counts(1, 1, 1),
    }
    assert await calls.leg_counts(rows[-1].at_ms) == []
