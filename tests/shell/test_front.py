"""Clients that waste time: each is ended when its time is over, and no other is disturbed.

Real sockets, and time that passes at once: nothing here happens but by a deadline.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
import trio
from hypercorn.config import Config
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from auctiond.web.front import GRACE_S, Guards, serve_guarded
from auctiond.web.guarded import IDLE_S, READ_S, REQUEST_S, RequestEnd

GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n12345"
CHUNKS = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"


@pytest.fixture
def quick_clock():
    """Time jumps when nothing has happened for a moment; what is on loopback is there sooner."""
    return MockClock(autojump_threshold=0.01)


@asynccontextmanager
async def served(app, guards):
    """Serve on a real port; yields a connector."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listener.socket.getsockname()[1]
    stop = trio.Event()
    config = Config()
    config.keep_alive_timeout = 1000.0  # Ours are first.
    config.loglevel = "CRITICAL"
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_guarded, app, config, listener, stop.wait, guards)
        yield partial(trio.open_tcp_stream, "127.0.0.1", port)
        stop.set()
        nursery.cancel_scope.deadline = trio.current_time() + GRACE_S * 2


async def hello(scope, receive, send):
    """Answer every request, once its body has come."""
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def drip(stream):
    """Send a byte of a head every second, for as long as anybody takes it."""
    with suppress(trio.BrokenResourceError):
        while True:
            await stream.send_all(b"x")
            await trio.sleep(1)


async def until_closed(stream) -> float:
    """Return how long it took until the server closed the connection."""
    began = trio.current_time()
    with suppress(trio.BrokenResourceError):
        while await stream.receive_some(65536):
            pass
    return trio.current_time() - began


@pytest.mark.parametrize("sent", [b"", GET[:-2], POST[:-1], CHUNKS[:-3]])
async def test_a_request_that_never_becomes_whole_is_ended(sent, quick_clock):
    ended = []
    async with served(hello, Guards(closed=ended.append)) as connect, await connect() as client:
        if sent:
            await client.send_all(sent)
        took_s = await until_closed(client)
    assert REQUEST_S <= took_s < REQUEST_S + 2
    assert ended == ["slow_request"]


async def test_a_byte_now_and_then_prolongs_nothing(quick_clock):
    ended = []
    async with (
        served(hello, Guards(closed=ended.append)) as connect,
        await connect() as client,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(drip, client)
        assert await until_closed(client) < REQUEST_S + 2
        nursery.cancel_scope.cancel()
    assert ended == ["slow_request"]


async def test_a_kept_connection_nobody_uses_is_ended_and_one_in_use_is_not(quick_clock):
    ended = []
    async with served(hello, Guards(closed=ended.append)) as connect, await connect() as client:
        for _ in range(2):
            await client.send_all(GET)
            assert b"hello" in await received(client, b"hello")
            await trio.sleep(IDLE_S - 5)
        assert ended == []
        took_s = await until_closed(client)
    assert took_s < 10
    assert ended == ["idle"]


async def test_a_handler_may_take_its_time(quick_clock):
    async def slow(scope, receive, send):
        if scope["type"] == "http":
            await trio.sleep(REQUEST_S + IDLE_S)
        await hello(scope, receive, send)

    async with (
        served(slow, Guards()) as connect,
        await connect() as client,
        await connect() as other,
    ):
        await client.send_all(POST)
        await other.send_all(CHUNKS)
        assert b"hello" in await received(client, b"hello")
        assert b"hello" in await received(other, b"hello")


async def test_a_client_that_reads_nothing_is_ended(quick_clock):
    async def large(scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("no lifespan here")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(50_000_000)})

    ended = []
    async with served(large, Guards(closed=ended.append)) as connect, await connect() as client:
        await client.send_all(GET)
        await trio.sleep(READ_S + 2)
        assert ended == ["not_reading"]


async def test_an_address_has_so_many_connections_and_no_more(quick_clock):
    ended = []
    async with served(hello, Guards(2, ended.append)) as connect:
        async with await connect() as one, await connect() as two:
            for client in (one, two):
                await client.send_all(GET)
                await received(client, b"hello")
            async with await connect() as three:
                assert await until_closed(three) < 1
        await trio.sleep(1)
        async with await connect() as again:
            await again.send_all(GET)
            assert b"hello" in await received(again, b"hello")
    assert ended == ["address_full"]


async def test_a_full_house_makes_room_by_its_oldest_idle_guest(quick_clock):
    ended = []
    guards = Guards(closed=ended.append, most=2)
    async with (
        served(hello, guards) as connect,
        await connect() as one,
        await connect() as two,
    ):
        await two.send_all(GET[:5])
        await trio.sleep(1)
        async with await connect() as three:
            await three.send_all(GET)
            assert b"hello" in await received(three, b"hello")
        assert await until_closed(one) < 1
    assert ended[0] == "room"


async def received(stream, wanted) -> bytes:
    """Return what came, once `wanted` is in it."""
    data = b""
    while wanted not in data:
        more = await stream.receive_some(65536)
        assert more, "closed"
        data += more
    return data


@given(st.sampled_from([GET, POST, CHUNKS]), st.integers(1, 40))
def test_the_end_of_a_request_is_found_however_it_is_cut(request_, size):
    end = RequestEnd()
    parts = [request_[start : start + size] for start in range(0, len(request_), size)]
    found = [end.takes(part) for part in parts]
    assert found == [False] * (len(parts) - 1) + [True]
