"""The express way in: plain floods are answered there; all else goes on, with every byte of it."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from auctiond.web.bare import CutOff, answer, beside, read_all
from auctiond.web.express import BODY_MAX, HEAD_MAX, Express
from auctiond.web.front import Guards
from tests.shell.test_front import served

HOOK = b"POST /hooks/telnyx?a=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
PING = b"GET /rtb/production/door.json?b=%41 HTTP/1.1\r\nhost: x\r\n\r\n"
LAST = HOOK.replace(b"Host: x", b"Host: x\r\nConnection: close")
OTHER = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"


async def echo(scope, receive, send):
    body = await read_all(receive, BODY_MAX)
    told = f"{scope['method']} {scope['path']} {scope['query_string'].decode()} ".encode() + body
    await answer(send, 200, told, "text/plain")


async def says_nothing(scope, receive, send):
    await receive()


@asynccontextmanager
async def connected(app=echo, refuse=lambda data: b"", relay=None):
    """Yield the client's end, and a list of what was left when the server's end was done."""
    left = []
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")

    async def handle(stream):
        async with stream:
            left.append(await Express(app, refuse, relay).serve(stream))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, handle, [listener])
        host, port = listener.socket.getsockname()
        async with await trio.open_tcp_stream(host, port) as client:
            yield client, left
        nursery.cancel_scope.cancel()
    await listener.aclose()


async def until_closed(client):
    return b"".join([bytes(data) async for data in client])


async def exchange(data, app=echo):
    """Send `data` and no more; return what came back, and what was left."""
    async with connected(app) as (client, left):
        await client.send_all(data)
        await client.send_eof()
        with trio.fail_after(60):
            return await until_closed(client), left[0]


def bodies(answers):
    """Return the bodies of answers that have a length each."""
    found = []
    while answers:
        head, _, answers = answers.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        found.append(answers[:length])
        answers = answers[length:]
    return found


async def test_requests_on_one_connection_are_answered_in_turn():
    answers, left = await exchange(HOOK + PING + HOOK)
    hook = b"POST /hooks/telnyx a=1 hello"
    assert bodies(answers) == [hook, b"GET /rtb/production/door.json b=%41 ", hook]
    assert left is None
    assert answers.startswith(b"HTTP/1.1 200 OK\r\ndate: ")
    assert b" GMT\r\n" in answers


async def test_however_it_arrives_it_is_the_same_request():
    async with connected() as (client, left):
        for at in range(len(HOOK)):
            await client.send_all(HOOK[at : at + 1])
            await trio.testing.wait_all_tasks_blocked()
        await client.send_eof()
        with trio.fail_after(60):
            assert bodies(await until_closed(client)) == [b"POST /hooks/telnyx a=1 hello"]
        assert left == [None]


@pytest.mark.parametrize(
    "strange",
    [
        OTHER,
        HOOK.replace(b"/hooks/", b"/hooksx/"),
        HOOK.replace(b"/hooks/", b"/%68ooks/"),
        HOOK.replace(b"/hooks/telnyx", b"/hooks/%74elnyx"),
        HOOK.replace(b"/hooks/", b"http://x/hooks/"),
        HOOK.replace(b"POST", b"HEAD"),
        HOOK.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HOOK.replace(b"Host: x", b"Expect: 100-continue"),
        HOOK.replace(b"Host: x", b"Upgrade: h2c\r\nConnection: upgrade"),
        HOOK.replace(b"Content-Length: 5", b"Transfer-Encoding: chunked"),
        HOOK.replace(b"Content-Length: 5", b"Content-Length: 5\r\nTransfer-Encoding: chunked"),
        HOOK.replace(b"Content-Length: 5", b"Content-Length: 5\r\nContent-Length: 6"),
        HOOK.replace(b"Content-Length: 5", b"Content-Length: -5"),
        HOOK.replace(b"Content-Length: 5", b"Content-Length: %d" % (BODY_MAX + 1)),
        HOOK.replace(b"Host: x", b"Host: x\r\nbad header"),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"nonsense",
        b"x" * (HEAD_MAX + 1),
        b"\x16\x03\x01\x00\xa5\x01\x00",
    ],
)
async def test_what_is_not_plain_goes_on_whole_and_what_was_before_it_is_answered(strange):
    answers, left = await exchange(PING + strange + HOOK)
    assert len(bodies(answers)) == 1
    assert left is not None
    assert left.startswith(strange)


async def test_who_leaves_before_a_request_is_whole_is_not_answered():
    assert await exchange(HOOK[:-1]) == (b"", None)
    assert await exchange(b"") == (b"", None)


async def test_a_connection_is_closed_when_the_client_says_so():
    async with connected() as (client, left):
        await client.send_all(PING.replace(b"host: x", b"connection: close") + PING)
        with trio.fail_after(60):
            answers = await until_closed(client)
        assert len(bodies(answers)) == 1
        assert b"connection: close\r\n" in answers
        assert left == [None]


async def test_an_application_that_answers_nothing_is_a_500():
    answers, _ = await exchange(PING, says_nothing)
    assert answers.startswith(b"HTTP/1.1 500 ")


async def test_a_body_in_pieces_is_read_to_its_end_and_one_that_is_cut_off_is_none():
    pieces = [{"type": "http.request", "body": each, "more_body": True} for each in (b"a", b"b")]

    def giving(*last):
        messages = iter([*pieces, *last])

        async def receive():
            return next(messages)

        return receive

    assert await read_all(giving({"type": "http.request", "body": b"c"}), 3) == b"abc"
    with pytest.raises(CutOff):
        await read_all(giving({"type": "http.disconnect"}), 3)


async def by_path(scope, receive, send):
    """Break down on /hooks/bug, and answer all else."""
    if scope["type"] != "http":
        raise RuntimeError("no lifespan here")
    if scope["path"] == "/hooks/bug":
        raise LookupError("a bug")
    await echo(scope, receive, send)


async def test_a_connection_goes_from_the_express_way_to_hypercorn_without_losing_a_byte():
    async with served(by_path, Guards()) as connect, await connect() as client:
        await client.send_all(HOOK + OTHER + LAST)
        with trio.fail_after(60):
            answers = await until_closed(client)
    hook = b"POST /hooks/telnyx a=1 hello"
    assert bodies(answers) == [hook, b"GET /healthz  ", hook]


async def test_a_bug_costs_its_own_connection_and_no_other(caplog):
    async with served(by_path, Guards()) as connect:
        async with await connect() as client:
            await client.send_all(HOOK.replace(b"/telnyx", b"/bug"))
            with trio.fail_after(60):
                assert await until_closed(client) == b""
        assert "task.crashed connection" in caplog.text
        async with await connect() as client:
            await client.send_all(LAST)
            with trio.fail_after(60):
                assert len(bodies(await until_closed(client))) == 1


async def test_idle_connections_are_let_go_of_when_the_server_stops():
    guards = Guards()
    async with served(by_path, guards) as connect, await connect() as client:
        await client.send_all(PING)
        assert await client.receive_some()
        await trio.testing.wait_all_tasks_blocked()  # The server knows that it is idle.
        guards.end_idle()
        with trio.fail_after(60):
            assert await until_closed(client) == b""


async def test_a_request_for_no_path_is_the_others():
    asked = []

    async def other(scope, receive, send):
        asked.append(scope["path"])

    either = beside(other, {"hooks": None})
    for path in ("*", "", "/", "host:443"):
        await either({"type": "http", "path": path}, None, None)
    assert asked == ["*", "", "/", "host:443"]


async def test_what_is_refused_at_a_glance_is_not_read_and_the_connection_goes_on():
    def refuse(data):
        return b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n" if b"?a=1" in data else b""

    async with connected(refuse=refuse) as (client, left):
        for request, wanted in ((HOOK, b" 503 "), (PING, b" 200 "), (HOOK, b" 503 ")):
            await client.send_all(request)
            with trio.fail_after(60):
                assert wanted in await client.receive_some()
        await client.send_eof()
        await until_closed(client)
    assert left == [None]
