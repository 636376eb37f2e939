"""Which worker a webhook goes to, and what is answered while one is being replaced."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import trio
import trio.testing

from auctiond.net.document_link import HOLD_S as DOCUMENT_S
from auctiond.web.hooks import INBOX_S
from auctiond.workers.dispatch import AWAY, HOLD_S, Dispatch, Verdict
from auctiond.workers.hints import hint_of
from auctiond.workers.members import Member
from market.phone import Arrived, Ended
from telephony._carrier import Webhook
from tests.workers.test_fleet import introduce, open_fleets

XML = Verdict(200, "ok", "", b"<Response/>", "text/xml")


@dataclass
class Here:
    """A worker that knows some calls, and notes what it is given."""

    knows_refs: set[str] = field(default_factory=set)
    taken: list[str] = field(default_factory=list)
    news: dict[bytes, object] = field(default_factory=dict)

    def knows(self, news):
        return news.call_ref in self.knows_refs

    async def take(self, name, webhook, news):
        self.taken.append(news[0].call_ref)
        return XML

    def read(self, name, webhook):
        return [self.news[webhook.body]]


@dataclass
class Stand:
    fleets: list
    heres: list
    dispatches: list
    new_at: int = 0

    async def give(self, at, news, query=""):
        for here in self.heres:
            here.news[b"x"] = news
        return await self.dispatches[at].give("telnyx", Webhook(b"x", {}, query, 1), [news])

    def taken(self):
        return [here.taken for here in self.heres]


@pytest.fixture
async def stand(tmp_path):
    async with open_fleets(tmp_path, 3) as fleets:
        heres = [Here() for _ in fleets]
        stand = Stand(fleets, heres, [])

        async def place(news):
            return stand.new_at

        for fleet, here in zip(fleets, heres, strict=True):
            dispatch = Dispatch(fleet, here, place)
            fleet.handlers["hook"] = dispatch.hear
            stand.dispatches.append(dispatch)
        yield stand


def ended(ref="session"):
    return Ended(
        event_id="e", call_ref=ref, ref="leg", leg=0, call_id=None, at_ms=1, cause="completed"
    )


def arrived(ref="session"):
    return Arrived(
        event_id="e",
        call_ref=ref,
        ref="leg",
        leg=0,
        call_id=None,
        at_ms=1,
        caller="",
        dialled="",
        attestation="",
    )


async def test_a_new_call_goes_where_it_is_placed_and_its_answer_comes_back_whole(stand):
    stand.new_at = 2
    assert await stand.give(0, arrived()) == XML
    assert await stand.give(2, arrived("other")) == XML
    assert stand.taken() == [[], [], ["session", "other"]]


@pytest.mark.parametrize("query", ["", "w=1", "w=0", "w=9", "w=x", "w=" + "9" * 5000])
async def test_news_find_their_call_whatever_their_url_says(stand, query):
    stand.heres[1].knows_refs.add("session")
    assert await stand.give(0, ended(), query) == XML
    assert stand.taken() == [[], ["session"], []]


async def test_news_of_nobodys_call_are_kept_by_who_accepted_them(stand):
    assert await stand.give(2, ended()) == XML
    assert stand.taken() == [[], [], ["session"]]


async def test_while_a_worker_is_replaced_its_calls_news_wait_and_then_come_to_it(stand):
    first, _, third = stand.fleets
    members = [Member(f.seat.slot, f.seat.epoch, f.seat.path) for f in (first, third)]
    first.update(members)
    answers = []

    async def give():
        answers.append(await stand.give(0, ended(), hint_of(1)[1:]))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(give)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert answers == []
        stand.heres[1].knows_refs.add("session")  # It has read its log and inbox.
        introduce(stand.fleets)
    assert answers == [XML]
    assert stand.taken() == [[], ["session"], []]


async def test_who_is_not_replaced_in_time_leaves_a_503_and_nothing_is_stored(stand, monkeypatch):
    first, _, third = stand.fleets
    first.update([Member(f.seat.slot, f.seat.epoch, f.seat.path) for f in (first, third)])
    monkeypatch.setattr("auctiond.workers.dispatch.HOLD_S", 0.05)
    assert HOLD_S > 1
    assert await stand.give(0, ended()) == AWAY
    stand.new_at = 1
    assert await stand.give(0, arrived()) == AWAY
    assert stand.taken() == [[], [], []]


def test_a_document_that_is_waited_for_is_not_cut_off_on_its_way():
    assert HOLD_S > INBOX_S + DOCUMENT_S


async def test_a_call_that_comes_again_to_an_address_of_ours_is_no_second_one(stand):
    stand.heres[1].knows_refs.add("session")
    stand.new_at = 2  # Where it would be placed now, as the workers are others meanwhile.
    assert await stand.give(0, arrived(), hint_of(1)[1:]) == XML
    assert stand.taken() == [[], ["session"], []]
