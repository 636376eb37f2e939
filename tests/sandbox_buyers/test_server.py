"""The buyers as clients meet them: real sockets, every vice."""

import time
from urllib.parse import urlsplit

import orjson
import pytest
import trio

from auctiond.sandbox.buyers.laws import GARBAGE, LAWS, delays
from auctiond.sandbox.buyers.nonsense import HUGE_BODY, JUNK
from auctiond.sandbox.buyers.server import BuyersOptions, open_sandbox_buyers
from auctiond.sandbox.chance import draw
from auctiond.sandbox.people import person
from tests.sandbox_buyers.client import (
    ask,
    connected,
    control,
    plain_ping,
    plain_post,
    raw,
)


def opened(*laws, **more):
    return open_sandbox_buyers(BuyersOptions(buyers=len(laws), seed=5, laws=laws, **more))


async def until(holds):
    """Wait until the server has seen what we did."""
    with trio.fail_after(60):
        while not holds():  # noqa: ASYNC110  Real sockets: there is no event to wait for.
            await trio.sleep(0.002)


async def test_a_connection_is_kept_and_every_ping_counted():
    async with opened("fast") as market, connected(market.ports[0]) as client:
        replies = [await client.ask(plain_ping(market.ports[0])) for _ in range(20)]
        stats = market.shops[0].stats
    assert all(reply.status == 200 for reply in replies)
    assert (stats.connections, stats.pings, stats.bids + stats.no_bids) == (1, 20, 20)


async def test_the_same_seed_gives_the_same_answers_and_a_reset_begins_again():
    async with opened("instant") as market:
        port = market.ports[0]
        first = [(await ask(plain_ping(port))).body for _ in range(10)]
        assert await control(market, "POST", "/reset") == (200, {"ok": True})
        assert [(await ask(plain_ping(port))).body for _ in range(10)] == first
    async with opened("instant") as market:
        assert [(await ask(plain_ping(market.ports[0]))).body for _ in range(10)] == first


async def test_a_dead_buyer_says_nothing_and_counts_who_gave_up():
    async with opened("dead") as market:
        await _ask_and_leave(market)
        assert market.shops[0].stats.silences == 1


async def test_a_client_that_leaves_before_a_slow_answer_is_counted():
    steps = delays(LAWS["slow"])
    seed = next(n for n in range(1000) if steps[draw(n, 0, 0) * len(steps) >> 64] > 0.5)
    options = BuyersOptions(buyers=1, seed=seed, laws=("slow",))
    async with open_sandbox_buyers(options) as market:
        await _ask_and_leave(market)


async def _ask_and_leave(market):
    """Send a ping, leave once it is being answered, and wait until that is noticed."""
    stats = market.shops[0].stats
    async with connected(market.ports[0]) as client:
        await client.stream.send_all(raw(plain_ping(market.ports[0])))
        await until(lambda: stats.pings)
        assert stats.aborted == 0
    await until(lambda: stats.aborted)


async def test_a_buyer_refuses_connections_and_opens_again_on_the_same_port():
    async with opened("refuses") as market:
        for _ in range(2):
            with pytest.raises(OSError, match="failed"):
                await ask(plain_ping(market.ports[0]))
            assert (await control(market, "PUT", "/laws/0", b"instant"))[0] == 200
            async with connected(market.ports[0]) as client:
                assert (await client.ask(plain_ping(market.ports[0]))).status == 200
                assert (await control(market, "PUT", "/laws/0", b"refuses"))[0] == 200
                with trio.fail_after(60):
                    assert await client.stream.receive_some() == b""


async def test_a_buyer_that_closes_does_so_after_an_answer_and_then_inside_one():
    async with opened("closes") as market:
        port = market.ports[0]
        async with connected(port) as client:
            assert (await client.ask(plain_ping(port))).status == 200
            assert await client.stream.receive_some() == b""
        with pytest.raises(EOFError):
            await ask(plain_ping(port))


async def test_a_drip_comes_byte_by_byte():
    async with opened("drip") as market, connected(market.ports[0]) as client:
        await client.stream.send_all(raw(plain_ping(market.ports[0])))
        assert len(await client.stream.receive_some()) < 20


async def test_a_late_buyer_answers_after_the_deadline_it_was_told():
    async with opened("late") as market:
        before = trio.current_time()
        await ask(plain_ping(market.ports[0], deadline_ms=50))
        assert trio.current_time() - before >= 0.35


async def test_a_flapping_buyer_fails_after_thirty_pings():
    async with opened("flapping") as market, connected(market.ports[0]) as client:
        said = [(await client.ask(plain_ping(market.ports[0]))).status for _ in range(31)]
    assert said == [200] * 30 + [500]


async def test_every_kind_of_garbage_is_served_and_ends_no_more_than_its_own_connection():
    async with opened("garbage") as market:
        said = [await _all_that_comes(plain_ping(market.ports[0])) for _ in GARBAGE]
        assert market.shops[0].stats.nonsense == len(GARBAGE)
    assert len(set(said)) == len(GARBAGE)
    assert said[GARBAGE.index("not_http")] == JUNK
    assert said[GARBAGE.index("huge_body")].endswith(HUGE_BODY)


async def _all_that_comes(request):
    """Return every byte until the buyer has nothing more to say, and we leave."""
    async with connected(urlsplit(request.url).port) as client:
        await client.stream.send_all(raw(request))
        await client.stream.send_eof()
        with trio.fail_after(60):
            return b"".join([data async for data in client.stream])


async def test_a_buyer_goes_mute_after_its_bid():
    async with opened("mute_after") as market:
        port = market.ports[0]
        bid = orjson.loads((await ask(plain_ping(port))).body)
        async with connected(port) as client:
            post = plain_post(port, id=bid["id"], lead={"phone": "+12025550100"})
            await client.stream.send_all(raw(post))
            await until(lambda: market.shops[0].stats.posts)
        await until(lambda: market.shops[0].stats.aborted)


async def test_what_is_not_understood_is_counted():
    async with opened("instant") as market:
        async with connected(market.ports[0]) as client:
            await client.stream.send_all(b"POST /ping HTTP/1.1\r\ncontent-length: 2\r\n\r\n{,")
            assert (await client.read()).status == 400
            await client.stream.send_all(b"GET /nowhere HTTP/1.1\r\n\r\n")
            assert (await client.read()).status == 404
        assert market.shops[0].stats.unreadable == 2


async def test_a_leak_in_a_ping_is_seen_and_its_kind_reported_but_never_the_value():
    who = person(5, 3)
    async with opened("instant", people=10) as market:
        await ask(plain_ping(market.ports[0], area_code=who.area_code))
        await ask(plain_ping(market.ports[0], caller=who.number, mail=who.email))
        _, told = await control(market, "GET", "/stats")
    assert told["buyers"][0]["pii_hits"] == {"number": 1, "email": 1}
    assert who.number not in str(told)
    assert who.email not in str(told)


async def test_a_body_in_chunks_is_searched_whole():
    number = person(5, 3).number.encode()
    async with opened("instant", people=10) as market:
        async with connected(market.ports[0]) as client:
            await client.stream.send_all(
                b"POST /ping HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
                b'7\r\n{"x":"+\r\n4\r\n%b\r\n8\r\n%b\r\n2\r\n"}\r\n0\r\n\r\n'
                % (number[1:5], number[5:].ljust(8))
            )
            assert (await client.read()).status == 200
        assert market.shops[0].stats.pii_hits == {"number": 1}


async def test_it_is_noted_when_each_bid_left_where_somebody_asks():
    async with opened("instant", record_sent=True) as market:
        before_ns = time.monotonic_ns()
        for number in range(20):
            await ask(plain_ping(market.ports[0], auction=f"a{number}"))
        after_ns = time.monotonic_ns()
        _, told = await control(market, "GET", "/sent")
        bids = market.shops[0].stats.bids
    assert 0 < len(told["sent"]) == bids
    for buyer, auction, sent_ns in told["sent"]:
        assert (buyer, auction[0]) == (0, "a")
        assert before_ns <= sent_ns <= after_ns


async def test_a_post_is_logged_with_whom_and_when_and_without_the_lead():
    who = person(5, 7)
    async with opened("instant", people=10) as market:
        port = market.ports[0]
        bid = orjson.loads((await ask(plain_ping(port, auction="a-9"))).body)
        lead = {"phone": who.number, "name": who.name, "email": who.email}
        reply = await ask(plain_post(port, id=bid["id"], price=12.5, lead=lead))
        _, told = await control(market, "GET", "/posts")
    assert orjson.loads(reply.body)["ok"] is True
    (post,) = told["posts"]
    assert (post["buyer"], post["auction"], post["person"]) == (0, "a-9", 7)
    assert {"phone", "name", "email", "lead"} <= set(post["fields"])
    assert post["at_ms"] > 1_700_000_000_000
    assert who.number not in str(told)
    assert market.shops[0].stats.pii_hits == {}  # It is the buyer's now.


async def test_a_lead_for_a_bid_that_is_not_the_buyers_is_refused():
    async with opened("instant", "instant") as market:
        bid = orjson.loads((await ask(plain_ping(market.ports[0]))).body)
        reply = await ask(plain_post(market.ports[1], id=bid["id"], phone="+12025550100"))
        assert orjson.loads(reply.body)["ok"] is False
        assert market.shops[1].stats.posts_refused == 1


async def test_the_control_port_says_what_would_be_right():
    async with opened("instant") as market:
        status, told = await control(market, "PUT", "/laws/0", b"asleep")
        assert status == 400
        assert "fast, instant, slow, dead" in told["error"]
        assert (await control(market, "PUT", "/laws/9", b"dead"))[1]["error"].endswith("0 to 0")
        assert "GET /stats" in (await control(market, "GET", "/"))[1]["error"]
