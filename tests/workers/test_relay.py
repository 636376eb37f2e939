"""Webhooks that name another worker reach it as they came, and its answer comes back as it was."""

from __future__ import annotations

import pytest
import trio

from auctiond.web.bare import answer
from auctiond.web.express import BODY_MAX, Express
from auctiond.workers import relay
from auctiond.workers.fleet import Fleet
from auctiond.workers.members import Member
from tests.shell.test_express import bodies, connected, until_closed
from tests.workers.test_fleet import open_fleets


def hook(query, more=b"", body=b"hello"):
    return b"POST /hooks/telnyx%b HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (
        query,
        more,
        len(body),
        body,
    )


def app_of(name, heard):
    """Return an application that notes all that it hears, and says who it is."""

    async def app(scope, receive, send):
        body = (await receive())["body"]
        heard.append((scope["path"], scope["query_string"], dict(scope["headers"]), body))
        await answer(send, 200, name + b":" + body, "text/xml")

    return app


@pytest.fixture
async def pair(tmp_path):
    """Two workers; what they heard; and the way into the first."""
    async with open_fleets(tmp_path) as fleets:
        heard = [[], []]
        apps = [app_of(b"w%d" % n, heard[n]) for n in range(2)]
        relays = [relay.make_relay(*each) for each in zip(fleets, apps, strict=True)]
        yield fleets, heard, Express(apps[0], relay=relays[0])


async def asked(express, data):
    """Send `data` over a connection, and return all that comes back."""
    async with connected(express.app, relay=express.relay) as (client, left):
        await client.send_all(data)
        await client.send_eof()
        with trio.fail_after(60):
            return await until_closed(client), left


async def test_what_names_another_worker_is_answered_there_and_untouched(pair):
    _, heard, express = pair
    answers, _ = await asked(express, hook(b"?w=1", b"X-Signature: =abc=\r\n", b"body"))
    assert bodies(answers) == [b"w1:body"]
    assert b"content-type: text/xml\r\n" in answers
    (told,) = heard[1]
    assert told[:2] == ("/hooks/telnyx", b"w=1")
    assert (told[2][b"x-signature"], told[3]) == (b"=abc=", b"body")
    assert heard[0] == []


async def test_one_connection_carries_webhooks_for_several_workers_in_turn(pair):
    _, heard, express = pair
    data = b"".join(hook(b"?w=%d" % (n % 2), body=b"%d" % n) for n in range(6))
    answers, left = await asked(express, data + hook(b"", b"connection: close\r\n", b"last"))
    assert bodies(answers) == [b"w%d:%d" % (n % 2, n) for n in range(6)] + [b"w0:last"]
    assert [len(each) for each in heard] == [4, 3]
    assert left == [None]


@pytest.mark.parametrize("query", [b"", b"?w=0", b"?w=7", b"?w=x", b"?W=1", b"?w=" + b"1" * 5000])
async def test_what_names_nobody_else_is_ours(pair, query):
    _, heard, express = pair
    answers, _ = await asked(express, hook(query))
    assert bodies(answers) == [b"w0:hello"]
    assert heard[1] == []


async def test_only_webhooks_are_passed_on_so(pair):
    _, heard, express = pair
    answers, _ = await asked(express, hook(b"?w=1").replace(b"/hooks/telnyx", b"/rtb/some/door"))
    assert bodies(answers) == [b"w0:hello"]
    assert heard[1] == []


async def test_while_the_other_worker_is_away_we_see_to_it(pair, tmp_path):
    (first, _), heard, express = pair
    first.update([Member(0, 1, first.seat.path), Member(1, 2, str(tmp_path / "nobody.sock"))])
    assert bodies((await asked(express, hook(b"?w=1")))[0]) == [b"w0:hello"]
    first.update([Member(0, 1, first.seat.path)])
    assert bodies((await asked(express, hook(b"?w=1")))[0]) == [b"w0:hello"]
    assert (len(heard[0]), heard[1]) == (2, [])


async def test_who_dies_with_a_webhook_in_hand_leaves_it_to_us(pair):
    (first, second), heard, express = pair

    async def dies(meta, body):
        first.update([Member(0, 1, first.seat.path)])  # As the supervisor says.
        await trio.sleep_forever()

    second.handlers[relay.KIND] = dies
    assert bodies((await asked(express, hook(b"?w=1")))[0]) == [b"w0:hello"]
    assert len(heard[0]) == 1


async def test_who_is_there_and_silent_leaves_a_503_and_the_carrier_brings_it_again(
    pair, monkeypatch
):
    (_, second), heard, express = pair

    async def silent(meta, body):
        await trio.sleep_forever()

    second.handlers[relay.KIND] = silent
    monkeypatch.setattr(relay, "HOLD_S", 0.05)
    answers, _ = await asked(express, hook(b"?w=1"))
    assert answers.startswith(b"HTTP/1.1 503 ")
    assert b"being replaced" in bodies(answers)[0]
    assert heard == [[], []]


async def test_the_largest_that_is_plain_comes_whole(pair):
    _, heard, express = pair
    body = b"x" * BODY_MAX
    answers, _ = await asked(express, hook(b"?w=1", body=body))
    assert bodies(answers) == [b"w1:" + body]
    assert heard[1][0][3] == body


async def test_a_server_of_one_process_passes_nothing_on():
    assert relay.make_relay(Fleet(), app_of(b"w0", [])) is None
