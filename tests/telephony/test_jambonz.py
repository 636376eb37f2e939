"""jambonz' files: its library checks our signature and every verb, its payloads are read."""

import time
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jambonz_sdk._signature import verify_signature
from jambonz_sdk.validator import JambonzValidator

from auctiond.sandbox.carrier.jambonz import Jambonz as Sandbox
from market.http import HttpReply
from market.phone import (
    Answer,
    Answered,
    Arrived,
    CallOut,
    CarrierError,
    CarrierEvent,
    Command,
    Dial,
    Ended,
    Gather,
    Gathered,
    Hangup,
    Joined,
    LegGone,
    LegStatus,
    MachineHeard,
    Other,
    Placed,
    Play,
    Pressed,
    Reject,
    Ringing,
    RingToo,
    Say,
    Screening,
    SendDigits,
    Spoken,
    StartRecording,
    StopPlay,
    Transfer,
)
from telephony._carrier import Ask, Webhook
from telephony._jambonz_webhooks import READERS
from telephony._neutral import MalformedWebhook
from telephony.jambonz import CARRIER

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
REF, CHILD = "df09e8d4-7ffd-492b-94d9-51a60318552c", "65697994-594b-44c7-af2f-0c6f3f0d4ea5"
TO, OURS = "+13105550111", "+12025550131"
NOW = 1_795_000_000_123
SECRET = "wh_secret_1"
VALUES = {
    "account_sid": "acc",
    "api_key": "key",
    "webhook_secret": SECRET,
    "api_url": "https://jambonz.cloud/api/v1",
    "application_sid": "app",
    "siprec_server": "",
}
HOOK = "https://calls.example.com/hooks/jambonz"
JAMBONZ = CARRIER(VALUES, HOOK)
BASE = {
    "call_sid": REF,
    "direction": "inbound",
    "from": "+15083084809",
    "to": "+15083728299",
    "call_id": "f0414693-bdb6-1238-6185-06d91d68c9b0",
    "sip_status": 200,
    "call_status": "in-progress",
    "account_sid": "fef61e75-cec3-496c-a7bc-8368e4d02a04",
}
LEG = BASE | {
    "call_sid": CHILD,
    "parent_call_sid": REF,
    "direction": "outbound",
    "customerData": {"c": CALL.hex, "l": 2},
}
SCHEMAS = JambonzValidator()
COMMANDS = [
    Answer(CALL, REF, ID),
    *(Reject(CALL, REF, ID, cause) for cause in ("busy", "rejected", "not_found", "unavailable")),
    Hangup(CALL, REF, ID, 0),
    Say(CALL, REF, ID, "Hello"),
    Say(CALL, REF, ID, "Hola", "es-MX"),
    Play(CALL, REF, ID, "https://x.example/a.mp3"),
    Play(CALL, REF, ID, "https://x.example/a.mp3", once=True),
    SendDigits(CALL, REF, ID, "12#"),
    Gather(CALL, REF, ID, "Zip?", 5, 7.5),
    Gather(CALL, REF, ID, "", 1, least=1, play="https://x.example/m.mp3"),
    Dial(CALL, REF, ID, 2, TO, OURS),
    Dial(CALL, REF, ID, 2, "sip:a@b.example", OURS, whisper="Hi", press_one=True, no_machine=True),
    Transfer(CALL, REF, ID, 2, TO, OURS),
    RingToo(CALL, REF, ID, 2, TO, OURS),
]


def read(told, kind="", leg=0, **more):
    query = {"k": kind, "c": CALL.hex, "l": leg, "i": ID.hex} | more if kind else {}
    return CARRIER.read_webhook(Webhook(orjson.dumps(told), {}, urlencode(query), NOW))


def kinds(news):
    return [type(one) for one in news]


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=5))
def test_jambonzs_library_agrees_with_us_on_the_signature(told):
    request = Sandbox(SECRET).write(HOOK, told)
    assert verify_signature(request.body, request.headers["jambonz-signature"], SECRET)
    webhook = Webhook(request.body, request.headers, "", round(time.time() * 1000))
    assert JAMBONZ.is_genuine(webhook)


@pytest.mark.parametrize(
    ("header", "at_ms"),
    [
        ("", NOW),
        ("t=1795000000", NOW),
        ("v1=00", NOW),
        ("t=x,v1=00", NOW),
        ("t=1795000000,v1=00", NOW),
        ("t=1795000000,v1=\xff", NOW),
    ],
)
def test_what_is_not_signed_is_not_genuine(header, at_ms):
    assert not JAMBONZ.is_genuine(Webhook(b"{}", {"jambonz-signature": header}, "", at_ms))


def test_a_signature_of_an_hour_ago_or_of_another_body_or_secret_is_worth_nothing():
    request, now_ms = Sandbox(SECRET).write(HOOK, BASE), round(time.time() * 1000)
    late = Webhook(request.body, request.headers, "", now_ms + 3_600_000)
    other = Webhook(request.body + b" ", request.headers, "", now_ms)
    assert not JAMBONZ.is_genuine(late)
    assert not JAMBONZ.is_genuine(other)
    mine = Webhook(request.body, request.headers, "", now_ms)
    assert not CARRIER(VALUES | {"webhook_secret": ""}, HOOK).is_genuine(mine)
    assert not CARRIER(VALUES | {"webhook_secret": "x"}, HOOK).is_genuine(mine)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_every_document_is_one_by_jambonzs_own_schemas(command):
    verbs = orjson.loads(JAMBONZ.write_document(command))
    assert verbs
    assert SCHEMAS.validate_app(verbs) == []


def test_every_command_is_a_document_or_a_request_or_nothing():
    recording = CARRIER(VALUES | {"siprec_server": "sip:rec.example"}, HOOK)
    for kind in Command.__subclasses__():
        if kind.__name__ == "Bridge":  # jambonz joins by its dial; nothing asks for it there.
            continue
        command = kind(CALL, REF, ID)
        done = recording.write_document(command) or recording.write_command(command)
        assert (done is None) == (kind is StopPlay), kind.__name__


def test_a_buyer_is_dialled():
    (dial,) = orjson.loads(JAMBONZ.write_document(Dial(CALL, REF, ID, 2, TO, OURS, 20.2)))
    action = urlsplit(dial.pop("actionHook"))
    assert action.path == "/hooks/jambonz"
    assert action.fragment == "rc=2&rp=ct,rt,5xx"  # It asks again where we were not heard.
    assert dial == {
        "verb": "dial",
        "callerId": OURS,
        "timeout": 21,
        "timeLimit": 7200,
        "target": [{"type": "phone", "number": TO}],
        "tag": {"c": CALL.hex, "l": 2},
    }


def test_who_is_to_press_one_is_asked_and_joined_by_an_empty_document():
    dial = Dial(CALL, REF, ID, 2, TO, OURS, whisper="Auto & home", press_one=True)
    (verb,) = orjson.loads(JAMBONZ.write_document(dial))
    ask = Webhook(orjson.dumps(LEG), {}, urlsplit(verb["confirmHook"]).query, NOW)
    assert JAMBONZ.read_ask(ask) is None
    (gather,) = orjson.loads(JAMBONZ.write_reply(ask))
    assert gather["say"] == {"text": "Auto & home"}
    assert SCHEMAS.validate_app([gather]) == []
    query = urlsplit(gather["actionHook"]).query
    for digits, verbs in (("1", []), ("2", [{"verb": "hangup"}])):
        pressed = Webhook(orjson.dumps(LEG | {"digits": digits}), {}, query, NOW)
        assert orjson.loads(JAMBONZ.write_reply(pressed)) == verbs


def test_a_call_arrives():
    headers = {"X-Lead-Email": "ada@example.com", "P-Attestation-Indicator": "B", "X-Bid-Id": "b1"}
    first = BASE | {"call_status": "trying", "caller_name": "LOVELACE A"}
    (event,) = read(first | {"sip": {"headers": headers}})
    assert isinstance(event, Arrived)
    assert (event.carrier, event.call_ref, event.ref, event.at_ms) == ("jambonz", REF, REF, NOW)
    assert (event.caller, event.dialled) == ("+15083084809", "+15083728299")
    assert (event.attestation, event.bid) == ("B", "b1")
    assert event.lead == {"email": "ada@example.com", "name": "LOVELACE A"}


@pytest.mark.parametrize(
    ("kind", "told", "events"),
    [
        ("answered", {}, [Answered]),
        ("said", {}, [Spoken]),
        ("gathered", {"reason": "dtmfDetected", "digits": "90210"}, [Gathered]),
        ("gathered", {"reason": "timeout"}, [Gathered]),
        ("gathered", {"call_status": "completed"}, [Gathered, Ended]),
        ("out", {}, [Answered]),
        ("wait", {}, [Other]),
        ("fetch", {}, [Other]),
        ("dialed", {"dial_call_status": "completed"}, [Other]),
        ("dialed", {"dial_call_status": "busy", "dial_sip_status": 486}, [Ended]),
    ],
)
def test_a_document_is_over(kind, told, events):
    news = read(BASE | told, kind, o=2)
    assert kinds(news) == events
    assert len({one.event_id for one in news}) == len(news)


@pytest.mark.parametrize(
    ("told", "events"),
    [
        ({"call_status": "trying"}, [Ringing]),
        ({"call_status": "ringing"}, [Ringing]),
        ({}, [Answered, Joined]),
        ({"customerData": {"c": CALL.hex, "l": 2, "s": 1}}, [Screening]),
        ({"call_status": "completed", "duration": 30}, [Ended]),
        ({"customerData": {"whose": "?"}}, [Other]),
    ],
)
def test_the_status_of_a_leg_that_was_dialled(told, events):
    query = "k=status"
    news = CARRIER.read_webhook(Webhook(orjson.dumps(LEG | told), {}, query, NOW))
    assert kinds(news) == events
    assert all((one.call_ref, one.ref) == (REF, CHILD) for one in news)
    if events != [Other]:
        assert {(one.call_id, one.leg) for one in news} == {(CALL, 2)}


def test_of_the_callers_status_only_the_end_matters():
    for status, kind in (("in-progress", Other), ("completed", Ended)):
        body = orjson.dumps(BASE | {"call_status": status, "duration": 31})
        (event,) = CARRIER.read_webhook(Webhook(body, {}, "k=status", NOW))
        assert (type(event), event.leg, event.call_ref) == (kind, 0, REF)


@pytest.mark.parametrize(
    ("status", "code", "cause", "lasted_ms"),
    [
        ("completed", 200, "completed", 30_000),
        ("busy", 486, "busy", None),
        ("no-answer", 480, "no_answer", None),
        ("no-answer", 487, "cancelled", None),
        ("failed", 603, "declined", None),
        ("failed", 404, "bad_number", None),
        ("failed", 599, "unknown", None),
    ],
)
def test_how_a_leg_ended(status, code, cause, lasted_ms):
    (event,) = read(LEG | {"call_status": status, "sip_status": code, "duration": 30}, "leg", 2)
    assert (event.cause, event.lasted_ms) == (cause, lasted_ms)


def test_who_presses_one_has_answered_and_is_joined():
    assert kinds(read(LEG | {"digits": "1"}, "pressed", 2)) == [Pressed, Answered, Joined]
    assert kinds(read(LEG | {"digits": "2"}, "pressed", 2)) == [Pressed]
    assert kinds(read(LEG, "whispered", 2)) == [Answered, Joined]
    assert kinds(read(LEG | {"type": "amd_machine_detected"}, "machine", 2)) == [MachineHeard]
    assert kinds(read(LEG | {"type": "amd_human_detected"}, "machine", 2)) == [Other]
    joins = {"event": "join", "time": "2026-11-23T09:00:00.290Z"}
    (event,) = read(LEG | joins, "inroom", 0, o=2, a=REF)
    assert (type(event), event.leg, event.at_ms) == (Joined, 2, 1_795_424_400_290)


def test_requests_go_where_jambonzs_library_sends_them():
    hang_up = JAMBONZ.write_command(Hangup(CALL, REF, ID))
    assert (hang_up.method, urlsplit(hang_up.url).path) == (
        "PUT",
        f"/api/v1/Accounts/acc/Calls/{REF}",
    )
    assert orjson.loads(hang_up.body) == {"call_status": "completed"}
    poke = JAMBONZ.write_poke(Say(CALL, REF, ID, "hi"))
    assert "k=fetch" in orjson.loads(poke.body)["call_hook"]["url"]
    ring = JAMBONZ.write_command(CallOut(CALL, "", ID, 1, TO, OURS))
    assert (ring.method, urlsplit(ring.url).path) == ("POST", "/api/v1/Accounts/acc/Calls")
    told = orjson.loads(ring.body)
    assert (told["from"], told["to"]) == (OURS, {"type": "phone", "number": TO})
    assert ("authorization", "Bearer key") in ring.headers
    assert "key" not in repr(JAMBONZ.options).replace("api_key", "")


def test_without_a_server_for_recordings_none_is_begun():
    with pytest.raises(CarrierError):
        JAMBONZ.write_command(StartRecording(CALL, REF, ID))


def reply(code, told):
    return HttpReply(code, (), orjson.dumps(told))


def test_what_jambonz_replies():
    assert CARRIER.read_status(reply(200, {"call_status": "in-progress"})) == LegStatus(alive=True)
    assert CARRIER.read_status(reply(404, {})) == LegStatus(alive=False)
    assert CARRIER.read_placed(reply(201, {"sid": "s"})) == Placed("s", "s")
    calls = [{"parent_call_sid": REF, "call_status": "ringing"}]
    assert CARRIER.read_rung(reply(200, calls), REF) is True
    assert CARRIER.read_rung(reply(200, calls), CHILD) is False
    with pytest.raises(LegGone):
        CARRIER.check_reply(reply(404, {}))
    for code, reason in ((400, "refused"), (500, "http:500")):
        with pytest.raises(CarrierError, match=reason):
            CARRIER.check_reply(reply(code, {}))


@pytest.mark.parametrize("kind", ["answered", "said", "gathered", "dialed", "wait", "fetch", "out"])
def test_these_ask_for_the_next_command(kind):
    query = urlencode({"k": kind, "c": CALL.hex, "l": 0, "i": ID.hex})
    assert JAMBONZ.read_ask(Webhook(orjson.dumps(BASE), {}, query, NOW)) == Ask(REF, ID.hex)
    over = orjson.dumps(BASE | {"call_status": "completed"})
    assert JAMBONZ.read_ask(Webhook(over, {}, query, NOW)) is None


@given(
    st.dictionaries(
        st.sampled_from([*BASE, "digits", "sip", "customerData", "duration", "time", "event"]),
        st.one_of(
            st.none(),
            st.text(max_size=9),
            st.integers(-(2**63), 2**63 - 1),
            st.just({}),
            st.just([]),
        ),
    ),
    st.sampled_from(sorted(READERS)),
)
def test_whatever_comes_is_news_or_malformed(told, kind):
    try:
        news = read(BASE | told, kind, 1, o=1)
    except MalformedWebhook:
        return
    assert news
    assert all(isinstance(one, CarrierEvent) for one in news)
