"""Callbacks and suppressions in the database: asked once, dialled once, called off at once."""

from dataclasses import replace

import pytest
import trio

from auctiond.pg.callbacks import Attempt, CallbackBook, CallbackRow, Move
from auctiond.pg.people import People
from auctiond.pg.suppressions import LookupCache, Suppressions
from market.ids import id_at, id_for
from tests.pg.stores import NOW_MS, person_of

INDEX = b"index of a number"


def row(n=1, **changes):
    base = CallbackRow(
        id=id_at(NOW_MS + n, b"callback %d" % n),
        key=f"key {n}",
        digest=b"what was asked",
        campaign="solar",
        publisher="pub",
        person_id=person_of(n).person_id,
        number_index=INDEX,
        source="api",
        facts={"zip": "10001"},
        given_ms=NOW_MS - 1000,
        asked_ms=NOW_MS,
        state="waiting",
        reason="",
        due_ms=NOW_MS,
    )
    return replace(base, **changes)


def attempt(of, no=1):
    return Attempt(no, id_for(of.id, f"attempt:{no}"), NOW_MS + no)


def begin(book, of, no=1, most=2):
    return book.begin(attempt(of, no), of.id, NOW_MS + 60_000, NOW_MS - 86_400_000, most)


@pytest.fixture
async def book(pg):
    return CallbackBook(pg)


async def test_who_asks_twice_with_one_key_asks_once(book):
    assert (await book.ask(row(), person_of(1))).result == "new"
    again = replace(row(), id=row(2).id, person_id=person_of(2).person_id)
    assert await book.ask(again, person_of(2)) == replace(
        await book.ask(again, person_of(2)), result="known", id=row().id
    )
    other = await book.ask(replace(again, digest=b"something else"), person_of(2))
    assert (other.result, other.id) == ("other", row().id)


async def test_one_person_waits_once_in_a_campaign_and_may_ask_again_when_it_is_over(book):
    await book.ask(row(), person_of(1))
    assert (await book.ask(row(2), person_of(2))).result == "waits"
    assert (await book.ask(row(3, campaign="legal"), person_of(3))).result == "new"
    move = Move(row().id, "waiting", 0, "over", "withdrawn", 0, NOW_MS, "cancelled")
    assert await book.move(move)
    assert not await book.move(move)
    assert (await book.ask(row(2), person_of(2))).result == "new"


async def test_what_is_due_is_taken_by_one(book):
    await book.ask(row(), person_of(1))
    await book.ask(row(2, due_ms=NOW_MS + 5000, campaign="legal"), person_of(2))
    taken = await book.take(NOW_MS, NOW_MS + 1000, 10)
    assert [one.id for one in taken] == [row().id]
    assert taken[0].facts == {"zip": "10001"}
    assert await book.take(NOW_MS, NOW_MS + 1000, 10) == []
    assert await book.next_due_ms() == NOW_MS + 1000
    assert len(await book.take(NOW_MS + 1000, NOW_MS + 2000, 10)) == 1  # Its lease ran out.


async def test_an_attempt_is_begun_once_and_is_known_by_its_call(book):
    await book.ask(row(), person_of(1))
    assert await begin(book, row())
    assert not await begin(book, row())
    found = await book.of_call(attempt(row()).call_id)
    assert (found.state, found.attempts, found.first_dial_ms) == ("calling", 1, NOW_MS + 1)
    assert await book.attempts(row().id) == [attempt(row())]
    assert [one.what for one in await book.events(row().id)] == ["asked", "dialled"]


async def test_a_person_is_not_called_for_two_callbacks_at_once_nor_too_often(book):
    await book.ask(row(), person_of(1))
    await book.ask(row(2, campaign="legal"), person_of(2))
    assert await begin(book, row())
    assert not await begin(book, row(2))
    await book.move(Move(row().id, "calling", 1, "waiting", "no_answer", 0, NOW_MS, "put off"))
    assert not await begin(book, row(2), most=1)
    assert await begin(book, row(2), most=2)
    assert await book.calls_since(INDEX, NOW_MS - 1000) == (NOW_MS + 1, NOW_MS + 1)


async def test_who_does_not_want_to_be_called_is_not_called_from_that_moment_on(book, pg):
    lists = Suppressions(pg)
    await book.ask(row(), person_of(1))
    await book.ask(row(2, campaign="legal"), person_of(2))
    assert await begin(book, row())
    done = await lists.add("revoked", [INDEX, b"another"], NOW_MS, "key")
    assert (done.added, done.ended, done.calls) == (2, 1, (attempt(row()).call_id,))
    assert (await book.get(row(2).id)).reason == "suppressed:revoked"
    assert await lists.list_of(INDEX) == "revoked"
    await book.move(Move(row().id, "calling", 1, "waiting", "no_answer", 0, NOW_MS, "put off"))
    assert not await begin(book, row(), no=2)
    assert await lists.remove("revoked", [INDEX], NOW_MS, "key") == 1
    assert await begin(book, row(), no=2)


async def test_a_revocation_and_a_dial_at_the_same_moment_end_one_way_or_the_other(book, pg):
    lists, seen = Suppressions(pg), []

    async def dial(one):
        seen.append((one.id, await begin(book, one, most=99)))

    rows = [row(n, number_index=b"number %d" % n) for n in range(1, 13)]
    for n, one in enumerate(rows, 1):
        await book.ask(one, person_of(n))
    done = []

    async def revoke(one):
        done.append(await lists.add("revoked", [one.number_index], NOW_MS, "key"))

    async with trio.open_nursery() as nursery:
        for one in rows:
            nursery.start_soon(dial, one)
            nursery.start_soon(revoke, one)
    dialled = {id_for(id_, "attempt:1") for id_, begun in seen if begun}
    assert dialled == {call for one in done for call in one.calls}
    assert sum(one.ended for one in done) == len(rows) - len(dialled)


async def test_the_erased_are_not_called_and_stay_on_the_lists(book, pg):
    await book.ask(row(), person_of(1))
    await Suppressions(pg).add("dnc", [b"index of another"], NOW_MS, "key")
    cache = LookupCache(pg)
    await cache.keep(INDEX, "litigator", "clear", NOW_MS, NOW_MS + 1000)
    assert await cache.answers(INDEX, NOW_MS) == {"litigator": "clear"}
    assert await People(pg).erase(person_of(1).person_id)
    found = await book.get(row().id)
    assert (found.state, found.reason, found.number_index) == ("over", "erased", None)
    assert await cache.answers(INDEX, NOW_MS) == {}
    assert [one.name for one in await Suppressions(pg).lists()] == ["dnc"]


async def test_an_answer_is_too_old_when_its_time_is_over(pg):
    cache = LookupCache(pg)
    await cache.keep(INDEX, "dnc", "clear", NOW_MS, NOW_MS + 1000)
    await cache.keep(INDEX, "dnc", "listed", NOW_MS, NOW_MS + 2000)
    assert await cache.answers(INDEX, NOW_MS + 1999) == {"dnc": "listed"}
    assert await cache.answers(INDEX, NOW_MS + 2000) == {}
    assert await cache.prune(NOW_MS + 3000) == 1
