"""What the carrier's webhooks say, in our words."""

from contextlib import suppress
from uuid import UUID

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Ended,
    Gathered,
    Joined,
    Other,
    Ringing,
    Spoken,
)
from telephony.telnyx import MalformedWebhook, read_webhook
from tests.telephony.webhooks import CALL, state, webhook

COMMON = {
    "event_id": "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0",
    "call_ref": "428c31b6-abf3-3bc1-b7f4-5013ef9657c1",
    "ref": "v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0",
    "at_ms": 1517610327521,
    "carrier": "telnyx",
}
OURS = COMMON | {"call_id": UUID(CALL)}


def test_a_call_arrives_with_what_the_publisher_sent():
    headers = {"X-Lead-Email": "ada@example.com", "x-lead-first-name": " Ada ", "X-Other": "no"}
    event = read_webhook(
        webhook(
            "call.initiated",
            direction="incoming",
            client_state=None,
            caller_id_name="LOVELACE A",
            shaken_stir_attestation="A",
            shaken_stir_validated=True,
            custom_headers=[{"name": name, "value": value} for name, value in headers.items()],
        )
    )
    assert event == Arrived(
        **COMMON,
        leg=0,
        call_id=None,
        caller="+12025550133",
        dialled="+12025550131",
        attestation="A",
        lead={"email": "ada@example.com", "first_name": "Ada", "name": "LOVELACE A"},
    )


def arrival(**payload):
    return webhook("call.initiated", direction="incoming", **payload)


def arrived(**payload):
    event = read_webhook(arrival(**payload))
    assert isinstance(event, Arrived)
    return event


NOBODY = ["anonymous", "Anonymous", "+266696687", "", None, ..., "sip:anonymous@anonymous.invalid"]
NOBODY += [
    "Restricted",
    "+",
    "+0123456789",
    "+1202555013x",
    "+\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
]


@pytest.mark.parametrize("written", NOBODY)
def test_a_withheld_or_odd_number_is_nobody(written):
    assert arrived(**{"from": written}).caller == ""


def test_a_sip_address_has_a_number_in_it():
    assert arrived(**{"from": "sip:+12025550133@carrier.example;x=1"}).caller == "+12025550133"
    assert arrived(to="sip:+12025550131@us.example").dialled == "+12025550131"
    assert arrived(to="sip:hotline@us.example").dialled == "sip:hotline@us.example"


@pytest.mark.parametrize(
    ("level", "validated", "kept"),
    [("B", True, "B"), ("C", ..., "C"), ("A", False, ""), ("a", True, ""), (None, None, "")],
)
def test_an_attestation_that_failed_is_none(level, validated, kept):
    event = arrived(shaken_stir_attestation=level, shaken_stir_validated=validated)
    assert event.attestation == kept


def test_a_lead_field_that_cannot_be_kept_does_not_cost_the_call():
    headers = [("X-Lead-A", "x" * 257), ("X-Lead-B", "a\0b"), ("X-Lead-", "x"), ("X-Lead-C", " ")]
    headers += [("X-Lead-Name", "first"), ("X-Lead-Name", "second")]
    named = [{"name": name, "value": value} for name, value in headers]
    assert arrived(custom_headers=named, caller_id_name="CNAM").lead == {"name": "first"}
    assert arrived().lead is None


def test_news_of_a_buyers_leg_carry_its_leg():
    event = read_webhook(webhook("call.initiated", direction="outgoing", client_state=state(3)))
    assert event == Ringing(**OURS, leg=3)


@pytest.mark.parametrize(
    ("name", "payload", "event"),
    [
        ("call.answered", {}, Answered(**OURS, leg=2)),
        ("call.bridged", {}, Joined(**OURS, leg=2)),
        ("call.speak.ended", {"status": "completed"}, Spoken(**OURS, leg=2)),
        (
            "call.gather.ended",
            {"status": "valid", "digits": "90210"},
            Gathered(**OURS, leg=2, digits="90210"),
        ),
        ("call.gather.ended", {"status": "valid", "digits": "9\0"}, Gathered(**OURS, leg=2)),
        ("call.gather.ended", {"status": "invalid", "digits": "9"}, Gathered(**OURS, leg=2)),
        ("call.gather.ended", {"status": "timeout", "digits": None}, Gathered(**OURS, leg=2)),
        ("call.dtmf.received", {"digit": "1"}, Other(**OURS, leg=2, name="call.dtmf.received")),
        ("call.nobody.knows", {}, Other(**OURS, leg=2, name="call.nobody.knows")),
    ],
)
def test_news(name, payload, event):
    assert read_webhook(webhook(name, client_state=state(2), **payload)) == event


@pytest.mark.parametrize(
    ("hangup_cause", "sip_code", "cause"),
    [
        ("user_busy", "486", "busy"),
        ("no_answer", "480", "no_answer"),
        ("timeout", "487", "no_answer"),
        ("call_rejected", "603", "declined"),
        ("not_found", "404", "bad_number"),
        ("originator_cancel", "487", "cancelled"),
        ("normal_clearing", "unspecified", "completed"),
        ("time_limit", "unspecified", "max_duration"),
        ("unspecified", "600", "busy"),
        ("unspecified", "408", "no_answer"),
        ("unspecified", "403", "declined"),
        ("unspecified", "484", "bad_number"),
        ("unspecified", "488", "carrier_error"),
        ("unspecified", "503", "carrier_error"),
        ("unspecified", "unspecified", "unknown"),
        ("a_new_one", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_how_a_leg_ended(hangup_cause, sip_code, cause):
    body = webhook("call.hangup", hangup_cause=hangup_cause, sip_hangup_cause=sip_code)
    assert read_webhook(body) == Ended(**OURS, leg=0, cause=cause)


@pytest.mark.parametrize(
    ("leg", "hangup_cause", "source", "ours", "left"),
    [
        (0, "normal_clearing", "caller", {}, True),
        (0, "originator_cancel", "caller", {}, True),
        (0, "normal_clearing", "callee", {}, False),
        (1, "normal_clearing", "caller", {}, True),
        (1, "normal_clearing", "callee", {}, False),
        (1, "originator_cancel", "caller", {}, True),
        (1, "originator_cancel", "caller", {"h": 1}, False),  # We cancelled, not the caller.
        (1, "call_rejected", "caller", {}, False),  # As in the carrier's own example.
        (1, "timeout", "unknown", {}, False),
    ],
)
def test_whether_the_caller_left(leg, hangup_cause, source, ours, left):
    told = {"hangup_cause": hangup_cause, "hangup_source": source}
    event = read_webhook(webhook("call.hangup", client_state=state(leg, **ours), **told))
    assert isinstance(event, Ended)
    assert event.caller_left is left


def test_news_we_do_not_act_on_need_no_handles():
    gone = {"call_control_id": ..., "call_session_id": 7, "client_state": "somebody else's"}
    event = read_webhook(webhook("call.cost", **gone))
    assert (event.ref, event.call_ref, event.call_id) == ("", "", None)


def test_a_leg_that_we_did_not_dial_moves_nothing():
    body = webhook("call.initiated", direction="outgoing", client_state=None)
    assert isinstance(read_webhook(body), Other)


@pytest.mark.parametrize(
    ("written", "ms"),
    [
        ("2018-02-02T22:25:27.521992Z", 1517610327521),
        ("2018-02-02T22:25:27.001Z", 1517610327001),
        ("2018-02-02T22:25:27Z", 1517610327000),
        ("2018-02-02T23:25:27.999999+01:00", 1517610327999),
        ("2026-11-23T09:00:00.290Z", 1795424400290),  # As a float, 289.99 would be 289.
    ],
)
def test_a_time_is_exact_to_the_millisecond(written, ms):
    body = webhook("call.bridged").replace(b"2018-02-02T22:25:27.521992Z", written.encode())
    assert read_webhook(body).at_ms == ms


BAD = [
    ("body", b""),
    ("body", b"\xff"),
    ("body", b"[]"),
    ("body", b"[" * 5000),
    ("body", b" " * 300_000),
    ("data", b"{}"),
    ("data.event_type", b'{"data": {"payload": {}}}'),
    ("data.payload", b'{"data": {"event_type": "call.answered"}}'),
    ("data.id", webhook("call.answered").replace(b'"0ccc7b54', b'"\\u0000')),
    ("data.occurred_at", webhook("call.answered").replace(b"22:25:27", b"25:25:27")),
    ("data.occurred_at", webhook("call.answered").replace(b"992Z", b"992")),
    ("data.occurred_at", webhook("call.answered").replace(b"2018-", b"0018-")),
    ("data.payload.call_control_id", webhook("call.answered", call_control_id=...)),
    ("data.payload.call_session_id", webhook("call.answered", call_session_id="x" * 257)),
    ("data.payload.client_state", webhook("call.answered", client_state="aGVsbG8=")),
    ("data.payload.client_state", webhook("call.answered", client_state=state(-1))),
    ("data.payload.client_state", webhook("call.answered", client_state=state(True))),
    ("data.payload.client_state", webhook("call.answered", client_state=state(1, c=CALL[1:]))),
    ("data.payload.direction", webhook("call.initiated", direction="sideways")),
    ("data.payload.to", arrival(to=None)),
    ("data.payload.from", arrival(**{"from": 1})),
    ("data.payload.custom_headers", arrival(custom_headers={})),
    ("data.payload.custom_headers[0].value", arrival(custom_headers=[{"name": "X-Lead-A"}])),
    ("data.payload.digits", webhook("call.gather.ended", digits=90210)),
    ("data.payload.hangup_cause", webhook("call.hangup", hangup_cause=[])),
]


@pytest.mark.parametrize(("field", "body"), BAD)
def test_what_does_not_fit_is_named(field, body):
    with pytest.raises(MalformedWebhook) as caught:
        read_webhook(body)
    assert caught.value.field == field


def read_whatever(body):
    with suppress(MalformedWebhook):
        assert isinstance(read_webhook(body), CarrierEvent)


@given(st.binary())
def test_arbitrary_bytes_raise_nothing_else(body):
    read_whatever(body)


PLAIN = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text()
JSON = PLAIN | st.lists(PLAIN, max_size=3) | st.dictionaries(st.text(), PLAIN, max_size=3)
NAMES = ["call.initiated", "call.hangup", "call.gather.ended", "call.answered", "call.other"]
DIRECTIONS = st.sampled_from(["incoming", "outgoing"])
FIELDS = list(orjson.loads(webhook("x"))["data"]["payload"])
FIELDS += ["direction", "custom_headers", "digits", "status", "hangup_cause", "hangup_source"]
FIELDS += ["sip_hangup_cause", "shaken_stir_attestation", "caller_id_name"]


@given(
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(FIELDS), JSON | DIRECTIONS, max_size=4),
)
@example("call.initiated", {"direction": "incoming", "custom_headers": [{"name": {}}]})
def test_arbitrary_fields_raise_nothing_else(name, payload):
    read_whatever(webhook(name, **payload))


@given(JSON, JSON)
def test_arbitrary_envelopes_raise_nothing_else(outer, occurred_at):
    read_whatever(orjson.dumps({"data": outer}))
    body = orjson.loads(webhook("call.answered"))
    body["data"]["occurred_at"] = occurred_at
    read_whatever(orjson.dumps(body))


def test_an_error_shows_nothing_of_what_was_found():
    body = webhook("call.initiated", direction="Ada Lovelace, +12025550133")
    with pytest.raises(MalformedWebhook) as caught:
        read_webhook(body)
    assert "Ada" not in str(caught.value)
