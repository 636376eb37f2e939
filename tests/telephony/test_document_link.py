"""The line to a carrier of documents: who asks is answered, and what is done is done once."""

from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID

import orjson
import pytest
import trio

from auctiond.net.document_link import HOLD_S, DocumentLink
from market.http import HttpReply
from market.phone import (
    CallOut,
    CarrierError,
    Dial,
    Hangup,
    LegGone,
    Play,
    Say,
    SendDigits,
    StopPlay,
)
from telephony._carrier import Webhook
from telephony.twilio import CARRIER

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
REF = "CA1"
VALUES = {"account_sid": "AC1", "auth_token": "t", "api_url": "https://api.twilio.com"}
TWILIO = CARRIER(VALUES, "https://calls.example.com/hooks/twilio")
SAY = Say(CALL, REF, UUID(int=1), "hello")
KEYS = SendDigits(CALL, REF, UUID(int=3), digits="12#")
DIAL = Dial(CALL, REF, UUID(int=2), 1, "+13105550111", "+12025550131")


class Api:
    """Twilio's API: notes requests; `replies` are their answers, in turn, or make them."""

    def __init__(self, *replies):
        self.requests = []
        self.replies = list(replies)

    async def send(self, request):
        """Answer as a wire does."""
        self.requests.append((request.method, urlsplit(request.url).path, request.body.decode()))
        await trio.sleep(0.05)
        reply = (
            self.replies.pop(0) if self.replies else (200, {"sid": REF, "status": "in-progress"})
        )
        if callable(reply):
            reply = await reply()
        return HttpReply(reply[0], (), orjson.dumps(reply[1]))


@asynccontextmanager
async def open_link(api):
    yield DocumentLink(api, TWILIO)


def asking(kind="said", command=9, ref=REF, status="in-progress"):
    query = f"k={kind}&c={CALL.hex}&l=0&i={UUID(int=command).hex}"
    body = f"CallSid={ref}&CallStatus={status}".encode()
    return Webhook(body, {}, query, 5)


async def answer(link, webhook):
    return await link.answer(webhook, CARRIER.read_webhook(webhook))


async def put(got, link, webhook):
    got.append(await answer(link, webhook))


def fetching(link, command):
    """Return what the carrier does when it is told to come for a document."""

    async def fetch():
        fetch.document = await answer(link, asking("fetch", command.command_id.int))
        return 200, {}

    return fetch


async def test_who_asks_is_answered_with_the_next_command_and_no_request_is_made(autojump_clock):
    api, got = Api(), []
    async with open_link(api) as link, trio.open_nursery() as nursery:
        nursery.start_soon(put, got, link, asking())
        await trio.testing.wait_all_tasks_blocked()
        await link.send(SAY)
    assert got == [TWILIO.write_document(SAY)]
    assert api.requests == []


async def test_who_has_not_heard_the_answer_gets_the_same_again(autojump_clock):
    async with open_link(Api()) as link, trio.open_nursery() as nursery:
        got = []
        nursery.start_soon(put, got, link, asking())
        await trio.testing.wait_all_tasks_blocked()
        await link.send(SAY)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(put, got, link, asking())
    assert got == [TWILIO.write_document(SAY)] * 2


async def test_a_question_that_comes_twice_at_once_is_answered_the_second_time(autojump_clock):
    got = {}
    async with open_link(Api()) as link, trio.open_nursery() as nursery:

        async def ask(name):
            got[name] = await answer(link, asking())

        nursery.start_soon(ask, "first")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(ask, "second")
        await trio.testing.wait_all_tasks_blocked()
        await link.send(SAY)
    assert got["second"] == TWILIO.write_document(SAY)
    assert b"k=wait" in got["first"]


async def test_who_asks_for_nothing_yet_waits_and_asks_again_elsewhere(autojump_clock):
    async with open_link(Api()) as link:
        start = trio.current_time()
        first = await answer(link, asking())
        assert trio.current_time() - start == pytest.approx(HOLD_S)
        second = await answer(link, asking())
    assert b"k=wait" in first
    assert first != second  # So that the next question is not taken for a repeated one.


async def test_where_nobody_asks_the_document_is_fetched(autojump_clock):
    api = Api()
    async with open_link(api) as link:
        fetch = fetching(link, SAY)
        api.replies.append(fetch)
        await link.send(SAY)
    ((method, path, body),) = api.requests
    assert (method, path) == ("POST", f"/2010-04-01/Accounts/AC1/Calls/{REF}.json")
    assert "k%3Dfetch" in body
    assert fetch.document == TWILIO.write_document(SAY)


async def test_a_request_whose_document_was_fetched_is_not_repeated_though_its_reply_is_lost(
    autojump_clock,
):
    api = Api()
    async with open_link(api) as link:
        fetch = fetching(link, SAY)

        async def fetched_but_mute():
            await fetch()
            return await trio.sleep_forever()

        api.replies.append(fetched_but_mute)
        await link.send(SAY)
    assert len(api.requests) == 1


async def test_a_document_that_was_fetched_is_not_played_again_when_it_is_over(autojump_clock):
    api = Api()
    async with open_link(api) as link:
        api.replies.append(fetching(link, SAY))
        await link.send(SAY)
        over = await answer(link, asking("said", SAY.command_id.int))
    assert b"k=wait" in over


async def test_who_may_follow_a_document_that_was_torn_off_is_not_given_the_next(autojump_clock):
    """Its end is told after the next was fetched, under the same command, as after a restart."""
    api = Api()
    async with open_link(api) as link, trio.open_nursery() as nursery:
        api.replies.append(fetching(link, SAY))
        await link.send(SAY)
        nursery.start_soon(answer, link, asking("said", SAY.command_id.int))
        await trio.testing.wait_all_tasks_blocked()
        fetch = fetching(link, KEYS)
        api.replies.append(fetch)
        await link.send(KEYS)
    assert fetch.document == TWILIO.write_document(KEYS)


async def test_who_comes_late_for_what_is_no_longer_wanted_is_given_what_is(autojump_clock):
    api = Api(trio.sleep_forever)
    got = []
    async with open_link(api) as link, trio.open_nursery() as nursery:
        with trio.move_on_after(0.1):
            await link.send(SAY)
        nursery.start_soon(put, got, link, asking("fetch", SAY.command_id.int))
        await trio.testing.wait_all_tasks_blocked()
        await link.send(KEYS)
    assert got == [TWILIO.write_document(KEYS)]


async def test_a_request_that_was_lost_is_repeated(autojump_clock):
    api = Api()
    async with open_link(api) as link:
        api.replies += [trio.sleep_forever, fetching(link, SAY)]
        await link.send(SAY)
    assert len(api.requests) == 2


async def test_keys_are_asked_for_once_though_nobody_says_anything(autojump_clock):
    api = Api(trio.sleep_forever)
    async with open_link(api) as link:
        with pytest.raises(CarrierError, match="unreachable"):
            await link.send(KEYS)
    assert len(api.requests) == 1


async def test_a_command_that_was_given_is_not_given_again(autojump_clock):
    api = Api()
    async with open_link(api) as link:
        api.replies.append(fetching(link, DIAL))
        await answer(link, asking())  # The leg is known to this run.
        await link.send(DIAL)
        await link.send(DIAL)
    assert len(api.requests) == 1


@pytest.mark.parametrize("reply", [(400, {"code": 21220}), (404, {"code": 20404})])
async def test_a_leg_that_is_gone_is_gone(reply, autojump_clock):
    async with open_link(Api(reply)) as link:
        with pytest.raises(LegGone):
            await link.send(SAY)


async def test_a_carrier_that_cannot_is_an_error(autojump_clock):
    async with open_link(Api(*[(503, {})] * 9)) as link:
        with pytest.raises(CarrierError, match="http:503"):
            await link.send(SAY)


async def test_after_a_restart_a_dial_that_is_under_way_is_not_torn_off(autojump_clock):
    api = Api((200, {"calls": [{"status": "in-progress"}]}))
    async with open_link(api) as link:
        await link.send(DIAL)
    assert [request[0] for request in api.requests] == ["GET"]


async def test_after_a_restart_a_dial_of_nobody_is_given(autojump_clock):
    api = Api((200, {"calls": [{"status": "completed"}]}))
    async with open_link(api) as link:
        api.replies.append(fetching(link, DIAL))
        await link.send(DIAL)
    assert [request[0] for request in api.requests] == ["GET", "POST"]


async def test_a_person_is_never_rung_twice(autojump_clock):
    api = Api(trio.sleep_forever)
    async with open_link(api) as link:
        with pytest.raises(CarrierError, match="unreachable"):
            await link.send(CallOut(CALL, "", UUID(int=3), 0, "+13105550111", "+12025550131"))
    assert len(api.requests) == 1


async def test_to_hang_up_is_an_answer_where_one_is_asked_for_and_else_a_request(autojump_clock):
    api, got, hang_up = Api(), [], Hangup(CALL, REF, UUID(int=4))
    async with open_link(api) as link, trio.open_nursery() as nursery:

        async def ask():
            got.append(await answer(link, asking()))

        nursery.start_soon(ask)
        await trio.testing.wait_all_tasks_blocked()
        await link.send(hang_up)
        assert api.requests == []
        await link.send(Hangup(CALL, "CA2", UUID(int=5)))
    assert b"<Hangup/>" in got[0]
    assert "Status=completed" in api.requests[0][2]


async def test_music_that_stops_is_ended_by_whatever_comes_next(autojump_clock):
    api = Api()
    async with open_link(api) as link:
        await link.send(StopPlay(CALL, REF, UUID(int=6)))
    assert api.requests == []


async def test_commands_reach_a_leg_in_their_order(autojump_clock):
    """Music that is late would tear off the dial that came after it."""
    api, play = Api(), Play(CALL, REF, UUID(int=7), "https://x.example/a.mp3")
    async with open_link(api) as link:
        await answer(link, asking())

        async def slow():
            await trio.sleep(1.5)
            return await fetching(link, play)()

        api.replies += [slow, fetching(link, DIAL)]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(link.send, play)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(link.send, DIAL)
    fetched = [request[2].partition("i%3D")[2][:32] for request in api.requests]
    assert fetched == [play.command_id.hex, DIAL.command_id.hex]
