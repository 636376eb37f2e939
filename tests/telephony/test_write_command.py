"""Our commands, in the carrier's words: the fields are those its SDK knows."""

from base64 import b64decode
from uuid import UUID

import orjson
import pytest

from market.phone import (
    Answer,
    Bridge,
    CallOut,
    Command,
    Dial,
    Gather,
    Hangup,
    PauseRecording,
    Play,
    Reject,
    ResumeRecording,
    RingToo,
    Say,
    SendDigits,
    StartRecording,
    StopPlay,
    StopRecording,
    Transfer,
)
from telephony.telnyx import (
    TelnyxOptions,
    write_command,
)

OPTIONS = TelnyxOptions("https://api.telnyx.com/v2", "KEY123", "7", "https://x.example/hooks")
CALL = UUID("0193579f-0000-7000-8000-00000000abcd")
ID = UUID("0193579f-0000-7000-8000-000000001111")
REF = "v3:abc/d?e"


def state(**told):
    return {"c": CALL.hex, **told}


def known_to_the_sdk(params):
    """Return the fields of a request, by the SDK's name of it."""
    from telnyx import types  # Two seconds: where it is used, not where tests are collected.
    from telnyx.types import calls

    fields = getattr(calls, params, None) or getattr(types, params)
    return {WRITTEN.get(name, name) for name in fields.__annotations__}


def written(command):
    request = write_command(command, OPTIONS)
    fields = orjson.loads(request.body)
    assert fields.pop("command_id") == str(ID)
    for name in ("client_state", "target_leg_client_state"):
        if name in fields:
            fields[name] = orjson.loads(b64decode(fields[name]))
    return request, fields


WRITTEN = {"from_": "from", "call_control_id_to_bridge_with": "call_control_id"}
CASES = [
    (
        Answer(CALL, REF, ID),
        "answer",
        "ActionAnswerParams",
        {"client_state": state(l=0), "webhook_url": OPTIONS.hook_url},
    ),
    (
        Reject(CALL, REF, ID, "busy"),
        "reject",
        "ActionRejectParams",
        {"cause": "USER_BUSY", "client_state": state(l=0, h=1)},
    ),
    (
        Say(CALL, REF, ID, "Hello"),
        "speak",
        "ActionSpeakParams",
        {"payload": "Hello", "voice": OPTIONS.voice, "language": "en-US"},
    ),
    (
        Gather(CALL, REF, ID, "Zip?", 5, 7.5),
        "gather_using_speak",
        "ActionGatherUsingSpeakParams",
        {
            "payload": "Zip?",
            "voice": OPTIONS.voice,
            "language": "en-US",
            "minimum_digits": 5,
            "maximum_digits": 5,
            "maximum_tries": 1,
            "valid_digits": "0123456789",
            "terminating_digit": "#",
            "timeout_millis": 7500,
            "inter_digit_timeout_millis": 4000,
        },
    ),
    (
        Play(CALL, REF, ID, "https://x.example/ring.mp3"),
        "playback_start",
        "ActionStartPlaybackParams",
        {"audio_url": "https://x.example/ring.mp3", "loop": "infinity"},
    ),
    (
        StopPlay(CALL, REF, ID),
        "playback_stop",
        "ActionStopPlaybackParams",
        {"stop": "all"},
    ),
    (
        Dial(CALL, REF, ID, 3, "+13105550111", "+12025550131", 20.2, 7200.0),
        "transfer",
        "ActionTransferParams",
        {
            "to": "+13105550111",
            "from": "+12025550131",
            "timeout_secs": 21,
            "time_limit_secs": 7200,
            "park_after_unbridge": "self",
            "client_state": state(l=0),
            "target_leg_client_state": state(l=3),
            "webhook_url": OPTIONS.hook_url,
        },
    ),
    (
        Dial(CALL, REF, ID, 0, "+13105550111", "+12025550131", 20.0, 7200.0, own=2),
        "transfer",
        "ActionTransferParams",
        {
            "to": "+13105550111",
            "from": "+12025550131",
            "timeout_secs": 20,
            "time_limit_secs": 7200,
            "park_after_unbridge": "self",
            "client_state": state(l=2),
            "target_leg_client_state": state(l=0),
            "webhook_url": OPTIONS.hook_url,
        },
    ),
    (
        CallOut(CALL, "", ID, 0, "+13105550111", "+12025550131", 25.0, 7200.0),
        "",
        "CallDialParams",
        {
            "connection_id": "7",
            "to": "+13105550111",
            "from": "+12025550131",
            "timeout_secs": 25,
            "time_limit_secs": 7200,
            "client_state": state(l=0),
            "webhook_url": OPTIONS.hook_url,
        },
    ),
    (
        Hangup(CALL, REF, ID, 3),
        "hangup",
        "ActionHangupParams",
        {"client_state": state(l=3, h=1)},
    ),
    (
        Dial(CALL, REF, ID, 3, "+13105550111", "+12025550131", press_one=True, no_machine=True),
        "",
        "CallDialParams",
        {
            "connection_id": "7",
            "to": "+13105550111",
            "from": "+12025550131",
            "link_to": REF,
            "timeout_secs": 20,
            "time_limit_secs": 7200,
            "client_state": state(l=3, s=1),
            "webhook_url": OPTIONS.hook_url,
            "answering_machine_detection": "premium",
        },
    ),
    (
        Bridge(CALL, REF, ID, "v3:other"),
        "bridge",
        "ActionBridgeParams",
        {
            "call_control_id": "v3:other",
            "park_after_unbridge": "self",
            "prevent_double_bridge": True,
        },
    ),
    (
        Transfer(CALL, REF, ID, 2, "+13105550111", "+12025550131"),
        "transfer",
        "ActionTransferParams",
        {
            "to": "+13105550111",
            "from": "+12025550131",
            "timeout_secs": 30,
            "time_limit_secs": 7200,
            "client_state": state(l=0),
            "target_leg_client_state": state(l=2),
            "webhook_url": OPTIONS.hook_url,
        },
    ),
    (
        SendDigits(CALL, REF, ID, "ww12#"),
        "send_dtmf",
        "ActionSendDtmfParams",
        {"digits": "ww12#"},
    ),
    (
        StartRecording(CALL, REF, ID),
        "record_start",
        "ActionStartRecordingParams",
        {"format": "wav", "channels": "dual"},
    ),
    (
        StartRecording(CALL, REF, ID, channels="single", beep=True, longest_s=119.5),
        "record_start",
        "ActionStartRecordingParams",
        {"format": "wav", "channels": "single", "play_beep": True, "max_length": 120},
    ),
    (
        PauseRecording(CALL, REF, ID),
        "record_pause",
        "ActionPauseRecordingParams",
        {},
    ),
    (
        ResumeRecording(CALL, REF, ID),
        "record_resume",
        "ActionResumeRecordingParams",
        {},
    ),
    (
        StopRecording(CALL, REF, ID),
        "record_stop",
        "ActionStopRecordingParams",
        {},
    ),
    (Hangup(CALL, REF, ID), "hangup", "ActionHangupParams", {}),
]


@pytest.mark.parametrize(
    ("command", "verb", "params", "fields"), CASES, ids=[f"{c[1]}{n}" for n, c in enumerate(CASES)]
)
def test_a_command_is_this_request(command, verb, params, fields):
    request, found = written(command)
    assert found == fields
    assert request.method == "POST"
    of_leg = f"https://api.telnyx.com/v2/calls/v3:abc%2Fd%3Fe/actions/{verb}"
    assert request.url == (of_leg if verb else "https://api.telnyx.com/v2/calls")
    assert ("authorization", "Bearer KEY123") in request.headers
    assert found.keys() <= known_to_the_sdk(params)


def test_every_command_can_be_written():
    known = {command.__name__ for command in Command.__subclasses__()}
    assert {type(case[0]).__name__ for case in CASES} == known - {"RingToo", "DialAny"}


def test_one_of_several_is_rung_as_a_call_of_its_own_linked_to_the_callers():
    request, found = written(RingToo(CALL, REF, ID, 3, "+13105550111", "+12025550131", 20.2))
    assert request.url == "https://api.telnyx.com/v2/calls"
    assert found == {
        "connection_id": OPTIONS.connection_id,
        "to": "+13105550111",
        "from": "+12025550131",
        "link_to": REF,
        "bridge_on_answer": True,
        "prevent_double_bridge": True,
        "timeout_secs": 21,
        "time_limit_secs": 7200,
        "client_state": state(l=3),
        "webhook_url": OPTIONS.hook_url,
    }
    assert found.keys() <= known_to_the_sdk("CallDialParams")


@pytest.mark.parametrize(
    ("ring_s", "longest_s", "seconds"),
    [(0.5, 0.2, (5, 1)), (20.0, 60.0, (20, 60)), (900.0, 99_999.0, (600, 14_400))],
)
def test_times_stay_within_what_the_carrier_takes(ring_s, longest_s, seconds):
    _, fields = written(Dial(CALL, REF, ID, 1, "+1", "+2", ring_s, longest_s))
    assert (fields["timeout_secs"], fields["time_limit_secs"]) == seconds


def test_the_key_shows_in_no_repr():
    assert "KEY123" not in repr(OPTIONS)
