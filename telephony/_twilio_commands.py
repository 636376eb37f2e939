"""Our commands as requests to Twilio's REST API, and its replies as ours. Pure.

https://www.twilio.com/docs/voice/api/call-resource; fields are those of twilio-oai's
twilio_api_v2010. What a document does is not here: then a request only has Twilio fetch it.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlencode

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
from telephony._fields import Json, is_handle
from telephony._marks import write_mark
from telephony._twilio_documents import RING_S, TALK_S, within

VERSION = "2010-04-01"
ALIVE = ("queued", "initiated", "ringing", "in-progress")
OVER = ("completed", "busy", "failed", "no-answer", "canceled")
NOT_IN_PROGRESS = 21220  # Twilio's code for a change of a call that is over.
EVENTS = ("initiated", "ringing", "answered", "completed")
CHANGES: dict[type[Command], dict[str, str]] = {
    PauseRecording: {"Status": "paused", "PauseBehavior": "silence"},
    ResumeRecording: {"Status": "in-progress"},
    StopRecording: {"Status": "stopped"},
}
Fields = list[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class TwilioOptions:
    api_url: str  # "https://api.twilio.com"
    account_sid: str
    auth_token: str = field(repr=False)
    hook_url: str
    fallback_url: str = ""  # Asked where we cannot be heard, of calls that we place.


def write_request(command: Command, options: TwilioOptions) -> HttpRequest | None:
    """Return the request that gives `command`; None where a document does."""
    leg = f"Calls/{quote(command.ref, safe='')}"
    match command:
        case Hangup() | Reject():
            return _post(options, leg, [("Status", "completed")])
        case CallOut():
            return _post(options, "Calls", _call(command, options))
        case StartRecording():
            told = write_mark(options.hook_url, "saved", command.call_id, 0, command.command_id)
            channels = "dual" if command.channels == "dual" else "mono"
            fields: Fields = [("RecordingChannels", channels), ("RecordingStatusCallback", told)]
            return _post(options, f"{leg}/Recordings", fields)
        case PauseRecording() | ResumeRecording() | StopRecording():
            change: Fields = list(CHANGES[type(command)].items())
            return _post(options, f"{leg}/Recordings/Twilio.CURRENT", change)
    return None


def write_poke(command: Command, leg: int, options: TwilioOptions) -> HttpRequest:
    """Return the request that has Twilio come for the document of `command`."""
    url = write_mark(options.hook_url, "fetch", command.call_id, leg, command.command_id)
    return _post(options, f"Calls/{quote(command.ref, safe='')}", [("Url", url)])


def write_status_query(ref: str, options: TwilioOptions) -> HttpRequest:
    """Return the request that asks how a leg is."""
    return HttpRequest("GET", url_of(options, f"Calls/{quote(ref, safe='')}"), headers(options))


def write_fetch(url: str, options: TwilioOptions) -> HttpRequest:
    """Return the request that fetches a recording: each side of the talk on its own channel.

    The key goes to Twilio alone, whatever address a webhook names.
    """
    is_theirs = url.startswith(f"{options.api_url}/")
    asked = f"{url}.wav?RequestedChannels=2" if is_theirs else url
    return HttpRequest("GET", asked, headers(options) if is_theirs else ())


def write_rung_query(ref: str, options: TwilioOptions) -> HttpRequest:
    """Return the request that lists the legs which `ref` dialled."""
    url = f"{url_of(options, 'Calls')}?{urlencode({'ParentCallSid': ref})}"
    return HttpRequest("GET", url, headers(options))


def read_rung(reply: HttpReply, ref: str) -> bool:
    """Tell whether one of them is alive."""
    calls = parsed(reply.body).get("calls")
    if reply.status != 200 or not isinstance(calls, list):
        raise CarrierError(f"http:{reply.status}")
    return any(isinstance(call, dict) and call.get("status") in ALIVE for call in calls)


def check_reply(reply: HttpReply) -> None:
    """Return if Twilio took it. Raises LegGone, or CarrierError with the reason."""
    if 200 <= reply.status < 300:
        return
    if reply.status == 404 or parsed(reply.body).get("code") == NOT_IN_PROGRESS:
        raise LegGone
    raise CarrierError("refused" if reply.status == 400 else f"http:{reply.status}")


def read_placed(reply: HttpReply) -> Placed | None:
    """Return what Twilio calls the phone call that it began for us: leg and call have one name."""
    sid = parsed(reply.body).get("sid")
    return Placed(str(sid), str(sid)) if is_handle(sid) else None


def read_status(reply: HttpReply) -> LegStatus:
    """Return how a leg is. One that Twilio does not know is not alive."""
    if reply.status == 404:
        return LegStatus(alive=False)
    told = parsed(reply.body)
    status = told.get("status")
    if reply.status != 200 or status not in (*ALIVE, *OVER):
        raise CarrierError(f"http:{reply.status}")
    if status in ALIVE:
        return LegStatus(alive=True)
    return LegStatus(alive=False, ended_ms=rfc2822_ms(told.get("end_time")))


def rfc2822_ms(written: object) -> int | None:
    """Return a time as Twilio writes it, in Unix milliseconds; it is to the second."""
    if not isinstance(written, str):
        return None
    try:
        return round(parsedate_to_datetime(written).timestamp()) * 1000
    except (ValueError, OverflowError):
        return None


def parsed(body: bytes) -> Json:
    """Return the JSON object in a reply, or an empty one."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _call(command: CallOut, options: TwilioOptions) -> Fields:
    id_ = command.command_id
    answered = write_mark(options.hook_url, "out", command.call_id, command.leg, id_)
    status = write_mark(options.hook_url, "leg", command.call_id, command.leg)
    fallback: Fields = [("FallbackUrl", options.fallback_url)] if options.fallback_url else []
    return [
        *fallback,
        ("To", command.destination),
        ("From", command.caller_id),
        ("Url", answered),
        ("StatusCallback", status),
        *(("StatusCallbackEvent", event) for event in EVENTS),
        ("Timeout", within(RING_S, command.ring_s)),
        ("TimeLimit", within(TALK_S, command.longest_s)),
    ]


def _post(options: TwilioOptions, path: str, fields: Fields) -> HttpRequest:
    told = (*headers(options), ("content-type", "application/x-www-form-urlencoded"))
    return HttpRequest("POST", url_of(options, path), told, urlencode(fields).encode())


def url_of(options: TwilioOptions, path: str) -> str:
    """Return the address of a resource of the account."""
    return f"{options.api_url}/{VERSION}/Accounts/{options.account_sid}/{path}.json"


def headers(options: TwilioOptions) -> tuple[tuple[str, str], ...]:
    """Return the headers of every request: the key, and JSON wanted."""
    key = b64encode(f"{options.account_sid}:{options.auth_token}".encode()).decode()
    return (("authorization", f"Basic {key}"), ("accept", "application/json"))
