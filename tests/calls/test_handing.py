"""What the end of a post means: only a clear no is a no, and what never left is told apart."""

from __future__ import annotations

import pytest
import trio

from auctiond.calls.handing import POST_S, hand_over, tell_of
from auctiond.net.errors import WireError
from auctiond.pg.posts import PostEnd
from buyers.bind import bind
from buyers.library import load_library
from market.flows import POST_AGAIN_S, post_again_after_s
from market.http import HttpReply, HttpRequest
from tests.calls.kit import CALL_ID
from tests.whole.networks import pinged

BUYER = bind(load_library()["plain_json"], pinged(0, 1), lambda name: name)
REQUEST = HttpRequest("POST", "http://127.0.0.1:1/post")


class Wire:
    def __init__(self, reply):
        self.reply = reply

    async def send(self, request):
        if self.reply is None:
            await trio.sleep_forever()
        await trio.sleep(0.1)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


def answer(status, body=b'{"ok": true}'):
    return HttpReply(status, (), body)


@pytest.mark.parametrize(
    ("reply", "outcome", "reason"),
    [
        (answer(200), "accepted", ""),
        (answer(200, b'{"ok": false, "reason": "duplicate"}'), "refused", "reject:duplicate"),
        (answer(500, b'{"ok": false, "reason": "no"}'), "refused", "reject"),
        (answer(404), "refused", "http:404"),
        (answer(301), "refused", "http:301"),
        (answer(429), "unknown", "http:429"),
        (answer(500), "unknown", "http:500"),
        (answer(200, b"<html>"), "unknown", "unparseable"),
        (WireError("dropped"), "unknown", "dropped"),
        (WireError("tls_error"), "unknown", "tls_error"),
        (WireError("too_large"), "unknown", "too_large"),
        (WireError("connect_error"), "unsent", "connect_error"),
        (WireError("refused_address"), "unsent", "refused_address"),
        (WireError("throttled"), "unsent", "throttled"),
        (ValueError("url"), "unsent", "unwritable"),
    ],
)
async def test_what_an_end_means(autojump_clock, reply, outcome, reason):
    assert await hand_over(Wire(reply), BUYER, REQUEST) == PostEnd(outcome, reason)


async def test_silence_is_unknown_and_has_an_end(autojump_clock):
    assert await hand_over(Wire(None), BUYER, REQUEST) == PostEnd("unknown", "timeout")
    assert trio.current_time() == POST_S


@pytest.mark.parametrize(
    ("outcome", "idempotent", "again"),
    [
        ("accepted", True, False),
        ("refused", True, False),
        ("unknown", True, True),
        ("unknown", False, False),
        ("unsent", False, True),
        ("unsent", True, True),
    ],
)
def test_what_may_have_arrived_is_sent_again_only_by_its_key(outcome, idempotent, again):
    after = [post_again_after_s(outcome, n, idempotent=idempotent) for n in range(1, 7)]
    assert after == [*(POST_AGAIN_S if again else [None] * 4), None, None]


def test_a_call_that_takes_no_more_news_keeps_nothing_from_being_recorded():
    def deaf(call_id, event):
        raise trio.WouldBlock

    tell_of(deaf, CALL_ID, 1, PostEnd("accepted"), 7)
