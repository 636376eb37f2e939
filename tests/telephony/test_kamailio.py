"""Our own SIP edge as a carrier: its news, our commands, and what a proxy cannot do."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import orjson
import pytest

from market.http import HttpReply
from market.phone import (
    Answer,
    Answered,
    Arrived,
    CallOut,
    CarrierError,
    Dial,
    Ended,
    Gather,
    Gathered,
    Hangup,
    Joined,
    LegGone,
    LegStatus,
    Play,
    Reject,
    Ringing,
    Say,
    Spoken,
    StopPlay,
)
from telephony._carrier import Webhook
from telephony._neutral import MalformedWebhook
from telephony.kamailio import Kamailio, read_webhook, signature_of

CALL, COMMAND = UUID(int=1), UUID(int=2)
TX, AT_MS = "4034:1849", 1_796_029_528_335
EDGE = Kamailio({"api_url": "http://10.0.0.5:5062/", "api_key": "k"}, "http://x/hooks/kamailio")
SHARED = {"event_id": "e", "call_ref": "1-2@10.0.0.9", "call_id": CALL, "at_ms": AT_MS}
CALLER = SHARED | {"ref": TX, "leg": 0, "carrier": "kamailio"}
BUYER = SHARED | {"ref": f"{TX}:2", "leg": 2, "carrier": "kamailio"}


def news(event: str, **more: object) -> list:
    told = {
        "id": "e",
        "event": event,
        "call": "1-2@10.0.0.9",
        "tx": TX,
        "leg": 2,
        "at": "1796029528.335882",
        "c": CALL.hex,
    }
    return list(read_webhook(Webhook(orjson.dumps(told | more))))


def second(fields: dict) -> dict:
    return fields | {"event_id": "e+1"}


def test_a_call_arrives_with_what_its_headers_tell():
    lead = {"name": "Ada Lovelace", "email": "ada@mail.example", "zip": "", "phone": ""}
    (found,) = news(
        "arrived",
        leg=0,
        c="",
        **{"from": "2125550101", "to": "18005550100", "attestation": "A", "bid": "b-1"},
        name="WIRELESS CALLER",
        lead=lead,
    )
    assert found == Arrived(
        **CALLER | {"call_id": None},
        caller="+12125550101",
        dialled="+18005550100",
        attestation="A",
        bid="b-1",
        lead={"name": "Ada Lovelace", "email": "ada@mail.example"},
    )


def test_who_withholds_the_number_is_nobody_and_nonsense_is_left_out():
    (found,) = news(
        "arrived", c="", **{"from": "anonymous", "to": "desk"}, attestation="Z", bid="a b", name=""
    )
    assert (found.caller, found.dialled, found.attestation) == ("", "desk", "")
    assert (found.bid, found.lead) == ("", None)


@pytest.mark.parametrize(
    ("event", "more", "found"),
    [
        ("held", {}, [Answered(**CALLER)]),
        ("skipped", {"skipped": "say"}, [Spoken(**CALLER)]),
        ("skipped", {"skipped": "gather"}, [Gathered(**CALLER)]),
        ("ringing", {}, [Ringing(**BUYER)]),
        ("joined", {}, [Answered(**BUYER), Joined(**second(BUYER))]),
        ("failed", {"code": 486, "timeout": 0}, [Ended(**BUYER, cause="busy")]),
        ("failed", {"code": 603, "timeout": 0}, [Ended(**BUYER, cause="declined")]),
        ("failed", {"code": 408, "timeout": 1}, [Ended(**BUYER, cause="no_answer")]),
        ("failed", {"code": 503, "timeout": 0}, [Ended(**BUYER, cause="carrier_error")]),
        ("failed", {"code": 404, "timeout": 0}, [Ended(**BUYER, cause="bad_number")]),
        ("failed", {"code": 487, "by": "us"}, [Ended(**BUYER, cause="cancelled")]),
        ("failed", {"code": 799}, [Ended(**BUYER, cause="unknown")]),
        (
            "ended",
            {"by": "caller"},
            [
                Ended(**BUYER, cause="completed", caller_left=True),
                Ended(**second(CALLER), cause="completed"),
            ],
        ),
        (
            "ended",
            {"by": "lost caller", "joined": "1796029500.000001", "until": "1796029521.000000"},
            [
                replace(Joined(**BUYER), at_ms=1_796_029_500_000),
                replace(
                    Ended(**second(BUYER), cause="vanished", caller_left=True),
                    at_ms=1_796_029_521_000,
                ),
                replace(
                    Ended(**CALLER | {"event_id": "e+2"}, cause="vanished"), at_ms=1_796_029_521_000
                ),
            ],
        ),
        (
            "ended",
            {"by": "callee", "joined": "1796029500.000001"},
            [
                replace(Joined(**BUYER), at_ms=1_796_029_500_000),
                Ended(**second(BUYER), cause="completed"),
                Ended(**(CALLER | {"event_id": CALLER["event_id"] + "+2"}), cause="completed"),
            ],
        ),
        (
            "ended",
            {"by": "limit"},
            [Ended(**BUYER, cause="max_duration"), Ended(**second(CALLER), cause="max_duration")],
        ),
        (
            "over",
            {"by": "caller", "code": 487},
            [Ended(**CALLER, cause="cancelled", caller_left=True)],
        ),
        (
            "over",
            {"by": "caller", "code": 487, "rang": 1},
            [
                Ended(**BUYER, cause="cancelled", caller_left=True),
                Ended(**second(CALLER), cause="cancelled", caller_left=True),
            ],
        ),
        ("over", {"by": "us", "code": 480}, [Ended(**CALLER, cause="completed")]),
        ("over", {"code": "overflow"}, [Ended(**CALLER, cause="carrier_error")]),
    ],
)
def test_what_the_edge_tells(event, more, found):
    assert news(event, **more) == found


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"event": "dreamt"}, "event"),
        ({"tx": "somewhere"}, "tx"),
        ({"leg": "2"}, "leg"),
        ({"leg": 100}, "leg"),
        ({"c": "ff"}, "c"),
        ({"at": "yesterday"}, "at"),
        ({"id": ""}, "id"),
        ({"call": 7}, "call"),
        ({"event": "arrived", "lead": [1]}, "lead"),
    ],
)
def test_nonsense_is_named_by_its_field(more, field):
    with pytest.raises(MalformedWebhook) as error:
        news(**{"event": "held", **more})
    assert error.value.field == field


def test_only_who_has_the_key_can_sign_and_only_for_a_while():
    body, now_ms = b'{"event":"held"}', 1_796_029_528_000
    good = f"t=1796029528&s={signature_of('k', '1796029528', body)}"
    assert EDGE.is_genuine(Webhook(body, {}, good, now_ms))
    assert EDGE.is_genuine(Webhook(body, {}, "w=2&" + good, now_ms + 299_000))
    assert not EDGE.is_genuine(Webhook(body, {}, good, now_ms + 301_000))
    assert not EDGE.is_genuine(Webhook(body + b" ", {}, good, now_ms))
    wrong = f"t=1796029528&s={signature_of('other', '1796029528', body)}"
    for query in (wrong, "", "t=x&s=y", good.replace("t=1796029528", "t=1796029529")):
        assert not EDGE.is_genuine(Webhook(body, {}, query, now_ms))


def command(kind, ref: str = TX, **more: object):
    return kind(CALL, ref, COMMAND, **more)


@pytest.mark.parametrize(
    ("given", "path", "more"),
    [
        (command(Answer), "hold", {}),
        (command(Reject, cause="busy"), "reject", {"code": 486}),
        (command(Say, text="Hello"), "skip", {"what": "say"}),
        (command(Play, url="https://x/a.wav", once=True), "skip", {"what": "say"}),
        (command(Gather), "skip", {"what": "gather"}),
        (command(Hangup, leg=0), "hangup", {}),
        (command(Hangup, ref=f"{TX}:2", leg=2), "cancel", {"leg": 2}),
        (
            command(Dial, leg=2, destination="sip:b@10.0.0.7", ring_s=7.5, longest_s=99_999),
            "route",
            {"uri": "sip:b@10.0.0.7", "leg": 2, "ring_ms": 7500, "limit_s": 14_400},
        ),
    ],
)
def test_our_commands_are_requests_to_the_edge(given, path, more):
    request = EDGE.write_command(given)
    assert request.method == "POST"
    assert request.url == f"http://10.0.0.5:5062/v1/calls/{TX}/{path}"
    assert dict(request.headers)["authorization"] == "Bearer k"
    told = {"command_id": str(COMMAND), "c": CALL.hex}
    assert orjson.loads(request.body) == told | more


@pytest.mark.parametrize(
    "given",
    [
        command(Play, url="https://x/music.wav"),
        command(StopPlay),
        command(CallOut, destination="+12125550101"),
        command(Dial, destination="+12125550101", whisper="A call"),
        command(Dial, destination="+12125550101", press_one=True),
        command(Dial, destination="+12125550101", no_machine=True),
        command(Dial, destination="+12125550101", own=1),
    ],
)
def test_what_a_proxy_cannot_do_is_refused(given):
    with pytest.raises(CarrierError) as error:
        EDGE.write_command(given)
    assert error.value.reason == "refused"


def test_the_edges_replies():
    Kamailio.check_reply(HttpReply(200, (), b""))
    for status in (404, 410):
        with pytest.raises(LegGone):
            Kamailio.check_reply(HttpReply(status, (), b""))
    for status, reason in ((409, "refused"), (401, "http:401"), (500, "http:500")):
        with pytest.raises(CarrierError) as error:
            Kamailio.check_reply(HttpReply(status, (), b""))
        assert error.value.reason == reason


def test_a_leg_is_asked_after():
    assert EDGE.write_status_query(TX).url == f"http://10.0.0.5:5062/v1/calls/{TX}/0"
    assert EDGE.write_status_query(f"{TX}:2").url == f"http://10.0.0.5:5062/v1/calls/{TX}/2"
    read = Kamailio.read_status
    assert read(HttpReply(404, (), b"")) == LegStatus(alive=False)
    assert read(HttpReply(200, (), b'{"alive":1}')) == LegStatus(alive=True)
    over = b'{"alive":0,"ended":"1796029528.335882"}'
    assert read(HttpReply(200, (), over)) == LegStatus(alive=False, ended_ms=AT_MS)
    for reply in (HttpReply(200, (), b"no"), HttpReply(500, (), b"{}")):
        with pytest.raises(CarrierError):
            read(reply)


@pytest.mark.parametrize("query", ["t=1&s=%C3%A9", "t=%D9%A1&s=x", "s=x", "t=1", ""])
def test_a_strange_signature_is_none_and_no_crash(query):
    assert not EDGE.is_genuine(Webhook(b"{}", {}, query, 1000))
