"""What the carrier replies, in our words."""

import pytest

from market.http import HttpReply
from market.phone import CarrierError, LegGone, LegStatus, Placed
from telephony.telnyx import (
    TelnyxOptions,
    check_reply,
    read_placed,
    read_status,
    write_status_query,
)

OPTIONS = TelnyxOptions("https://api.telnyx.com/v2", "KEY123", "7", "https://x.example/hooks")
REF = "v3:abc/d?e"


def reply(status, body=b"{}"):
    return HttpReply(status, (), body)


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (410, b"?"), (422, b'{"errors": [1, {"code": "90018", "title": "ended"}]}')],
)
def test_a_dead_leg_is_no_error_of_the_carrier(status, body):
    with pytest.raises(LegGone):
        check_reply(reply(status, body))


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (422, b'{"errors": [{"code": "10015"}]}', "refused"),
        (422, b'{"errors": {}}', "refused"),
        (422, b"\xff", "refused"),
        (400, b"[]", "refused"),
        (401, b"", "http:401"),
        (429, b"", "http:429"),
        (503, b"", "http:503"),
        (302, b"", "http:302"),
    ],
)
def test_every_other_refusal_has_its_reason(status, body, reason):
    with pytest.raises(CarrierError) as caught:
        check_reply(reply(status, body))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("body", "placed"),
    [
        (b'{"data": {"call_session_id": "s", "call_control_id": "v3:x"}}', Placed("s", "v3:x")),
        (b'{"data": {"call_session_id": "s"}}', None),
        (b'{"data": []}', None),
        (b"?", None),
    ],
)
def test_a_call_that_the_carrier_began_for_us_is_known_by_its_handles(body, placed):
    assert read_placed(reply(200, body)) == placed


def test_a_leg_is_asked_for_and_its_status_read():
    assert write_status_query(REF, OPTIONS).url.endswith("/v2/calls/v3:abc%2Fd%3Fe")
    assert read_status(reply(200, b'{"data": {"is_alive": true}}')) == LegStatus(alive=True)
    ended = b'{"data": {"is_alive": false, "end_time": "2018-02-02T22:25:27.521Z"}}'
    assert read_status(reply(200, ended)) == LegStatus(alive=False, ended_ms=1517610327521)
    vague = b'{"data": {"is_alive": false, "end_time": "yesterday"}}'
    assert read_status(reply(200, vague)) == LegStatus(alive=False)
    assert read_status(reply(404, b"")) == LegStatus(alive=False)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"data": 1}', b'{"data": {"is_alive": "no"}}'])
def test_a_status_that_cannot_be_read_is_not_guessed(body):
    with pytest.raises(CarrierError):
        read_status(reply(200, body))
