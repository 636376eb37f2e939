"""A flood is turned away at a glance: what begins a call while there is no time, and that alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pytest

from auctiond.carrier_files import carrier_files
from auctiond.carriers import Carriers
from auctiond.jobs.admission import Admission
from auctiond.metrics import Metrics
from auctiond.web.hooks import Hooks
from auctiond.web.turning_away import ANSWER, TurningAway
from tests.telephony.webhooks import webhook

NEW = {"call_session_id": "new", "direction": "incoming", "from": '"call.initiated"'}
KNOWN = NEW | {"call_session_id": "known"}


@dataclass
class Board:
    led: set[tuple[str, str]] = field(default_factory=lambda: {("telnyx", "known")})

    def has(self, carrier: str, call_ref: str) -> bool:
        return (carrier, call_ref) in self.led


def turning_away(owed_s: float = 1.0, **more: Any) -> TurningAway:
    nobody = cast("Any", None)
    carriers = Carriers(cast("Any", carrier_files()), {})
    admission = Admission(30.0, owed_s=owed_s)
    parts = (nobody, nobody, cast("Any", Board()), Metrics(), nobody, nobody)
    return TurningAway(Hooks(carriers, *parts, admission=admission, **more))


def request(body: bytes, path: str = "/hooks/telnyx", *headers: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


FIRST = webhook("call.initiated", **NEW)


def test_a_webhook_that_begins_a_call_is_refused_and_counted_unsigned_as_it_is():
    turn = turning_away()
    assert turn(request(FIRST)) == ANSWER
    assert turn(request(FIRST, "/hooks/telnyx", "Connection: keep-alive")) == ANSWER
    assert ANSWER.startswith(b"HTTP/1.1 503 ")
    head, _, body = ANSWER.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head
    assert orjson.loads(body)["title"] == "shed"
    assert (
        turn.hooks.metrics.registry.get_sample_value(
            "auctiond_webhooks_total", {"carrier": "telnyx", "result": "shed"}
        )
        == 2
    )


def test_while_there_is_time_nothing_is_refused():
    assert turning_away(owed_s=0.0)(request(FIRST)) == b""


def test_where_calls_are_placed_on_several_workers_the_one_that_leads_it_decides():
    assert turning_away(place_new=cast("Any", len))(request(FIRST)) == b""


@pytest.mark.parametrize(
    "body",
    [
        webhook("call.initiated", **KNOWN),
        webhook("call.answered", **NEW),
        webhook("call.hangup", **KNOWN),
        webhook("call.initiated", **NEW | {"direction": "outgoing"}),
        webhook("call.answered", **NEW | {"direction": '"direction":"incoming"'}),
        b'{"data":{"event_type":"call.initiated"}}',
        b"",
        b"{",
    ],
)
def test_what_is_of_a_call_that_we_have_or_begins_none_is_read(body):
    assert turning_away()(request(body)) == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        request(FIRST)[:-1],  # Not whole yet.
        request(FIRST) + b"POST",  # The next one has begun.
        request(FIRST, "/hooks/telnyx?w=1"),  # As only commands of ours make them.
        request(FIRST, "/hooks/nobody"),
        request(FIRST, "/hooks/twilio"),
        request(FIRST, "/rtb/telnyx"),
        request(FIRST, "/hooks/telnyx", "Connection: close"),
        request(FIRST, "/hooks/telnyx", "Transfer-Encoding: chunked"),
        request(FIRST, "/hooks/telnyx", "Expect: 100-continue"),
        request(FIRST).replace(b"Content-Length", b"Length"),
        request(FIRST).replace(b"POST", b"PUT"),
        request(FIRST).replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
def test_what_is_not_plain_is_read(data):
    assert turning_away()(data) == b""
