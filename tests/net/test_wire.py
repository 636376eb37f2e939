"""The wire against buyers that answer well, badly, slowly and not at all."""

import pytest
import trio

from auctiond.net.wire import WireError
from market.http import HttpRequest
from market.reasons import REASONS
from tests.net.servers import OK, buyer, hang_up, never, says_and_closes, wire

OFFERS_H2 = b"HTTP/1.1 200 OK\r\nupgrade: h2,h2c\r\nconnection: upgrade, keep-alive\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


async def test_an_answer_comes_back_with_status_headers_and_body():
    head = b"HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\nX: a\r\nX: b\r\n"
    answer = head + b"content-length: 2\r\n\r\nok"
    async with buyer(answer) as shop, wire() as ours:
        reply = await ours.send(shop.ping(b'{"zip":"78701"}'))
    assert (reply.status, reply.body) == (201, b"ok")
    assert reply.headers[:3] == (("content-type", "text/plain"), ("x", "a"), ("x", "b"))
    assert shop.requests == [
        b"POST /ping HTTP/1.1\r\nhost: 127.0.0.1:%d\r\ncontent-type: application/json\r\n"
        b'accept-encoding: identity\r\ncontent-length: 15\r\n\r\n{"zip":"78701"}' % shop.port
    ]


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (CHUNKED + b"2\r\nok\r\n1\r\n!\r\n0\r\n\r\n", b"ok!"),
        (CHUNKED + b"2\r\nok\r\n0\r\nx-late: trailer\r\n\r\n", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (OFFERS_H2 + b"content-length: 2\r\n\r\nok", b"ok"),
    ],
    ids=["chunked", "trailer", "continue", "two_interim", "no_content", "offers_upgrade"],
)
async def test_every_framing_is_understood_and_the_connection_kept(answer, body):
    async with buyer(answer) as shop, wire() as ours:
        for _ in range(2):
            reply = await ours.send(shop.ping())
            assert reply.body == body
            assert reply.header("link") is None
            assert reply.header("x-late") is None
        assert ours.statistics().idle == 1
    assert shop.connections == 1


async def test_a_body_may_end_with_the_connection():
    async with (
        buyer(says_and_closes(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")) as shop,
        wire() as ours,
    ):
        assert (await ours.send(shop.ping())).body == b"until the end"
        assert ours.statistics().idle == 0


async def test_an_answer_in_single_bytes_is_put_together():
    async def drip(stream):
        for byte in CHUNKED + b"2\r\nok\r\n0\r\n\r\n":
            await stream.send_all(bytes([byte]))

    async with buyer(drip) as shop, wire() as ours:
        assert (await ours.send(shop.ping())).body == b"ok"


@pytest.mark.parametrize("status", [301, 302, 307, 404, 500, 503])
async def test_any_status_is_an_answer_and_no_redirect_is_followed(status):
    answer = b"HTTP/1.1 %d X\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n" % status
    async with buyer(answer) as shop, wire() as ours:
        reply = await ours.send(shop.ping())
    assert (reply.status, reply.header("location")) == (status, "/elsewhere")
    assert len(shop.requests) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (hang_up, "dropped"),
        (says_and_closes(b"HTTP/1.1 200"), "dropped"),
        (says_and_closes(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), "dropped"),
        (says_and_closes(CHUNKED + b"9\r\nhalf"), "dropped"),
        (says_and_closes(CHUNKED + b"2\r\nok\r\n"), "dropped"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "unparseable"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok", "unparseable"),
        (CHUNKED[:-2] + b"content-length: 2\r\n\r\n", "unparseable"),
        (CHUNKED + b"zz\r\n", "unparseable"),
        (b"HTTP/1.1 101 S\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n", "unparseable"),
        (b"HTTP/1.1 200 OK\r\nx: %b\r\n\r\n" % (b"a" * 100_000), "too_large"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, "too_large"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000, "too_large"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n" + b"a" * 65_537, "too_large"),
        (CHUNKED + b"8000\r\n%b\r\n" % (b"a" * 0x8000) * 3, "too_large"),
        (CHUNKED + b"1;%b\r\na\r\n" % (b"x" * 12_000) * 60, "too_large"),
    ],
)  # fmt: skip
async def test_a_broken_answer_is_an_error_with_its_reason_and_its_connection_is_closed(
    answer, reason
):
    async with buyer(answer) as shop, wire() as ours:
        with pytest.raises(WireError) as caught:
            await ours.send(shop.ping())
        assert caught.value.reason == reason
        assert reason in REASONS
        assert (ours.statistics().in_use, ours.statistics().idle) == (0, 0)
        await shop.ended.wait()
    assert len(shop.requests) == 1


async def test_a_body_of_exactly_the_limit_is_read():
    body = b"a" * 65_536
    async with (
        buyer(b"HTTP/1.1 200 OK\r\ncontent-length: 65536\r\n\r\n" + body) as shop,
        wire() as ours,
    ):
        assert (await ours.send(shop.ping())).body == body


async def test_a_large_request_goes_out_whole():
    body = bytes(range(256)) * 20_000  # Five megabytes: more than the kernel takes at once.
    async with buyer(OK) as shop, wire() as ours:
        await ours.send(shop.ping(body))
    assert shop.requests[0].endswith(body)


async def test_a_buyer_that_does_not_listen_is_a_connect_error():
    async with buyer(OK) as shop:
        pass
    async with wire() as ours:
        with pytest.raises(WireError, match="connect_error"):
            await ours.send(shop.ping())
        assert ours.statistics().in_use == 0


async def test_the_callers_deadline_ends_a_dripping_answer_and_frees_its_place():
    heard = trio.Event()

    async def drip(stream):
        await stream.send_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
        heard.set()
        await never(stream)

    async with buyer(drip) as shop, wire(pings_max=1) as ours:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ours.send, shop.ping())
            await heard.wait()
            assert ours.statistics().in_use == 1
            nursery.cancel_scope.cancel()
        assert (ours.statistics().in_use, ours.statistics().idle) == (0, 0)
        await shop.ended.wait()  # It has seen us go.


async def test_a_request_whose_time_is_up_is_not_sent():
    async with buyer(OK) as shop, wire() as ours:
        await ours.send(shop.ping())
        with trio.move_on_at(trio.current_time() - 1) as scope:
            await ours.send(shop.ping())
        assert scope.cancelled_caught
        assert ours.statistics().idle == 1
    assert len(shop.requests) == 1


async def test_a_request_that_cannot_be_written_is_the_callers_mistake():
    async with wire() as ours:
        with pytest.raises(ValueError, match="method"):
            await ours.send(HttpRequest("GET / HTTP/1.1\r\nx: y", "http://127.0.0.1/"))
