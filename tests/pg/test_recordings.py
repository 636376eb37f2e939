"""Recordings in the database: a row first, each news once, erased with the person."""

from __future__ import annotations

import pytest

from auctiond.pg.people import People
from auctiond.pg.recordings import Move, RecordingBook
from market.ids import id_for
from tests.pg.stores import NOW_MS, call_id, call_row, person_of, put_on_record

CALL = call_id(1)


def recording(n=1):
    return id_for(CALL, f"recording {n}")


@pytest.fixture
async def book(pg):
    await put_on_record(pg, call_row(1), person_of(1))
    return RecordingBook(pg)


def begin(book, n=1, at_ms=NOW_MS):
    return book.begin(recording(n), CALL, "talk", 1, at_ms, at_ms + 1000)


def tell(book, news="news", began_ms=NOW_MS, command=None):
    return book.tell(CALL, news, began_ms, NOW_MS + 5000, 4000, 2, command)


async def state(book, n=1):
    row = await book.get(recording(n))
    return row.state, row.why


async def test_a_recording_begins_once_and_only_for_a_call_that_is_on_record(book):
    assert await begin(book)
    assert await begin(book)
    assert not await book.begin(recording(2), call_id(2), "talk", 1, NOW_MS, NOW_MS)
    assert [row.id for row in await book.recent(10, None, None, None)] == [recording()]
    assert [event.what for event in await book.events(recording())] == ["asked"]


async def test_the_same_news_is_of_one_recording_and_what_nobody_asked_for_is_of_none(book):
    await begin(book)
    assert await tell(book) == recording()
    assert await tell(book) == recording()
    assert await tell(book, "other news") is None
    assert not await begin(book)  # Its news came: it does not begin again.


async def test_news_belong_to_the_recording_that_began_next_to_it(book):
    for n, at_ms in ((1, NOW_MS), (2, NOW_MS + 60_000), (3, NOW_MS + 120_000)):
        await begin(book, n, at_ms)
    assert await tell(book, "second", NOW_MS + 59_000) == recording(2)
    assert await tell(book, "first", NOW_MS + 300) == recording(1)
    assert await tell(book, "third", NOW_MS) == recording(3)


async def test_news_that_name_our_command_are_of_the_recording_that_it_began(book):
    for n in (1, 2):
        await begin(book, n)
    assert await tell(book, "second", command=recording(2)) == recording(2)
    assert await tell(book, "again", command=recording(2)) is None
    assert await tell(book, "first", command=recording(1)) == recording(1)


async def test_one_at_a_time_sees_to_what_is_due(book):
    await begin(book)
    await tell(book)
    assert await book.take(NOW_MS, NOW_MS + 100, 10) == []  # Not due yet.
    taken = await book.take_one(recording(), NOW_MS + 5000, NOW_MS + 9000)
    assert (taken.state, taken.news, taken.duration_ms, taken.channels) == ("told", "news", 4000, 2)
    assert await book.take_one(recording(), NOW_MS + 5000, NOW_MS + 9000) is None
    assert await book.take(NOW_MS + 5000, NOW_MS + 9000, 10) == []
    assert len(await book.take(NOW_MS + 9000, NOW_MS + 9999, 10)) == 1  # The lease ran out.


async def test_it_moves_only_from_where_it_is(book):
    await begin(book)
    assert not await book.move(Move(recording(), "told", "lost", NOW_MS, why="news_gone"))
    assert await book.move(Move(recording(), "asked", "lost", NOW_MS, why="never_told"))
    assert await state(book) == ("lost", "never_told")
    assert await tell(book) is None


async def test_a_file_that_is_kept_is_looked_at_when_its_time_is_over(book):
    await begin(book)
    await tell(book)
    assert await book.keep(recording(), 1234, "audio/wav", "local", NOW_MS, NOW_MS + 86_400_000)
    row = await book.get(recording())
    assert (row.state, row.bytes, row.type, row.store) == ("kept", 1234, "audio/wav", "local")
    assert await book.take(NOW_MS + 86_399_000, NOW_MS + 90_000_000, 10) == []
    assert await book.shorten(3_600_000) == 1
    assert await book.shorten(3_600_000) == 0
    assert len(await book.take(NOW_MS + 3_600_000, NOW_MS + 90_000_000, 10)) == 1


async def test_what_somebody_wants_deleted_meanwhile_is_not_kept(book):
    await begin(book)
    await tell(book)
    await book.move(Move(recording(), "told", "deleting", NOW_MS, NOW_MS, "deleted", "key"))
    assert not await book.keep(recording(), 1, "audio/wav", "local", NOW_MS, NOW_MS)
    assert (await book.get(recording())).store == "local"  # So that it is found, and deleted.
    assert await state(book) == ("deleting", "deleted")


@pytest.mark.parametrize("until", ["asked", "told", "kept"])
async def test_who_is_erased_takes_the_recordings_along(book, pg, until):
    await begin(book)
    if until != "asked":
        await tell(book)
    if until == "kept":
        await book.keep(recording(), 1, "audio/wav", "local", NOW_MS, NOW_MS + 10**9)
    await People(pg).erase(person_of(1).person_id)
    assert await state(book) == ("deleting", "erased")
    assert len(await book.take(NOW_MS, NOW_MS + 1, 10)) == 1
    assert not await begin(book, 2)  # Nobody is recorded under a key that is gone.


async def test_who_listened_is_on_record(book):
    await begin(book)
    await book.note(recording(), NOW_MS, "linked", "until 12:00", "etrfjy5d")
    await book.note(recording(), NOW_MS + 1, "listened", "", "link 0a0b")
    told = [(event.what, event.by) for event in await book.events(recording())]
    assert told[1:] == [("linked", "etrfjy5d"), ("listened", "link 0a0b")]


async def test_the_newest_come_first_and_pages_go_on(book):
    for n in (1, 2, 3):
        await begin(book, n, NOW_MS + n)
    page = await book.recent(2, None, None, None)
    assert [row.id for row in page] == [recording(3), recording(2)]
    rest = await book.recent(2, page[-1].id, CALL, "asked")
    assert [row.id for row in rest] == [recording(1)]
    assert await book.recent(2, None, call_id(2), None) == []
    assert [row.id for row in await book.going()] == [recording(n) for n in (1, 2, 3)]
