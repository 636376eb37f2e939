"""From the carrier's news to the file, with all that can go wrong in between. A real database."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import trio

from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.media_link import MediaError
from auctiond.pg.calls import Calls
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.people import People, Person
from auctiond.pg.recordings import RecordingBook
from auctiond.recording.fetching import Fetcher
from auctiond.recording.files import unsealed
from auctiond.recording.keeper import (
    AGAIN_MS,
    ASK_AGAIN_MS,
    DAY_MS,
    LEASE_MS,
    NEVER_TOLD_MS,
    Keeper,
)
from auctiond.recording.store import FolderStore, StoreError
from market.http import HttpRequest
from market.ids import id_for
from market.phone import RecordingFailed, RecordingSaved
from tests.pg.stores import NOW_MS, VAULT, call_id, call_row, event, person_of, put_on_record

CALL = call_id(1)
ID = id_for(CALL, "recording")
WAV = b"RIFF\x24\0\0\0WAVEfmt " + bytes(50_000)
NEWS = RecordingSaved(
    "news", "session-1", "", 0, CALL, NOW_MS + 5000, url="http://x/1.wav", duration_ms=4000
)


class Media:
    """Gives a file, or what goes wrong first."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = list(wrong)
        self.body = WAV

    async def fetch(self, request: HttpRequest):
        if self.wrong:
            raise MediaError(self.wrong.pop(0))
        for at in range(0, len(self.body), 7000):
            yield self.body[at : at + 7000]


class World:
    """A keeper, its clock, and what it is told."""

    def __init__(self, pg, folder) -> None:
        self.now_ms = NOW_MS + 6000
        self.media, self.inbox = Media(), []
        self.book = RecordingBook(pg)
        self.store = FolderStore(folder / "kept")
        self.people = People(pg)
        spool = folder / "spool"
        spool.mkdir()
        self.started = []
        shelter = SimpleNamespace(start=lambda name, fn: self.started.append(fn))
        self.elsewhere = False
        heard = SimpleNamespace(
            saved=self._saved, call_of=self._call_of, lies_elsewhere=self._lies_elsewhere
        )
        ask = lambda news: HttpRequest("GET", news.url)  # noqa: E731
        self.keeper = Keeper(
            self.book,
            self.store,
            {"local": self.store},
            Fetcher(self.media, self.people, VAULT, spool, ask),
            heard,
            lambda: 30,
            shelter,
            Metrics(),
            Log("test"),
            lambda: self.now_ms,
        )

    async def _saved(self, call_id):
        return self.inbox

    async def _lies_elsewhere(self, call_id):
        return self.elsewhere

    async def _call_of(self, news):
        return CALL

    async def over(self):
        """Let the call be over."""
        calls = Calls(self.book.pg)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(calls.run)
            await calls.append_events([event(1, 0, "ended", disposition="sold", talks=[])])
            nursery.cancel_scope.cancel()

    async def tell(self, news=NEWS):
        """Let the carrier's news come in."""
        self.keeper.tell(news)
        await self.started.pop()()

    async def sweep(self, after_ms=0):
        """Let time go by, and do what is due."""
        self.now_ms += after_ms
        await self.keeper.sweep()

    async def state(self):
        row = await self.book.get(ID)
        return row.state, row.why


@pytest.fixture
async def world(pg_url, tmp_path):
    """A call with a recording that was asked for."""
    async with open_pg(pg_url) as pg:
        person = VAULT.new_person(person_of(1).person_id)
        await put_on_record(pg, call_row(1), Person(person.id, person.wrapped_key, {}))
        opened = World(pg, tmp_path)
        await opened.book.begin(ID, CALL, "talk", 1, NOW_MS, NOW_MS + 300_000)
        yield opened


async def heard(world):
    """Return what can be heard of the recording."""
    stored = await world.people.get(person_of(1).person_id)
    key = VAULT.file_key(VAULT.person(stored.person_id, stored.wrapped_key), str(ID))
    async with world.store.open(str(ID)) as reader:
        return b"".join([piece async for piece in unsealed(reader, key, str(ID))])


async def test_news_of_a_file_bring_it_here_once(world):
    await world.tell()
    row = await world.book.get(ID)
    assert (row.state, row.bytes, row.type, row.store) == ("kept", len(WAV), "audio/wav", "local")
    assert row.due_ms == NOW_MS + 30 * DAY_MS
    assert await heard(world) == WAV
    await world.tell()  # Again: nothing is due.
    assert (await world.book.get(ID)).due_ms == row.due_ms
    assert list(world.keeper.fetcher.spool.iterdir()) == []


async def test_a_carrier_that_fails_is_asked_again_and_later_and_then_no_more(world):
    world.inbox = [NEWS]
    world.media.wrong = ["unreachable", "http:500", "gone"]
    await world.tell()
    assert await world.state() == ("told", "unreachable")
    await world.sweep(AGAIN_MS[0] - 1)  # Too soon.
    assert len(world.media.wrong) == 2
    await world.sweep(1)
    assert await world.state() == ("told", "http:500")
    await world.sweep(AGAIN_MS[1])
    await world.sweep(AGAIN_MS[2])
    assert (await world.state())[0] == "kept"


async def test_what_cannot_be_had_is_lost_with_its_reason(world):
    world.inbox = [NEWS]
    world.media.wrong = ["gone"] * 20
    await world.tell()
    for after_ms in AGAIN_MS:
        await world.sweep(after_ms)
    assert await world.state() == ("lost", "gone")
    assert list(world.keeper.fetcher.spool.iterdir()) == []


async def test_an_error_page_is_no_recording(world):
    world.media.body = b"<html>Bad gateway</html>"
    await world.tell()
    assert await world.state() == ("told", "no_audio")
    assert list(world.keeper.fetcher.spool.iterdir()) == []


async def test_news_that_were_stored_and_no_more_are_found_by_the_sweep(world):
    await world.sweep(600_000)  # Nobody told anything yet.
    assert await world.state() == ("asked", "")
    world.inbox = [NEWS]
    await world.sweep(300_000)
    await world.sweep()
    assert (await world.state())[0] == "kept"


async def test_a_file_that_nobody_ever_tells_of_is_lost_after_a_day(world):
    await world.sweep(NEVER_TOLD_MS)
    assert await world.state() == ("lost", "never_told")


async def test_what_a_carrier_sends_elsewhere_is_not_lost_once_its_call_is_over(world):
    world.elsewhere = True
    await world.sweep(ASK_AGAIN_MS)
    assert await world.state() == ("asked", ""), "the call is live, and may need it after a restart"
    await world.over()
    await world.sweep(ASK_AGAIN_MS)
    assert await world.state() == ("elsewhere", "")
    await world.sweep(NEVER_TOLD_MS)
    assert await world.state() == ("elsewhere", "")
    assert not await world.keeper.delete(ID, "key")


async def test_a_carrier_that_says_there_will_be_none_is_believed(world):
    await world.tell(RecordingFailed("news", "session-1", "", 0, CALL, NOW_MS + 5000))
    assert await world.state() == ("lost", "carrier")


async def test_news_without_a_call_are_found_by_the_carriers_handle(world):
    await world.tell(RecordingSaved("n", "session-1", "", 0, None, NOW_MS + 9, url="http://x/1"))
    assert (await world.state())[0] == "kept"


async def test_a_file_that_nobody_asked_for_is_not_fetched(world):
    await world.tell()
    await world.tell(RecordingSaved("other", "session-1", "", 0, CALL, NOW_MS + 9, url="http://x"))
    assert len(await world.book.recent(9, None, None, None)) == 1


async def test_who_was_erased_meanwhile_is_not_fetched(world):
    await world.people.erase(person_of(1).person_id)
    await world.tell()
    assert await world.state() == ("deleting", "erased")
    await world.sweep()
    assert await world.state() == ("gone", "erased")


async def test_what_is_over_is_deleted_and_a_store_that_is_away_is_tried_again(world):
    await world.tell()
    deletes = []

    class Away:
        name = "local"

        async def delete(self, key):
            deletes.append(key)
            if len(deletes) == 1:
                raise StoreError("away")

    world.keeper.stores["local"] = Away()
    await world.sweep(30 * DAY_MS)
    assert await world.state() == ("deleting", "expired")
    await world.sweep(AGAIN_MS[0])
    assert await world.state() == ("gone", "expired")
    assert deletes == [str(ID), str(ID)]


async def test_what_lies_in_a_store_without_settings_is_not_forgotten(world):
    await world.tell()
    world.keeper.stores.clear()
    assert await world.keeper.delete(ID, "key")
    assert await world.state() == ("deleting", "deleted")


async def test_a_store_that_is_full_keeps_the_news(world):
    class Full:
        name = "local"

        async def put(self, key, file):
            raise StoreError("No space left on device")

    world.inbox, world.keeper.store = [NEWS], Full()
    await world.tell()
    assert await world.state() == ("told", "No space left on device")
    world.keeper.store = world.store
    await world.sweep(AGAIN_MS[0])
    assert await heard(world) == WAV


@pytest.mark.parametrize("error", [PgAway("gone"), PgError("odd"), RuntimeError("a bug")])
async def test_what_goes_wrong_with_one_ends_neither_the_sweep_nor_the_server(world, error):
    class Broken:
        name = "local"

        async def put(self, key, file):
            raise error

    world.inbox = [NEWS]
    world.media.wrong = ["unreachable"]
    await world.tell()
    world.keeper.store = Broken()
    await world.sweep(AGAIN_MS[0])  # It raises nothing, or all jobs of the server would end.
    assert (await world.state())[0] == "told"
    world.keeper.store = world.store
    await world.sweep(LEASE_MS)
    assert (await world.state())[0] == "kept"
