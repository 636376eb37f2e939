"""Our commands as TwiML: each is the document that Twilio's own library writes for it."""

from urllib.parse import parse_qsl, urlsplit
from uuid import UUID
from xml.etree import ElementTree

import pytest
from twilio.twiml.voice_response import Dial as DialVerb
from twilio.twiml.voice_response import Gather as GatherVerb
from twilio.twiml.voice_response import VoiceResponse

from market.phone import (
    Answer,
    Command,
    Dial,
    DialAny,
    Gather,
    Hangup,
    Play,
    Reject,
    Say,
    SendDigits,
    StopPlay,
    Transfer,
)
from telephony._carrier import Ask, Webhook
from telephony._marks import read_mark
from telephony.twilio import CARRIER

CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
REF = "CA1234567890ABCDE"
HOOK = "https://calls.example.com/hooks/twilio"
TWILIO = CARRIER(
    {"account_sid": "AC1", "auth_token": "secret", "api_url": "https://api.twilio.com"}, HOOK
)
TO, OURS = "+13105550111", "+12025550131"
VOICE = {"voice": "Polly.Joanna-Neural", "language": "en-US"}


def at(kind, leg=0, command=ID, **more):
    told = {"k": kind, "c": CALL.hex, "l": leg} | ({"i": command.hex} if command else {}) | more
    query = "&".join(f"{key}={value}" for key, value in told.items())
    return f"{HOOK}?{query}#rc=5&rp=ct,rt,5xx"  # It asks again where we were not heard.


def said(kind="said"):
    return {"url": at(kind), "method": "POST"}


def dial(then, number, **more):
    verb = DialVerb(action=at(then, o=3), caller_id=OURS, timeout=21, time_limit=7200)
    verb.number(
        number,
        status_callback=at("leg", 3, None),
        status_callback_event="initiated ringing answered completed",
        **more,
    )
    return VoiceResponse().append(verb)


def gathering(number, finish, least, **asked):
    verb = GatherVerb(
        input="dtmf",
        num_digits=number,
        finish_on_key=finish,
        timeout=8,
        action=at("gathered", n=least),
        action_on_empty_result="true",
    )
    if "play" in asked:
        verb.play(asked["play"])
    else:
        verb.say(asked["say"], **VOICE)
    return VoiceResponse().append(verb)


def response(*verbs):
    made = VoiceResponse()
    for name, args, more in verbs:
        getattr(made, name)(*args, **more)
    return made


REDIRECTED = ("redirect", (), said())
CASES = [
    (
        Answer(CALL, REF, ID),
        response(("play", (), {"digits": "w"}), ("redirect", (), said("answered"))),
    ),
    (Reject(CALL, REF, ID, "busy"), response(("reject", (), {"reason": "busy"}))),
    (Reject(CALL, REF, ID, "not_found"), response(("reject", (), {"reason": "rejected"}))),
    (Hangup(CALL, REF, ID, 0), response(("hangup", (), {}))),
    (Say(CALL, REF, ID, "A & B <c>"), response(("say", ("A & B <c>",), VOICE), REDIRECTED)),
    (
        Say(CALL, REF, ID, "Hola", "es-MX"),
        response(("say", ("Hola",), {"language": "es-MX"}), REDIRECTED),
    ),
    (
        Play(CALL, REF, ID, "https://x.example/a.mp3"),
        response(("play", ("https://x.example/a.mp3",), {"loop": 0})),
    ),
    (
        Play(CALL, REF, ID, "https://x.example/a.mp3", once=True),
        response(("play", ("https://x.example/a.mp3",), {}), REDIRECTED),
    ),
    (
        SendDigits(CALL, REF, ID, "ww12#"),
        response(("play", (), {"digits": "ww12#"}), ("redirect", (), said("sent"))),
    ),
    (Gather(CALL, REF, ID, "Zip?", 5, 7.5), gathering(5, "#", 5, say="Zip?")),
    (
        Gather(CALL, REF, ID, "", 1, 8, least=1, play="https://x.example/m.mp3"),
        gathering(1, "", 1, play="https://x.example/m.mp3"),
    ),
    (Dial(CALL, REF, ID, 3, TO, OURS, 20.2), dial("dialed", TO)),
    (
        Dial(CALL, REF, ID, 3, TO, OURS, 20.2, no_machine=True),
        dial(
            "dialed",
            TO,
            machine_detection="Enable",
            amd_status_callback=at("machine", 3, None),
        ),
    ),
    (Transfer(CALL, REF, ID, 3, TO, OURS, 21.0), dial("moved", TO)),
]


def same(document, expected):
    """Compare two documents but for the order of attributes."""
    ours, theirs = (ElementTree.fromstring(one) for one in (document, str(expected)))
    return ElementTree.canonicalize(ElementTree.tostring(ours)) == ElementTree.canonicalize(
        ElementTree.tostring(theirs)
    )


@pytest.mark.parametrize(("command", "expected"), CASES, ids=[type(c[0]).__name__ for c in CASES])
def test_a_command_is_the_document_that_twilios_library_writes(command, expected):
    document = TWILIO.write_document(command)
    assert same(document, expected), document.decode()


def test_every_command_is_a_document_or_a_request_or_nothing():
    for kind in Command.__subclasses__():
        command = kind(CALL, REF, ID)
        if kind.__name__ in ("Bridge", "RingToo"):  # Twilio does both by its Dial.
            continue
        done = TWILIO.write_document(command) or TWILIO.write_command(command)
        assert (done is None) == (kind is StopPlay), kind.__name__


def test_a_sip_address_is_dialled_as_one():
    document = TWILIO.write_document(Dial(CALL, REF, ID, 1, "sip:a@b.example;x=1&y=2", OURS))
    (sip,) = ElementTree.fromstring(document).iter("Sip")
    assert sip.text == "sip:a@b.example;x=1&y=2"


def webhook(kind, leg=1, **told):
    body = "&".join(f"{key}={value}" for key, value in {"CallSid": "CA2", **told}.items())
    return Webhook(body.encode(), {}, urlsplit(at(kind, leg)).query, 5)


def screened(**more):
    """Return the query that Twilio comes with when the buyer has answered."""
    document = TWILIO.write_document(Dial(CALL, REF, ID, 1, TO, OURS, **more))
    (number,) = ElementTree.fromstring(document).iter("Number")
    assert read_mark(urlsplit(number.get("statusCallback")).query).kind == "screened"
    return urlsplit(number.get("url")).query


def test_who_is_to_press_one_is_asked_and_joined_by_an_empty_document():
    query = screened(whisper="Auto & home", press_one=True)
    ask = Webhook(b"CallSid=CA2&CallStatus=in-progress", {}, query, 5)
    assert TWILIO.read_ask(ask) is None
    (gather,) = ElementTree.fromstring(TWILIO.write_reply(ask))
    assert gather.find("Say").text == "Auto & home"
    assert dict(parse_qsl(urlsplit(gather.get("action")).query))["k"] == "pressed"
    assert TWILIO.write_reply(webhook("pressed", Digits="1")).endswith(b"<Response/>")
    for digits in ("2", ""):
        assert b"<Hangup/>" in TWILIO.write_reply(webhook("pressed", Digits=digits))


def test_after_a_whisper_they_are_joined():
    query = screened(whisper_url="https://x.example/w.mp3")
    ask = Webhook(b"CallSid=CA2&CallStatus=in-progress", {}, query, 5)
    play, redirect = ElementTree.fromstring(TWILIO.write_reply(ask))
    assert (play.tag, play.text) == ("Play", "https://x.example/w.mp3")
    assert dict(parse_qsl(urlsplit(redirect.text).query))["k"] == "whispered"
    assert TWILIO.write_reply(webhook("whispered")).endswith(b"<Response/>")


def test_several_ring_at_once_and_one_address_hears_of_each():
    command = DialAny(CALL, REF, ID, 2, (TO, "sip:a@b.example"), OURS)
    (dial,) = ElementTree.fromstring(TWILIO.write_document(command))
    assert [(noun.tag, noun.text) for noun in dial] == [("Number", TO), ("Sip", "sip:a@b.example")]
    assert len({noun.get("statusCallback") for noun in dial}) == 1
    assert read_mark(urlsplit(dial.get("action")).query).kind == "rung"


ASKING = ["answered", "said", "gathered", "dialed", "rung", "wait", "fetch", "out"]


@pytest.mark.parametrize("kind", ASKING)
def test_these_ask_for_the_next_command(kind):
    named = (ID.hex, "") if kind == "fetch" else ("", ID.hex)  # The others: what is over.
    assert TWILIO.read_ask(webhook(kind, CallStatus="in-progress")) == Ask("CA2", *named)
    assert TWILIO.read_ask(webhook(kind, CallStatus="completed")) is None


def test_while_there_is_nothing_to_do_a_leg_is_picked_up_and_asks_again():
    document = ElementTree.fromstring(TWILIO.write_wait(webhook("said", 0), "a1"))
    assert [verb.tag for verb in document] == ["Play", "Pause", "Redirect"]
    assert read_mark(urlsplit(document[2].text).query).kind == "wait"
