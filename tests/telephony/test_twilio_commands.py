"""Our requests to Twilio: those that its own library makes for the same."""

import logging
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import orjson
import pytest
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from market.http import HttpReply
from market.phone import (
    CallOut,
    CarrierError,
    Hangup,
    LegGone,
    LegStatus,
    PauseRecording,
    Placed,
    ResumeRecording,
    Say,
    StartRecording,
    StopRecording,
)
from telephony.twilio import CARRIER
from tests.telephony.test_twilio_documents import CALL, ID, OURS, REF, TO, TWILIO, at


class Caught(HttpClient):
    """Takes the library's request down, and answers nothing."""

    def __init__(self):
        super().__init__(logging.getLogger("twilio"), is_async=False)

    def request(self, method, url, params=None, data=None, headers=None, auth=None, **more):
        self.caught = (method, url, dict(data or {}), auth)
        return Response(500, "{}")


def library(does):
    """Return the request that the library makes: method, URL and fields."""
    http = Caught()
    client = Client("AC1", "secret", http_client=http)
    with pytest.raises(TwilioException):
        does(client.api.v2010.account)
    method, url, fields, auth = http.caught
    assert auth == ("AC1", "secret")
    return method, url, fields


def ours(request):
    fields: dict = {}
    for key, value in parse_qsl(request.body.decode()):
        fields[key] = (
            [*fields[key], value]
            if isinstance(fields.get(key), list)
            else (value if key not in fields else [fields[key], value])
        )
    assert ("authorization", "Basic QUMxOnNlY3JldA==") in request.headers
    return request.method, request.url, fields


def text(fields):
    return {
        key: [str(one) for one in value] if isinstance(value, list) else str(value)
        for key, value in fields.items()
    }


@pytest.mark.parametrize(
    ("command", "does"),
    [
        (Hangup(CALL, REF, ID), lambda api: api.calls(REF).update(status="completed")),
        (
            StartRecording(CALL, REF, ID),
            lambda api: api.calls(REF).recordings.create(
                recording_channels="dual", recording_status_callback=at("saved")
            ),
        ),
        (
            PauseRecording(CALL, REF, ID),
            lambda api: (
                api.calls(REF)
                .recordings("Twilio.CURRENT")
                .update(status="paused", pause_behavior="silence")
            ),
        ),
        (
            ResumeRecording(CALL, REF, ID),
            lambda api: api.calls(REF).recordings("Twilio.CURRENT").update(status="in-progress"),
        ),
        (
            StopRecording(CALL, REF, ID),
            lambda api: api.calls(REF).recordings("Twilio.CURRENT").update(status="stopped"),
        ),
        (
            CallOut(CALL, "", ID, 1, TO, OURS, 20.2, 7200.0),
            lambda api: api.calls.create(
                to=TO,
                from_=OURS,
                url=at("out", 1),
                status_callback=at("leg", 1, None),
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=21,
                time_limit=7200,
            ),
        ),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_command_is_the_request_that_twilios_library_makes(command, does):
    method, url, fields = library(does)
    assert ours(TWILIO.write_command(command)) == (method, url, text(fields))


def test_a_call_of_ours_names_where_to_ask_when_this_server_is_away():
    values = {"account_sid": "AC1", "auth_token": "secret", "api_url": "https://api.twilio.com"}
    bin_ = "https://handler.twilio.com/twiml/EH1"
    twilio = CARRIER(values | {"fallback_url": bin_}, "https://calls.example.com/hooks/twilio")
    command = CallOut(CALL, "", ID, 1, TO, OURS)
    _, _, fields = ours(twilio.write_command(command))
    assert fields.pop("FallbackUrl") == bin_
    assert fields == ours(TWILIO.write_command(command))[2]


def test_a_document_that_nobody_asks_for_is_fetched():
    method, url, fields = library(lambda api: api.calls(REF).update(url=at("fetch")))
    assert ours(TWILIO.write_poke(Say(CALL, REF, ID, "hello"))) == (method, url, text(fields))


def test_a_call_is_asked_after_and_so_is_whom_it_rings():
    request = TWILIO.write_status_query(REF)
    assert urlsplit(request.url).path == f"/2010-04-01/Accounts/AC1/Calls/{REF}.json"
    request = TWILIO.write_rung_query(REF)
    assert dict(parse_qsl(urlsplit(request.url).query)) == {"ParentCallSid": REF}


def test_a_recording_is_fetched_with_our_key_from_twilio_alone():
    url = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1"
    request = TWILIO.write_fetch(url)
    assert request.url == f"{url}.wav?RequestedChannels=2"
    assert "authorization" in dict(request.headers)
    for other in ("https://api.twilio.com.x.example/RE1", "https://x.example/RE1"):
        assert dict(TWILIO.write_fetch(other).headers) == {}


def reply(code_, **told):
    return HttpReply(code_, (), orjson.dumps(told))


@pytest.mark.parametrize("told", [reply(404), reply(400, code=21220), reply(404, code=20404)])
def test_a_dead_leg_is_no_error_of_twilio(told):
    with pytest.raises(LegGone):
        CARRIER.check_reply(told)


@pytest.mark.parametrize(
    ("told", "reason"),
    [(reply(400, code=21205), "refused"), (reply(401), "http:401"), (reply(503), "http:503")],
)
def test_what_is_not_done_is_an_error(told, reason):
    with pytest.raises(CarrierError) as caught:
        CARRIER.check_reply(told)
    assert caught.value.reason == reason


def test_what_twilio_says_of_a_leg():
    ended = reply(200, status="completed", end_time="Tue, 31 Mar 2020 19:36:36 +0000")
    assert CARRIER.read_status(ended) == LegStatus(alive=False, ended_ms=1_585_683_396_000)
    assert CARRIER.read_status(reply(200, status="in-progress")) == LegStatus(alive=True)
    assert CARRIER.read_status(reply(200, status="busy", end_time="?")) == LegStatus(alive=False)
    assert CARRIER.read_status(reply(404)) == LegStatus(alive=False)
    for odd in (reply(200), reply(500), reply(200, status="new")):
        with pytest.raises(CarrierError):
            CARRIER.read_status(odd)


def test_whom_a_leg_rings():
    calls = [{"status": "completed"}, {"status": "ringing"}, "?"]
    assert CARRIER.read_rung(reply(200, calls=calls), REF) is True
    assert CARRIER.read_rung(reply(200, calls=calls[:1]), REF) is False
    with pytest.raises(CarrierError):
        CARRIER.read_rung(reply(503), REF)


def test_a_call_of_ours_and_its_leg_have_one_name():
    assert CARRIER.read_placed(reply(201, sid="CA9")) == Placed("CA9", "CA9")
    assert CARRIER.read_placed(reply(201)) is None


def test_the_token_shows_in_no_repr():
    assert "secret" not in repr(TWILIO.options)
    assert UUID(int=ID.int) == ID
