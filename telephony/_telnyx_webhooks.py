"""Telnyx' webhooks become our events. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypedDict
from uuid import UUID

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
from telephony._client_state import ClientState, read_state
from telephony._fields import Json, handle, inner, is_handle, read_object, text, time_ms
from telephony._neutral import MalformedWebhook
from telephony._telnyx_caller import attestation, bid, lead, number
from telephony._telnyx_causes import cause_of

NAME = "telnyx"
DIGITS = re.compile(r"[0-9A-D*#]{1,128}", re.ASCII)
# Its quotes are no part of a text: there they would be escaped.
BEGINS = re.compile(
    rb'(?=.*"event_type"\s*:\s*"call\.initiated")(?=.*"direction"\s*:\s*"incoming")'
    rb'.*"call_session_id"\s*:\s*"([^"\\]+)"',
    re.DOTALL,
)
ACCEPT = "1"
PAYLOAD = "data.payload."
OF_NO_LEG = ("call.recording.saved", "call.recording.error")  # These name the phone call alone.
MACHINES = ("machine", "fax_detected")  # In doubt it is a person: who is hung up on is lost.


def read_webhook(body: bytes) -> CarrierEvent:
    """Return what a webhook tells. Raises MalformedWebhook, whatever the bytes."""
    data = inner(read_object(body), "data", "")
    name = handle(data, "event_type", "data.")
    payload = inner(data, "payload", "data.")
    read = READERS.get(name)
    if read is None or (name == "call.initiated" and _is_foreign(payload)):
        return _other(data, payload, name)
    state = read_state(text(payload, "client_state", PAYLOAD), PAYLOAD + "client_state")
    is_of_leg = name not in OF_NO_LEG
    news: News = {
        "event_id": handle(data, "id", "data."),
        "call_ref": handle(payload, "call_session_id", PAYLOAD),
        "ref": handle(payload, "call_control_id", PAYLOAD) if is_of_leg else "",
        "leg": state.leg,
        "call_id": state.call_id,
        "at_ms": time_ms(data, "occurred_at", "data."),
        "carrier": NAME,
    }
    return read(news, payload, state)


UNANSWERED = ("call_hangup", "cancelled")  # Who hung up has not kept silent, nor agreed by it.


class News(TypedDict):
    """What all events have in common."""

    event_id: str
    call_ref: str
    ref: str
    leg: int
    call_id: UUID | None
    at_ms: int
    carrier: str


def _initiated(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    match payload.get("direction"):
        case "outgoing":
            return Ringing(**news)
        case "incoming":
            return Arrived(
                **news,
                caller=number(text(payload, "from", PAYLOAD)),
                dialled=_dialled(payload),
                attestation=attestation(payload, PAYLOAD),
                lead=lead(payload, PAYLOAD),
                bid=bid(payload, PAYLOAD),
            )
    raise MalformedWebhook(PAYLOAD + "direction", '"incoming" or "outgoing"')


def _ended(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    sip_code = text(payload, "sip_hangup_cause", PAYLOAD)
    cause = cause_of(text(payload, "hangup_cause", PAYLOAD), sip_code)
    source = text(payload, "hangup_source", PAYLOAD)
    # Of a buyer's leg we are the caller: what we ended, and a refusal, is not his doing.
    left = source == "caller" and not state.ours and cause in ("completed", "cancelled")
    return Ended(**news, cause=cause, caller_left=left)


def _answered(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    return Screening(**news) if state.screened else Answered(**news)


def _gathered(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    digits, status = text(payload, "digits", PAYLOAD), text(payload, "status", PAYLOAD)
    if status in UNANSWERED:
        return Other(**news, name="call.gather.ended")
    valid = status == "valid" and DIGITS.fullmatch(digits)
    if state.screened:
        return Pressed(**news, accepted=bool(valid) and digits == ACCEPT)
    return Gathered(**news, digits=digits if valid else "")


def _played(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    """What was stopped, by us or for another sound, has not been heard to its end."""
    whole = text(payload, "status", PAYLOAD) in ("completed", "file_not_found")
    return Spoken(**news) if whole else Other(**news, name="call.playback.ended")


def _detected(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    if text(payload, "result", PAYLOAD) in MACHINES:
        return MachineHeard(**news)
    return Other(**news, name="call.machine.detection.ended")


def _saved(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    urls, channels = inner(payload, "recording_urls", PAYLOAD), payload.get("channels")
    place = PAYLOAD + "recording_urls."
    started_ms = time_ms(payload, "recording_started_at", PAYLOAD)
    ended_ms = time_ms(payload, "recording_ended_at", PAYLOAD)
    return RecordingSaved(
        **news,
        recording=news["event_id"],  # Telnyx names the file by its address alone.
        url=text(urls, "wav", place) or text(urls, "mp3", place),
        duration_ms=max(0, ended_ms - started_ms),
        channels="dual" if channels == "dual" else "single",
        began_ms=started_ms,
    )


READERS: dict[str, Callable[[News, Json, ClientState], CarrierEvent]] = {
    "call.initiated": _initiated,
    "call.answered": _answered,
    "call.bridged": lambda news, payload, state: Joined(**news),
    "call.hangup": _ended,
    "call.gather.ended": _gathered,
    "call.speak.ended": lambda news, payload, state: Spoken(**news),
    "call.playback.ended": _played,
    "call.machine.detection.ended": _detected,
    "call.machine.premium.detection.ended": _detected,
    "call.recording.saved": _saved,
    "call.recording.error": lambda news, payload, state: RecordingFailed(**news),
}


def _dialled(payload: Json) -> str:
    """Return our number that was called, or the SIP address as it is."""
    to = handle(payload, "to", PAYLOAD)
    return number(to) or to


def _is_foreign(payload: Json) -> bool:
    """Tell whether this is an outgoing leg that we did not dial."""
    return payload.get("direction") == "outgoing" and not payload.get("client_state")


def _other(data: Json, payload: Json, name: str) -> CarrierEvent:
    """Return news that moves nothing; so it need not carry handles, or our state."""
    try:
        state = read_state(text(payload, "client_state", PAYLOAD), PAYLOAD + "client_state")
    except MalformedWebhook:
        state = ClientState()
    session, ref = payload.get("call_session_id"), payload.get("call_control_id")
    return Other(
        event_id=handle(data, "id", "data."),
        call_ref=str(session) if is_handle(session) else "",
        ref=str(ref) if is_handle(ref) else "",
        leg=state.leg,
        call_id=state.call_id,
        at_ms=time_ms(data, "occurred_at", "data."),
        carrier=NAME,
        name=name,
    )
