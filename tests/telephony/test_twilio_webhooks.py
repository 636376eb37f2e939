"""Twilio's webhooks, as its documentation shows them, in our words."""

from urllib.parse import urlencode
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Ended,
    Gathered,
    Joined,
    MachineHeard,
    Other,
    Pressed,
    RecordingFailed,
    RecordingSaved,
    Ringing,
    Screening,
    Spoken,
)
from telephony._carrier import Webhook
from telephony._neutral import MalformedWebhook
from telephony._twilio_webhooks import READERS
from telephony.twilio import CARRIER

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
SID, CHILD = "CA5ef8732a3c49700934481addd5ce1659", "CA1234567890ABCDE1234567890abcde12"
NOW = 1_795_000_000_123
FIRST = {
    "CallSid": SID,
    "AccountSid": "AC5ef8732a3c49700934481addd5ce1659",
    "From": "+14158675309",
    "To": "+18005551212",
    "CallStatus": "ringing",
    "ApiVersion": "2010-04-01",
    "Direction": "inbound",
    "CallerName": "LOVELACE A",
    "StirVerstat": "TN-Validation-Passed-A",
}
STATUS = {
    "CallSid": CHILD,
    "ParentCallSid": SID,
    "From": "+18005551212",
    "To": "+13105550111",
    "CallbackSource": "call-progress-events",
    "Timestamp": "Tue, 31 Mar 2020 19:36:36 +0000",
}
STAMP = 1_585_683_396_000


def read(form, kind="", leg=0, **more):
    told = {"k": kind, "c": CALL.hex, "l": leg, "i": ID.hex} | more if kind else {}
    return CARRIER.read_webhook(Webhook(urlencode(form).encode(), {}, urlencode(told), NOW))


def test_a_call_arrives():
    (event,) = read(
        FIRST | {"SipHeader_X-Lead-Email": "ada@example.com", "SipHeader_X-Bid-Id": "b1"}
    )
    assert isinstance(event, Arrived)
    assert (event.carrier, event.call_ref, event.ref, event.at_ms) == ("twilio", SID, SID, NOW)
    assert (event.caller, event.dialled) == ("+14158675309", "+18005551212")
    assert (event.attestation, event.bid) == ("A", "b1")
    assert event.lead == {"email": "ada@example.com", "name": "LOVELACE A"}


@pytest.mark.parametrize(
    ("verstat", "level"),
    [
        ("TN-Validation-Passed-B", "B"),
        ("TN-Validation-Passed-C-Diverted", "C"),
        ("TN-Validation-Passed-A-Passthrough", "A"),
        ("TN-Validation-Failed-A", ""),
        ("TN-Validation-Passed-A-Whatever", ""),
        ("No-TN-Validation", ""),
        ("", ""),
    ],
)
def test_only_what_passed_is_attested(verstat, level):
    assert read(FIRST | {"StirVerstat": verstat})[0].attestation == level


@pytest.mark.parametrize("caller", ["+266696687", "anonymous", "Restricted", "", "+7"])
def test_who_withholds_the_number_has_none(caller):
    assert read(FIRST | {"From": caller})[0].caller == ""


def test_the_end_of_an_incoming_call_comes_to_the_numbers_own_address():
    over = FIRST | {"CallStatus": "completed", "Timestamp": STATUS["Timestamp"]}
    (event,) = read(over)
    assert isinstance(event, Ended)
    assert (event.call_ref, event.leg, event.at_ms, event.cause) == (SID, 0, STAMP, "completed")


@pytest.mark.parametrize(
    ("kind", "form", "event"),
    [
        ("answered", {}, (Answered, SID, SID, 0, NOW)),
        ("said", {}, (Spoken, SID, SID, 0, NOW)),
        ("gathered", {"Digits": "90210"}, (Gathered, SID, SID, 0, NOW)),
        ("out", {}, (Answered, SID, SID, 0, NOW)),
        ("wait", {}, (Other, SID, SID, 0, NOW)),
        ("fetch", {}, (Other, SID, SID, 0, NOW)),
    ],
)
def test_a_document_is_over(kind, form, event):
    (one,) = read(FIRST | {"CallStatus": "in-progress"} | form, kind)
    assert (type(one), one.call_ref, one.ref, one.leg, one.at_ms) == event
    assert one.call_id == CALL


@pytest.mark.parametrize(
    ("digits", "least", "heard"),
    [("90210", 5, "90210"), ("902", 5, ""), ("902", 1, "902"), ("", 5, ""), ("9x", 1, "")],
)
def test_what_was_pressed_counts_from_so_many_digits_on(digits, least, heard):
    form = FIRST | {"CallStatus": "in-progress", "Digits": digits}
    assert read(form, "gathered", n=least)[0].digits == heard


def test_a_document_that_ends_with_the_call_tells_that_too():
    news = read(FIRST | {"CallStatus": "completed"}, "gathered")
    assert [type(one) for one in news] == [Gathered, Ended]
    assert news[0].event_id != news[1].event_id
    assert news[1].leg == 0


@pytest.mark.parametrize(
    ("kind", "status", "events"),
    [
        ("leg", "initiated", [Ringing]),
        ("leg", "ringing", [Ringing]),
        ("leg", "in-progress", [Answered, Joined]),
        ("screened", "in-progress", [Screening]),
        ("leg", "completed", [Ended]),
    ],
)
def test_the_status_of_a_leg_that_was_dialled(kind, status, events):
    news = read(STATUS | {"CallStatus": status}, kind, 2)
    assert [type(one) for one in news] == events
    assert {(one.call_ref, one.ref, one.leg) for one in news} == {(SID, CHILD, 2)}


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        ("busy", "486", "busy"),
        ("no-answer", "480", "no_answer"),
        ("canceled", "487", "cancelled"),
        ("failed", "404", "bad_number"),
        ("failed", "603", "declined"),
        ("failed", "503", "carrier_error"),
        ("failed", "", "unknown"),
        ("completed", "200", "completed"),
    ],
)
def test_how_a_leg_ended(status, code, cause):
    (event,) = read(STATUS | {"CallStatus": status, "SipResponseCode": code}, "leg", 1)
    assert event.cause == cause


@pytest.mark.parametrize(
    ("status", "bridged", "event"),
    [
        ("busy", "false", (Ended, 2, "busy")),
        ("no-answer", "false", (Ended, 2, "no_answer")),
        ("canceled", "false", (Ended, 2, "cancelled")),
        ("completed", "false", (Ended, 2, "declined")),  # Answered, and did not press 1.
        ("completed", "true", (Other, 0, None)),  # When that was, the leg's own status says.
    ],
)
def test_a_dial_is_over(status, bridged, event):
    form = FIRST | {"CallStatus": "in-progress", "DialCallStatus": status}
    (one,) = read(form | {"DialBridged": bridged, "DialCallSid": CHILD}, "dialed", o=2)
    assert (type(one), one.leg, getattr(one, "cause", None)) == event


def test_who_presses_one_has_answered_and_is_joined():
    form = STATUS | {"CallStatus": "in-progress"}
    assert [type(one) for one in read(form | {"Digits": "1"}, "pressed", 1)] == [
        Pressed,
        Answered,
        Joined,
    ]
    (pressed,) = read(form | {"Digits": "2"}, "pressed", 1)
    assert pressed.accepted is False
    assert [type(one) for one in read(form, "whispered", 1)] == [Answered, Joined]
    assert [type(one) for one in read(form | {"CallStatus": "completed"}, "whispered", 1)] == [
        Other
    ]


@pytest.mark.parametrize(
    ("heard", "kind"),
    [("machine_start", MachineHeard), ("fax", MachineHeard), ("human", Other), ("unknown", Other)],
)
def test_only_what_is_surely_a_machine_is_one(heard, kind):
    assert [type(one) for one in read(STATUS | {"AnsweredBy": heard}, "machine", 1)] == [kind]


def test_the_end_of_several_that_rang_at_once_is_of_none_of_them_alone():
    over = FIRST | {"CallStatus": "in-progress", "DialCallSid": CHILD}
    (event,) = read(over | {"DialCallStatus": "no-answer"}, "rung", o=3)
    assert (type(event), event.leg, event.ref, event.cause) == (Ended, 3, "", "no_answer")
    assert [type(one) for one in read(over | {"DialCallStatus": "completed"}, "rung", o=3)] == [
        Other  # Of who talked, its own status tells.
    ]


def test_a_recording_is_saved():
    form = {
        "CallSid": SID,
        "RecordingSid": "RE1",
        "RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE1",
        "RecordingStatus": "completed",
        "RecordingDuration": "61",
        "RecordingChannels": "2",
    }
    (event,) = read(form, "saved")
    assert isinstance(event, RecordingSaved)
    assert (event.recording, event.url) == ("RE1", form["RecordingUrl"])
    assert (event.duration_ms, event.channels) == (61_000, "dual")
    (failed,) = read(form | {"RecordingStatus": "absent"}, "saved")
    assert isinstance(failed, RecordingFailed)
    assert event.command == failed.command == ID, "whose news it is"


def test_the_same_webhook_again_is_the_same_news_and_no_other_is():
    first, again = read(FIRST)[0], read(FIRST)[0]
    assert first.event_id == again.event_id
    others = [
        read(FIRST | {"To": "+18005551213"}),
        read(FIRST | {"CallStatus": "in-progress"}, "said"),
    ]
    assert len({first.event_id, *(one[0].event_id for one in others)}) == 3


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"", ""),
        (b"\xff", ""),
        (b"CallSid=", ""),
        (b"CallSid=%00", ""),
        (b"CallSid=CA1&Direction=inbound", ""),
        (b"CallSid=CA1", "k=nobody"),
        (b"CallSid=CA1", "k=said&c=zz&l=0"),
        (b"CallSid=CA1", f"k=said&c={CALL.hex}&l=100"),
        (b"CallSid=CA1", f"k=said&c={CALL.hex}&l=-1"),
        (b"CallSid=CA1&DialCallStatus=what", f"k=dialed&c={CALL.hex}&l=0&o=1"),
        (b"CallSid=CA1&DialCallStatus=busy", f"k=dialed&c={CALL.hex}&l=0&o=x"),
        (b"CallSid=CA1&RecordingStatus=completed", f"k=saved&c={CALL.hex}&l=0"),
        (b"CallSid=CA1" + b"&a=b" * 300, ""),
    ],
)
def test_what_is_wrong_is_named_and_nothing_of_it_is_shown(body, query):
    with pytest.raises(MalformedWebhook) as caught:
        CARRIER.read_webhook(Webhook(body, {}, query, NOW))
    assert "+1" not in str(caught.value)


@given(
    st.dictionaries(st.sampled_from(sorted({*FIRST, *STATUS, "Digits"})), st.text(max_size=30)),
    st.sampled_from(sorted(READERS)),
)
def test_whatever_comes_is_news_or_malformed(form, kind):
    try:
        news = read(form, kind, 1, o=1)
    except MalformedWebhook:
        return
    assert news
    assert all(isinstance(one, CarrierEvent) for one in news)


@pytest.mark.parametrize("told", ["k=said&l=", "k=gathered&l=0&n=", "k=moved&l=0&o="])
def test_a_number_of_thousands_of_digits_is_malformed_and_no_crash(told):
    query = f"c={'0' * 32}&{told}{'1' * 5000}"
    with pytest.raises(MalformedWebhook):
        CARRIER.read_webhook(Webhook(b"CallSid=CA1&Digits=1", query=query))
