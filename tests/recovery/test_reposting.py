"""Posts whose end nobody knows: the same post again by its key, or never, also after a restart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import orjson
import pytest
import trio

from auctiond.calls.records import Record
from auctiond.calls.reposting import Reposter
from auctiond.keys.vault import Vault
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.net.errors import WireError
from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.pg.disclosures import Disclosure
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgAway
from auctiond.pg.posts import PostEnd, Posts
from buyers.library import load_library
from market.bids import Bid
from market.call import BidsClosed, BuyerAnswered, BuyerJoined, HoldMade, LegEnded
from market.flows import POST_AGAIN_S
from market.http import HttpReply
from market.money import micros
from tests.pg.stores import put_on_record
from tests.recovery.kit import AT, ID, OFFERED, ROW, Editions, rows
from tests.whole.networks import network_of, pinged

PERSON = {"phone": "+12025550133", "name": "Ann Example"}
OK = HttpReply(200, (), b'{"ok": true, "success": true}')
DUPLICATE = HttpReply(200, (), b'{"ok": false, "reason": "duplicate"}')
SHOPS = {name: pinged(0, 1, name) for name in ("plain_json", "trackdrive")}


def events(target):
    """Return a call that was offered to `target`, and talked with it too short."""
    bid = Bid(target.id, target.buyer, micros(20), "+15557110001", 60.0, ref=("a", "1"), post=True)
    return (
        *OFFERED[:-1],
        BidsClosed(AT + 30, ranked=(bid,)),
        HoldMade(AT + 40, 1),
        BuyerAnswered(AT + 50, 1),
        BuyerJoined(AT + 60, 1),
        LegEnded(AT + 900, 1),
    )


class People:
    """One person, whose fields are not sealed."""

    erased = False

    async def get(self, person_id):
        return None if self.erased else SimpleNamespace(person_id=1, wrapped_key=b"", fields=PERSON)


class World:
    """A database with a post that was begun, and a buyer who answers as told."""

    def __init__(self, pg, name):
        self.posts, self.now_ms = Posts(pg), AT + 10_000
        self.sent, self.told, self.replies, self.people = [], [], [], People()
        target = SHOPS[name]
        self.record = Record(replace(ROW, person_id=ID), rows(*events(target)))
        book = NetworkBook()
        book.put(compile_edition(1, network_of([target]), load_library(), str), current=True)
        vault = SimpleNamespace(person=lambda *_: None, open_fields=lambda _, fields: dict(fields))
        self.reposter = Reposter(
            self.posts,
            SimpleNamespace(get=self._record),
            self.people,
            vault,
            Editions(),
            book,
            SimpleNamespace(send=self._send),
            lambda call_id, event: self.told.append((event.outcome, event.reason)),
            Metrics(),
            Log("test"),
            lambda: self.now_ms,
        )

    async def begin(self):
        bid = self.record.life().offers[1]
        told = Disclosure(ID, 1, bid.target, bid.buyer, ("name",), "connected", self._at(0))
        assert await self.posts.begin(told, self._at(60))

    async def look_after(self, seconds):
        self.now_ms += int(seconds * 1000)
        await self.reposter.look()

    async def ends(self):
        return [one.end.outcome for one in await self.posts.of_call(ID)]

    def _at(self, later_s):
        return datetime.fromtimestamp(self.now_ms / 1000, UTC) + timedelta(seconds=later_s)

    async def _record(self, call_id):
        return self.record

    async def _send(self, request):
        await trio.lowlevel.checkpoint()
        self.sent.append(orjson.loads(request.body))
        reply = self.replies.pop(0) if self.replies else OK
        if isinstance(reply, Exception):
            raise reply
        return reply


@pytest.fixture
async def calls(pg_url):
    async with open_pg(pg_url) as pg:
        await put_on_record(pg, ROW)
        yield pg


async def interrupted(pg, name):
    """Return a world in which the server died after it began to post."""
    world = World(pg, name)
    await world.begin()
    return world


async def test_a_post_that_a_crash_cut_off_is_made_again_with_its_key(calls):
    world = await interrupted(calls, "plain_json")
    await world.reposter.resume()
    await world.reposter.look()
    (sent,) = world.sent
    assert sent["lead"]["phone"] == PERSON["phone"]
    assert sent["price"] == 20
    assert sent["post_id"]
    assert await world.ends() == ["unknown", "accepted"]
    assert world.told == [("accepted", "")]
    await world.look_after(10_000)
    assert len(world.sent) == 1


async def test_a_post_without_a_key_never_leaves_twice(calls):
    world = await interrupted(calls, "trackdrive")
    await world.reposter.resume()
    await world.reposter.look()
    await world.look_after(10_000)
    assert (world.sent, await world.ends()) == ([], ["unknown"])
    (doubt,) = await world.posts.in_doubt(9)
    assert (doubt.target, doubt.post.due) == ("shop-0", None)


async def test_a_post_under_way_is_left_alone(calls):
    world = await interrupted(calls, "plain_json")
    await world.look_after(59)
    assert world.sent == []
    await world.look_after(2)
    assert len(world.sent) == 1


async def test_the_same_post_is_made_a_few_times_later_and_later_and_then_waits_for_a_person(calls):
    world = await interrupted(calls, "plain_json")
    await world.reposter.resume()
    world.replies = [WireError("dropped")] * 9
    await world.reposter.look()
    for after_s in POST_AGAIN_S[1:]:
        made = len(world.sent)
        await world.look_after(after_s - 0.1)
        assert len(world.sent) == made
        await world.look_after(0.2)
    await world.look_after(10_000)
    assert len({sent["post_id"] for sent in world.sent}) == 1
    assert await world.ends() == ["unknown"] * len(world.sent) + ["unknown"]
    assert len(world.sent) == len(POST_AGAIN_S)
    assert await world.posts.count_in_doubt() == 1


async def test_a_duplicate_is_most_likely_our_own_and_no_refusal(calls):
    world = await interrupted(calls, "plain_json")
    await world.reposter.resume()
    world.replies = [DUPLICATE]
    await world.reposter.look()
    await world.look_after(10_000)
    assert (len(world.sent), world.told) == (1, [("unknown", "reject:duplicate")])
    assert await world.posts.count_in_doubt() == 1


@pytest.mark.parametrize(("after", "ends"), [(OK, "accepted"), (WireError("dropped"), "unknown")])
async def test_what_never_left_may_leave_without_a_key_and_then_no_more(calls, after, ends):
    world = await interrupted(calls, "trackdrive")
    unsent = PostEnd("unsent", "connect_error")
    await world.posts.end(ID, 1, 1, unsent, world._at(0), world._at(2))
    world.replies = [after]
    await world.look_after(3)
    await world.look_after(10_000)
    assert (len(world.sent), await world.ends()) == (1, ["unsent", ends])


async def test_the_lead_of_an_erased_person_does_not_leave(calls):
    world = await interrupted(calls, "plain_json")
    await world.reposter.resume()
    world.people.erased = True
    await world.reposter.look()
    assert (world.sent, await world.ends()) == ([], ["unknown"])


async def test_a_database_that_goes_away_in_between_changes_nothing(calls):
    world = await interrupted(calls, "plain_json")
    await world.reposter.resume()

    async def away(*_):
        raise PgAway("away")

    begin, world.posts.begin_again = world.posts.begin_again, away
    await world.reposter.look()
    assert world.sent == []
    world.posts.begin_again = begin
    await world.look_after(1)
    assert await world.ends() == ["unknown", "accepted"]


def test_a_vault_is_what_the_real_one_has():
    assert {"person", "open_fields"} <= set(dir(Vault))
