"""Buyers' tokens are fetched ahead, renewed in time, and no ping ever waits for one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio

from auctiond.calls.tokens import FETCH_S, REFUSED_S, TokenDesk
from auctiond.logs import Log
from auctiond.net.wire import WireError
from auctiond.networks.network_book import NetworkBook, compile_edition
from buyers.codec import read_bid
from market.http import HttpReply
from market.money import micros
from market.network import PingTarget, Target
from tests.buyers.test_token import oauth
from tests.calls.test_auctioneer import open_stand, reasons
from tests.whole.networks import network_of

FORMATS = {"small": oauth()}


def pinged(name="a", key="key") -> Target:
    ping = PingTarget("small", f"http://127.0.0.1/{name}", secrets={"id": "id", "key": key})
    return Target(id=name, buyer=name, ping=ping, price_max=micros(50))


class Login:
    """A wire whose other end is a login: answers in turn, the last one for ever."""

    def __init__(self, *answers):
        self.answers, self.asked_at = list(answers), []

    async def send(self, request):
        self.asked_at.append(trio.current_time())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "silence":
            await trio.sleep_forever()
        if isinstance(answer, WireError):
            raise answer
        status, body = answer
        return HttpReply(status, (), body)


def token(text, lasts_s=100):
    return 200, b'{"access_token": "%s", "expires_in": %d}' % (text.encode(), lasts_s)


def now_ms():
    return round(trio.current_time() * 1000)


@asynccontextmanager
async def open_desk(*answers, targets=()):
    """Yield a desk at work, its login, and the bound buyer of the first target."""
    login, book = Login(*answers), NetworkBook()
    edition = compile_edition(1, network_of(targets or (pinged(),)), FORMATS, lambda name: name)
    book.put(edition, current=True)
    desk = TokenDesk(book, login, Log("test"), now_ms)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(desk.run)
        await trio.testing.wait_all_tasks_blocked()
        yield desk, login, edition
        nursery.cancel_scope.cancel()


async def test_a_token_is_there_before_any_ping_and_is_renewed_before_it_runs_out(autojump_clock):
    async with open_desk(token("one"), token("two")) as (desk, login, edition):
        buyer, start = edition.buyers["a"], trio.current_time()
        assert desk.of(buyer) == "one"
        await trio.sleep(90)
        assert desk.of(buyer) == "two"
        assert login.asked_at[1] - start == pytest.approx(80, abs=1.1)


async def test_targets_with_one_login_ask_once(autojump_clock):
    targets = (pinged("a"), pinged("b"), pinged("c", key="other"))
    async with open_desk(token("one"), targets=targets) as (desk, login, edition):
        assert [desk.of(edition.buyers[name]) for name in "abc"] == ["one"] * 3
        assert len(login.asked_at) == 2


@pytest.mark.parametrize(
    "failure", [(500, b""), (200, b"{}"), WireError("connect_error"), "silence"], ids=str
)
async def test_a_login_that_fails_is_asked_again_later_and_later(failure, autojump_clock):
    async with open_desk(failure, failure, token("late")) as (desk, login, edition):
        buyer = edition.buyers["a"]
        assert desk.of(buyer) == ""
        await trio.sleep(2 * FETCH_S + 12)
        assert desk.of(buyer) == "late"
        first, second, third = login.asked_at[:3]
        assert 2 <= second - first < third - second


async def test_the_old_token_is_good_while_the_login_is_down(autojump_clock):
    async with open_desk(token("one"), (503, b"")) as (desk, _, edition):
        buyer = edition.buyers["a"]
        await trio.sleep(95)
        assert desk.of(buyer) == "one"
        await trio.sleep(10)
        assert desk.of(buyer) == ""


async def test_a_token_that_the_buyer_refuses_is_renewed_but_not_at_every_ping(autojump_clock):
    async with open_desk(token("one", 3600), token("two", 3600)) as (desk, login, edition):
        refused = read_bid(edition.buyers["a"], HttpReply(401, (), b"{}"), now_ms())
        for _ in range(100):
            desk.heard([refused, replace(refused, target="gone")], edition)
        assert len(login.asked_at) == 1
        await trio.sleep(REFUSED_S + 2)
        assert desk.of(edition.buyers["a"]) == "two"
        assert len(login.asked_at) == 2


async def test_a_network_that_is_applied_has_its_tokens_soon(autojump_clock):
    async with open_desk(token("one"), token("two")) as (desk, _, former):
        edition = compile_edition(2, network_of((pinged("b", "new"),)), FORMATS, lambda name: name)
        desk.book.put(edition, current=True)
        await trio.sleep(1.5)
        assert desk.of(edition.buyers["b"]) == "two"
        assert desk.of(former.buyers["a"]) == "one"  # Calls that began with it go on.


async def test_who_has_no_token_is_not_asked_and_that_is_the_reason(autojump_clock):
    login = open_desk((500, b""))
    async with open_stand({}, pinged(), formats=FORMATS) as stand, login as (desk, _, _edition):
        object.__setattr__(stand.auctioneer, "tokens", desk)
        closed = await stand.hold()
    assert reasons(closed) == {"a": "no_token"}


async def test_a_ping_carries_the_token_that_was_fetched(autojump_clock):
    answer = b'{"ok": true, "price": 10, "number": "+15557110001"}'
    async with open_stand({"a": (0.1, answer)}, pinged(), formats=FORMATS) as stand:
        sent, start = [], stand.auctioneer.wire.start

        def watched(request, done):
            sent.append(request)
            return start(request, done)

        stand.auctioneer.wire.start = watched
        async with open_desk(token("one")) as (desk, _, _edition):
            object.__setattr__(stand.auctioneer, "tokens", desk)
            closed = await stand.hold()
    assert [bid.target for bid in closed.ranked] == ["a"]
    assert dict(sent[0].headers)["Authorization"] == "Bearer one"
