"""Look-ups are asked once, kept for their time, and fail closed."""

import orjson
import pytest
import trio

from auctiond.logs import Log
from auctiond.lookups.binding import bind_lookups
from auctiond.lookups.desk import DAY_MS, LookupDesk
from auctiond.metrics import Metrics
from auctiond.net.lookup_link import LookupLink, open_lookup_link
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgAway
from auctiond.pg.suppressions import LookupCache
from market.callback import Lookup
from market.http import HttpReply, HttpRequest

INDEX, NUMBER, NOW_MS = b"index of a number", "+12125550123", 1_800_000_000_000


class Link:
    """Answers what it is told to, and counts the questions."""

    def __init__(self, **answers):
        self.answers, self.asked = answers, []

    async def ask(self, request, deadline_s):
        name = request.url.rpartition("/")[2]
        self.asked.append(name)
        found = self.answers[name]
        if found == "silent":
            await trio.sleep_forever()
        return None if found is None else HttpReply(200, (), orjson.dumps(found))


def bound(*names):
    lookups = [
        Lookup(name, "plain_json", f"https://dnc.example/{name}", {"key": "env:KEY"}, keep_days=2)
        for name in names
    ]
    found = bind_lookups(lookups, lambda reference: "secret")
    assert not found.problems
    return found.lookups


async def ask(desk, *names, within_s=60.0):
    """Return what a desk says of the number."""
    return await desk.ask(NUMBER, INDEX, names, bound(*names), trio.current_time() + within_s)


@pytest.fixture
async def make(pg_url):
    async with open_pg(pg_url) as pg:
        clock = [NOW_MS]

        def desk(link):
            return LookupDesk(link, LookupCache(pg), Metrics(), Log("lookups"), lambda: clock[0])

        desk.clock = clock
        yield desk


async def test_an_answer_is_kept_for_its_time_and_one_that_says_nothing_is_not(make):
    link = Link(dnc={"listed": False}, litigator=None)
    desk, names = make(link), ("dnc", "litigator")
    for _ in range(2):
        found = await ask(desk, *names)
        assert found == {"dnc": "clear", "litigator": "unknown"}
    assert sorted(link.asked) == ["dnc", "litigator", "litigator"]
    make.clock[0] += 2 * DAY_MS
    link.answers["dnc"] = {"listed": True}
    assert await ask(desk, "dnc") == {"dnc": "listed"}


async def test_a_lookup_that_the_network_does_not_have_clears_nobody(make):
    nothing = await make(Link()).ask(NUMBER, INDEX, ("dnc",), {}, trio.current_time() + 60)
    assert nothing == {"dnc": "unknown"}


class Cache:
    """Knows what it is told of; or is "away", in a memory that nobody can reach."""

    def __init__(self, known=None, mood=""):
        self.known, self.mood = known or {}, mood

    async def answers(self, index, now_ms):
        if self.mood == "away":
            raise PgAway
        return self.known

    async def keep(self, index, lookup, answer, at_ms, gone_ms):
        match self.mood:
            case "away":
                raise PgAway
            case "slow":
                await trio.sleep_forever()


def virtual(link, cache):
    """Return a desk without a database."""
    return LookupDesk(link, cache, Metrics(), Log("lookups"), lambda: NOW_MS)


async def test_who_is_silent_holds_nobody_up_and_is_unknown_at_the_deadline(autojump_clock):
    link, began = Link(dnc={"listed": True}, litigator="silent"), trio.current_time()
    found = await ask(virtual(link, Cache()), "dnc", "litigator", within_s=1.0)
    assert found == {"dnc": "listed", "litigator": "unknown"}
    assert trio.current_time() - began == 1.0


@pytest.mark.parametrize("mood", ["away", "slow"])
async def test_an_answer_counts_though_it_cannot_be_kept(mood, autojump_clock):
    link = Link(dnc={"listed": True})
    found = await ask(virtual(link, Cache(mood=mood)), "dnc", within_s=1.0)
    assert (found, link.asked) == ({"dnc": "listed"}, ["dnc"])


async def test_what_is_known_of_look_ups_that_nobody_asks_for_is_not_said():
    link = Link()
    desk = virtual(link, Cache({"dnc": "clear", "other": "listed"}))
    assert (await ask(desk, "dnc"), link.asked) == ({"dnc": "clear"}, [])


@pytest.mark.parametrize(
    ("lookup", "says"),
    [
        (Lookup("dnc", "nobody"), "lookup dnc: format: no 'nobody'; there are:"),
        (Lookup("dnc", "plain_json", "https://x.example"), "lookup dnc: secrets.key: the format"),
        (Lookup("dnc", "plain_json", secrets={"key": "env:K"}), "lookup dnc: url: the format has"),
        (
            Lookup("dnc", "plain_json", "https://x.example", {"key": "env:K", "more": "env:M"}),
            "lookup dnc: secrets.more: the format has none",
        ),
    ],
)
def test_a_lookup_that_does_not_fit_its_format_is_refused(lookup, says):
    assert bind_lookups([lookup], lambda reference: "x").problems[0].startswith(says)


async def serve(answer, task_status):
    """Answer one request on loopback with the bytes `answer`; none: never."""

    async def handle(stream):
        await stream.receive_some(4096)
        if answer is None:
            await trio.sleep_forever()
        await stream.send_all(answer)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    task_status.started(port)
    await trio.serve_listeners(handle, listeners)


OK = b'HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"listed": false}'
FLOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n" + b"x" * 999_999


@pytest.mark.parametrize(("answer", "body"), [(OK, b'{"listed": false}'), (FLOOD, None)])
async def test_the_link_brings_an_answer_and_no_flood(answer, body):
    async with trio.open_nursery() as nursery, open_lookup_link() as link:
        port = await nursery.start(lambda task_status: serve(answer, task_status))
        reply = await link.ask(HttpRequest("GET", f"http://127.0.0.1:{port}/"), 5.0)
        assert (reply.body if reply else None) == body
        nursery.cancel_scope.cancel()


async def test_a_service_that_does_not_answer_in_time_or_is_not_there_gives_none(autojump_clock):
    class Silent:
        def stream(self, *args, **more):
            raise AssertionError("not reached: all lines are taken")

    link = LookupLink(Silent())
    for _ in range(16):
        link._lines.acquire_on_behalf_of_nowait(object())
    assert await link.ask(HttpRequest("GET", "https://dnc.example"), 3.0) is None


async def test_a_refused_connection_is_no_answer():
    async with open_lookup_link() as link:
        assert await link.ask(HttpRequest("GET", "http://127.0.0.1:9/"), 5.0) is None
