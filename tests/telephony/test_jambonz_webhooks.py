"""jambonz' webhooks in our words; its library checks the signature as we do."""

import time
from urllib.parse import urlencode, urlsplit

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctiond.sandbox.carrier.jambonz import Jambonz as Sandbox
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
    Ringing,
    Say,
    Screening,
    Spoken,
)
from telephony._carrier import Webhook
from telephony._jambonz_webhooks import READERS
from telephony._neutral import MalformedWebhook
from telephony.jambonz import CARRIER
from tests.telephony.jambonz_kit import (
    BASE,
    CALL,
    CHILD,
    HOOK,
    ID,
    JAMBONZ,
    LEG,
    NOW,
    REF,
    SECRET,
    VALUES,
)


def read(told, kind="", leg=0, **more):
    query = {"k": kind, "c": CALL.hex, "l": leg, "i": ID.hex} | more if kind else {}
    return CARRIER.read_webhook(Webhook(orjson.dumps(told), {}, urlencode(query), NOW))


def kinds(news):
    return [type(one) for one in news]


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=5))
def test_jambonzs_library_agrees_with_us_on_the_signature(told):
    from jambonz_sdk._signature import verify_signature  # Slow: not where tests are collected.

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


def test_a_body_that_was_caught_is_good_for_the_address_alone_that_it_was_sent_to():
    (_, redirect) = orjson.loads(JAMBONZ.write_document(Say(CALL, REF, ID, "hello")))
    own = urlsplit(redirect["actionHook"]).query
    request, now_ms = Sandbox(SECRET).write(HOOK, BASE), round(time.time() * 1000)
    of_portal = ["", "k=status", "w=2", "w=2&k=status"]
    others = [own.replace("k=said", "k=gathered"), own.replace("l=0", "l=1"), own[:-1], own + "0"]
    others += [own.partition("&s=")[0], f"c={CALL.hex}&l=0", f"k=status&c={CALL.hex}&l=0"]
    for query in (own, *of_portal, *others):
        webhook = Webhook(request.body, request.headers, query, now_ms)
        assert JAMBONZ.is_genuine(webhook) is (query not in others), query


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
        ({"call_status": "completed", "duration": 30}, [Joined, Ended]),
        ({"call_status": "completed", "duration": 0}, [Ended]),
        ({"call_status": "busy", "duration": 30}, [Ended]),
        (
            {
                "call_status": "completed",
                "duration": 30,
                "customerData": {"c": CALL.hex, "l": 2, "s": 1},
            },
            [Ended],
        ),
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
    *_, event = read(LEG | {"call_status": status, "sip_status": code, "duration": 30}, "leg", 2)
    assert (event.cause, event.lasted_ms) == (cause, lasted_ms)


def test_who_presses_one_has_answered_and_is_joined():
    assert kinds(read(LEG | {"digits": "1"}, "pressed", 2)) == [Pressed, Answered, Joined]
    assert kinds(read(LEG | {"digits": "2"}, "pressed", 2)) == [Pressed]
    assert kinds(read(LEG, "whispered", 2)) == [Answered, Joined]
    assert kinds(read(LEG | {"type": "amd_machine_detected"}, "machine", 2)) == [MachineHeard]
    assert kinds(read(LEG | {"type": "amd_human_detected"}, "machine", 2)) == [Other]


def test_the_end_of_several_that_rang_at_once_is_of_none_of_them_alone():
    over = {"dial_call_status": "no-answer", "dial_call_sid": "b", "dial_sip_status": 480}
    (event,) = read(BASE | over, "rung", 0, o=2)
    assert (type(event), event.leg, event.ref, event.cause) == (Ended, 2, "", "no_answer")


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


@pytest.mark.parametrize("told", ["k=said&l=", "k=gathered&l=0&n=", "k=moved&l=0&o="])
def test_a_number_of_thousands_of_digits_is_malformed_and_no_crash(told):
    query = f"c={'0' * 32}&{told}{'1' * 5000}"
    with pytest.raises(MalformedWebhook):
        CARRIER.read_webhook(Webhook(b'{"call_sid": "1", "digits": "1"}', query=query))
