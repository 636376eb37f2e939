"""Our commands as requests to jambonz' REST API, and its replies as ours. Pure.

https://docs.jambonz.org/reference/rest-call-control; the paths are those of jambonz-python-sdk 0.4.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

import orjson

from market.http import HttpReply, HttpRequest
from market.phone import (
    CallOut,
    CarrierError,
    Command,
    Hangup,
    LegGone,
    LegStatus,
    PauseRecording,
    Placed,
    Reject,
    ResumeRecording,
    StartRecording,
    StopRecording,
)
from telephony._fields import is_handle
from telephony._jambonz_documents import RING_S, TALK_S, Hooks, target, within

ALIVE = ("trying", "ringing", "early-media", "in-progress", "queued")
OVER = ("completed", "failed", "busy", "no-answer")
RECORDS: dict[type[Command], str] = {
    StartRecording: "startCallRecording",
    PauseRecording: "pauseCallRecording",
    ResumeRecording: "resumeCallRecording",
    StopRecording: "stopCallRecording",
}


@dataclass(frozen=True, slots=True)
class JambonzOptions:
    api_url: str  # "https://jambonz.cloud/api/v1"
    account_sid: str
    api_key: str = field(repr=False)
    application_sid: str
    siprec_server: str  # Where calls are recorded, as a SIP address; "": nowhere.
    hooks: Hooks


def write_request(command: Command, options: JambonzOptions) -> HttpRequest | None:
    """Return the request that gives `command`; None where a document does."""
    match command:
        case Hangup() | Reject():
            return _change(command.ref, {"call_status": "completed"}, options)
        case CallOut():
            return _call(command, options)
        case StartRecording() if not options.siprec_server:
            raise CarrierError("refused")  # jambonz records to a SIPREC server, and there is none.
        case StartRecording() | PauseRecording() | ResumeRecording() | StopRecording():
            record: dict[str, object] = {"action": RECORDS[type(command)]}
            if isinstance(command, StartRecording):
                record |= {
                    "siprecServerURL": options.siprec_server,
                    "recordingID": command.command_id.hex,
                }
            return _change(command.ref, {"record": record}, options)
    return None


def write_poke(command: Command, leg: int, options: JambonzOptions) -> HttpRequest:
    """Return the request that has jambonz come for the document of `command`."""
    url = options.hooks.at("fetch", command.call_id, leg, command.command_id)
    return _change(command.ref, {"call_hook": {"url": url, "method": "POST"}}, options)


def write_status_query(ref: str, options: JambonzOptions) -> HttpRequest:
    """Return the request that asks how a leg is."""
    return HttpRequest("GET", _url(options, ref), headers(options))


def write_rung_query(options: JambonzOptions) -> HttpRequest:
    """Return the request that lists the account's calls that are under way."""
    return HttpRequest("GET", _url(options), headers(options))


def check_reply(reply: HttpReply) -> None:
    """Return if jambonz took it. Raises LegGone, or CarrierError with the reason."""
    if 200 <= reply.status < 300:
        return
    if reply.status in (404, 410):
        raise LegGone
    raise CarrierError("refused" if reply.status in (400, 422) else f"http:{reply.status}")


def read_placed(reply: HttpReply) -> Placed | None:
    """Return what jambonz calls the phone call that it began for us: leg and call have one name."""
    told = _parsed(reply.body)
    sid = told.get("sid") if isinstance(told, dict) else None
    return Placed(str(sid), str(sid)) if is_handle(sid) else None


def read_status(reply: HttpReply) -> LegStatus:
    """Return how a leg is. One that jambonz does not know (any more) is not alive."""
    if reply.status == 404:
        return LegStatus(alive=False)
    told = _parsed(reply.body)
    status = told.get("call_status") if isinstance(told, dict) else None
    if reply.status != 200 or status not in (*ALIVE, *OVER):
        raise CarrierError(f"http:{reply.status}")
    return LegStatus(alive=status in ALIVE)


def read_rung(reply: HttpReply, ref: str) -> bool:
    """Tell whether a leg that `ref` dialled is alive."""
    calls = _parsed(reply.body)
    if reply.status != 200 or not isinstance(calls, list):
        raise CarrierError(f"http:{reply.status}")
    dialled = (call for call in calls if isinstance(call, dict))
    return any(
        call.get("parent_call_sid") == ref and call.get("call_status") in ALIVE for call in dialled
    )


def _call(command: CallOut, options: JambonzOptions) -> HttpRequest:
    id_, leg = command.command_id, command.leg
    answered = options.hooks.at("out", command.call_id, leg, id_)
    status = options.hooks.at("leg", command.call_id, leg)
    told = {
        "application_sid": options.application_sid,
        "from": command.caller_id,
        "to": target(command.destination),
        "call_hook": {"url": answered, "method": "POST"},
        "call_status_hook": {"url": status, "method": "POST"},
        "timeout": within(RING_S, command.ring_s),
        "timeLimit": within(TALK_S, command.longest_s),
        "tag": {"c": command.call_id.hex, "l": leg},
    }
    return HttpRequest("POST", _url(options), headers(options), orjson.dumps(told))


def _change(ref: str, told: dict[str, object], options: JambonzOptions) -> HttpRequest:
    return HttpRequest("PUT", _url(options, ref), headers(options), orjson.dumps(told))


def _url(options: JambonzOptions, ref: str = "") -> str:
    calls = f"{options.api_url}/Accounts/{options.account_sid}/Calls"
    return f"{calls}/{quote(ref, safe='')}" if ref else calls


def headers(options: JambonzOptions) -> tuple[tuple[str, str], ...]:
    """Return the headers of every request: the key, and JSON wanted."""
    return (
        ("authorization", f"Bearer {options.api_key}"),
        ("accept", "application/json"),
        ("content-type", "application/json"),
    )


def _parsed(body: bytes) -> object:
    try:
        found: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found
