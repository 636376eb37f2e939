"""Our commands for jambonz: its own schemas know every verb."""

from urllib.parse import urlencode, urlsplit

import orjson
import pytest

from market.http import HttpReply
from market.phone import (
    Answer,
    CallOut,
    CarrierError,
    Command,
    Dial,
    DialAny,
    Gather,
    Hangup,
    LegGone,
    LegStatus,
    Placed,
    Play,
    Reject,
    Say,
    SendDigits,
    StartRecording,
    StopPlay,
    Transfer,
)
from telephony._carrier import Ask, Webhook
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
    OURS,
    REF,
    TO,
    VALUES,
)

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
    DialAny(CALL, REF, ID, 2, (TO, "sip:a@b.example"), OURS),
]


@pytest.fixture(scope="module")
def schemas():
    """Return jambonz' own schemas. Slow to import: not where tests are collected."""
    from jambonz_sdk.validator import JambonzValidator

    return JambonzValidator()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: type(one).__name__)
def test_every_document_is_one_by_jambonzs_own_schemas(schemas, command):
    verbs = orjson.loads(JAMBONZ.write_document(command))
    assert verbs
    assert schemas.validate_app(verbs) == []


def test_every_command_is_a_document_or_a_request_or_nothing():
    recording = CARRIER(VALUES | {"siprec_server": "sip:rec.example"}, HOOK)
    for kind in Command.__subclasses__():
        if kind.__name__ in ("Bridge", "RingToo"):  # jambonz does both by its dial.
            continue
        command = kind(CALL, REF, ID)
        done = recording.write_document(command) or recording.write_command(command)
        assert (done is None) == (kind is StopPlay), kind.__name__


def test_a_buyer_is_dialled():
    (dial,) = orjson.loads(JAMBONZ.write_document(Dial(CALL, REF, ID, 2, TO, OURS, 20.2)))
    action = urlsplit(dial.pop("actionHook"))
    assert action.path == "/hooks/jambonz"
    assert action.fragment == "rc=5&rp=ct,rt,5xx"  # It asks again where we were not heard.
    assert dial == {
        "verb": "dial",
        "callerId": OURS,
        "timeout": 21,
        "timeLimit": 7200,
        "target": [{"type": "phone", "number": TO}],
        "tag": {"c": CALL.hex, "l": 2},
    }


def test_who_is_to_press_one_is_asked_and_joined_by_an_empty_document(schemas):
    dial = Dial(CALL, REF, ID, 2, TO, OURS, whisper="Auto & home", press_one=True)
    (verb,) = orjson.loads(JAMBONZ.write_document(dial))
    ask = Webhook(orjson.dumps(LEG), {}, urlsplit(verb["confirmHook"]).query, NOW)
    assert JAMBONZ.read_ask(ask) is None
    (gather,) = orjson.loads(JAMBONZ.write_reply(ask))
    assert gather["say"] == {"text": "Auto & home"}
    assert schemas.validate_app([gather]) == []
    query = urlsplit(gather["actionHook"]).query
    for digits, verbs in (("1", []), ("2", [{"verb": "hangup"}])):
        pressed = Webhook(orjson.dumps(LEG | {"digits": digits}), {}, query, NOW)
        assert orjson.loads(JAMBONZ.write_reply(pressed)) == verbs


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
    named = (ID.hex, "") if kind == "fetch" else ("", ID.hex)  # The others: what is over.
    assert JAMBONZ.read_ask(Webhook(orjson.dumps(BASE), {}, query, NOW)) == Ask(REF, *named)
    over = orjson.dumps(BASE | {"call_status": "completed"})
    assert JAMBONZ.read_ask(Webhook(over, {}, query, NOW)) is None
