"""Our commands as requests to Telnyx Call Control v2. Pure.

Written for the API of the `telnyx` SDK 4.189. A command says what the carrier should do;
its 200 says "accepted", not "done": a webhook tells when it is done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from math import ceil
from urllib.parse import quote

import orjson

from market.http import HttpRequest
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
from telephony._client_state import write_state

RING_S = (5, 600)  # What the carrier takes. A shorter ring is ended by us.
TALK_S = (1, 14_400)  # Four hours are the carrier's longest.
BETWEEN_DIGITS_MS = 4_000  # Reading a zip off a letter takes a look between digits.
CAUSES = {
    "busy": "USER_BUSY",
    "rejected": "CALL_REJECTED",
    "not_found": "NOT_FOUND",
    "unavailable": "TEMPORARILY_UNAVAILABLE",
}


@dataclass(frozen=True, slots=True)
class TelnyxOptions:
    api_url: str  # "https://api.telnyx.com/v2"
    api_key: str = field(repr=False)
    connection_id: str
    hook_url: str
    voice: str = "AWS.Polly.Joanna-Neural"
    language: str = "en-US"


def write_command(command: Command, options: TelnyxOptions) -> HttpRequest:
    """Return the request that gives `command`. Sent twice, it is done once."""
    verb, fields = _write(command, options)
    body = orjson.dumps({"command_id": str(command.command_id), **fields})
    url = f"{_leg_url(command.ref, options)}/actions/{verb}"
    if isinstance(command, CallOut | RingToo) or (
        isinstance(command, Dial) and command.is_screened
    ):
        url = f"{options.api_url}/calls"
    told = (*headers(options), ("content-type", "application/json"))
    return HttpRequest("POST", url, told, body)


def write_status_query(ref: str, options: TelnyxOptions) -> HttpRequest:
    """Return the request that asks whether a leg is alive."""
    return HttpRequest("GET", _leg_url(ref, options), headers(options))


Written = tuple[str, dict[str, object]]


@singledispatch
def _write(command: Command, options: TelnyxOptions) -> Written:
    raise NotImplementedError(f"Telnyx has no words for {type(command).__name__}")


@_write.register
def _(command: Answer, options: TelnyxOptions) -> Written:
    state = write_state(command.call_id, 0)
    return "answer", {"client_state": state, "webhook_url": options.hook_url}


@_write.register
def _(command: Reject, options: TelnyxOptions) -> Written:
    state = write_state(command.call_id, 0, ours=True)
    return "reject", {"cause": CAUSES[command.cause], "client_state": state}


@_write.register
def _(command: Say, options: TelnyxOptions) -> Written:
    return "speak", {
        "payload": command.text,
        "voice": options.voice,
        "language": command.language or options.language,
    }


@_write.register
def _(command: Gather, options: TelnyxOptions) -> Written:
    verb, asked = "gather_using_audio", {"audio_url": command.play}
    if not command.play:
        language = command.language or options.language
        verb = "gather_using_speak"
        asked = {"payload": command.prompt, "voice": options.voice, "language": language}
    return verb, asked | {
        "minimum_digits": command.digits if command.least is None else command.least,
        "maximum_digits": command.digits,
        "maximum_tries": 1,  # Asking again is decided by the call's table, not by the carrier.
        "valid_digits": "0123456789" if command.digits > 1 else "0123456789*#",
        **({"terminating_digit": "#"} if command.digits > 1 else {}),
        "timeout_millis": ceil(command.timeout_s * 1000),
        "inter_digit_timeout_millis": min(BETWEEN_DIGITS_MS, round(command.timeout_s * 1000)),
    }


@_write.register
def _(command: Play, options: TelnyxOptions) -> Written:
    endless = {} if command.once else {"loop": "infinity"}
    return "playback_start", {"audio_url": command.url, **endless}


@_write.register
def _(command: StopPlay, options: TelnyxOptions) -> Written:
    return "playback_stop", {"stop": "all"}


@_write.register
def _(command: SendDigits, options: TelnyxOptions) -> Written:
    return "send_dtmf", {"digits": command.digits}


@_write.register
def _(command: StartRecording, options: TelnyxOptions) -> Written:
    more: dict[str, object] = {"play_beep": True} if command.beep else {}
    if command.longest_s is not None:
        more["max_length"] = ceil(command.longest_s)
    return "record_start", {"format": "wav", "channels": command.channels, **more}


@_write.register
def _(command: PauseRecording, options: TelnyxOptions) -> Written:
    return "record_pause", {}


@_write.register
def _(command: ResumeRecording, options: TelnyxOptions) -> Written:
    return "record_resume", {}


@_write.register
def _(command: StopRecording, options: TelnyxOptions) -> Written:
    return "record_stop", {}


@_write.register
def _(command: Dial, options: TelnyxOptions) -> Written:
    if command.is_screened:
        return "", _screened(command, options)
    return "transfer", {
        "to": command.destination,
        "from": command.caller_id,
        "timeout_secs": _within(RING_S, command.ring_s),
        "time_limit_secs": _within(TALK_S, command.longest_s),
        "park_after_unbridge": "self",  # The caller stays when the buyer leaves.
        "client_state": write_state(command.call_id, command.own),
        "target_leg_client_state": write_state(command.call_id, command.leg),
        "webhook_url": options.hook_url,
        **_detection(command),
    }


def _screened(command: Dial, options: TelnyxOptions) -> dict[str, object]:
    """Return the fields of a call that is joined with another only when we say so."""
    return {
        "connection_id": options.connection_id,
        "to": command.destination,
        "from": command.caller_id,
        "link_to": command.ref,
        "timeout_secs": _within(RING_S, command.ring_s),
        "time_limit_secs": _within(TALK_S, command.longest_s),
        "client_state": write_state(command.call_id, command.leg, screened=True),
        "webhook_url": options.hook_url,
        **_detection(command),
    }


def _detection(command: Dial) -> dict[str, object]:
    return {"answering_machine_detection": "premium"} if command.no_machine else {}


@_write.register
def _(command: Bridge, options: TelnyxOptions) -> Written:
    return "bridge", {
        "call_control_id": command.other,
        "park_after_unbridge": "self",
        "prevent_double_bridge": True,
    }


@_write.register
def _(command: Transfer, options: TelnyxOptions) -> Written:
    return "transfer", {
        "to": command.destination,
        "from": command.caller_id,
        "timeout_secs": _within(RING_S, command.ring_s),
        "time_limit_secs": _within(TALK_S, command.longest_s),
        "client_state": write_state(command.call_id, 0),
        "target_leg_client_state": write_state(command.call_id, command.leg),
        "webhook_url": options.hook_url,
    }


@_write.register
def _(command: CallOut, options: TelnyxOptions) -> Written:
    return "", {
        "connection_id": options.connection_id,
        "to": command.destination,
        "from": command.caller_id,
        "timeout_secs": _within(RING_S, command.ring_s),
        "time_limit_secs": _within(TALK_S, command.longest_s),
        "client_state": write_state(command.call_id, command.leg),
        "webhook_url": options.hook_url,
    }


@_write.register
def _(command: RingToo, options: TelnyxOptions) -> Written:
    return "", {
        "connection_id": options.connection_id,
        "to": command.destination,
        "from": command.caller_id,
        "link_to": command.ref,
        "bridge_on_answer": True,
        "prevent_double_bridge": True,  # Two may answer in the same instant.
        "timeout_secs": _within(RING_S, command.ring_s),
        "time_limit_secs": _within(TALK_S, command.longest_s),
        "client_state": write_state(command.call_id, command.leg),
        "webhook_url": options.hook_url,
    }


@_write.register
def _(command: Hangup, options: TelnyxOptions) -> Written:
    if command.leg is None:  # The leg keeps the state it has: a wrong one would be worse.
        return "hangup", {}
    return "hangup", {"client_state": write_state(command.call_id, command.leg, ours=True)}


def _within(limits: tuple[int, int], seconds: float) -> int:
    return min(max(ceil(seconds), limits[0]), limits[1])


def _leg_url(ref: str, options: TelnyxOptions) -> str:
    return f"{options.api_url}/calls/{quote(ref, safe=':')}"


def headers(options: TelnyxOptions) -> tuple[tuple[str, str], ...]:
    """Return the headers of every request: the key, and JSON wanted."""
    return (("authorization", f"Bearer {options.api_key}"), ("accept", "application/json"))
