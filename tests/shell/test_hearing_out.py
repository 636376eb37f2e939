"""A request that is refused early leaves a connection that can be used, or none."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from hypercorn.config import Config
from quart_trio import QuartTrio

from auctiond.web.front import Guards, serve_guarded
from auctiond.web.hearing_out import hear_out

HEAD = b"POST /%b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"
BODY_MAX = 100


@asynccontextmanager
async def connected():
    """Yield a connection to an application that answers one path, and refuses all others."""
    app = QuartTrio("test")
    app.config["MAX_CONTENT_LENGTH"] = BODY_MAX
    hear_out(app)

    @app.post("/here")
    async def here():
        return "taken"

    config, stop = Config(), trio.Event()
    config.loglevel = "CRITICAL"
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_guarded, app, config, listener, stop.wait, Guards())
        with trio.fail_after(30):
            port = listener.socket.getsockname()[1]
            async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
                yield stream
        stop.set()


async def answer(stream):
    """Return the next answer's status, once it has come whole."""
    data = b""
    while not (end := data.find(b"\r\n\r\n")) + 1:
        data += await stream.receive_some()
    length = int(data.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(data) < end + 4 + length:
        data += await stream.receive_some()
    return int(data.split()[1])


@pytest.mark.parametrize("at", [0, 1, 5])
async def test_a_body_that_comes_after_the_head_is_heard_before_a_refusal(at):
    async with connected() as stream:
        await stream.send_all(HEAD % (b"nowhere", 5) + b"12345"[:at])
        await trio.testing.wait_all_tasks_blocked(0.01)
        await stream.send_all(b"12345"[at:])
        assert await answer(stream) == 404
        await stream.send_all(HEAD % (b"here", 5) + b"12345")
        assert await answer(stream) == 200


async def test_what_is_too_long_is_refused_without_its_body_and_the_connection_ends():
    async with connected() as stream:
        await stream.send_all(HEAD % (b"here", BODY_MAX + 1))
        assert await answer(stream) == 413
        assert await stream.receive_some() == b"", "the next request would wait for ever"
