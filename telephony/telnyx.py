"""Telnyx Call Control v2: its webhooks become our events, our commands its requests. Pure.

Only this file and its helpers (_telnyx_*.py) know the carrier's words.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import TypedDict
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Ended,
    Gathered,
    Joined,
    LegStatus,
    Other,
    Ringing,
    Spoken,
)
from telephony._client_state import ClientState, read_state
from telephony._fields import Json, handle, inner, is_handle, read_object, text, time_ms
from telephony._neutral import MalformedWebhook
from telephony._telnyx_caller import attestation, bid, lead, number
from telephony._telnyx_causes import cause_of
from telephony._telnyx_commands import (
    TelnyxOptions,
    check_reply,
    read_placed,
    read_status,
    write_command,
    write_status_query,
)

__all__ = [
    "LegStatus",
    "MalformedWebhook",
    "TelnyxOptions",
    "check_reply",
    "is_genuine",
    "read_placed",
    "read_status",
    "read_webhook",
    "write_command",
    "write_status_query",
]

SIGNATURE = "telnyx-signature-ed25519"
TIMESTAMP = "telnyx-timestamp"
SECONDS = re.compile(r"\d{1,12}", re.ASCII)
DIGITS = re.compile(r"[0-9A-D*#]{1,128}", re.ASCII)
PAYLOAD = "data.payload."


def is_genuine(
    body: bytes,
    headers: Mapping[str, str],
    public_key: bytes,
    now_s: float,
    tolerance_s: float = 300,
) -> bool:
    """Tell whether Telnyx signed this request just now. Ask before anything is read from it."""
    named = {name.lower(): value for name, value in headers.items()}
    signed_s, signature = named.get(TIMESTAMP, ""), named.get(SIGNATURE, "")
    if not SECONDS.fullmatch(signed_s) or not abs(now_s - int(signed_s)) <= tolerance_s:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(b64decode(signature, validate=True), signed_s.encode() + b"|" + body)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_webhook(body: bytes) -> CarrierEvent:
    """Return what a webhook tells. Raises MalformedWebhook, whatever the bytes."""
    data = inner(read_object(body), "data", "")
    name = handle(data, "event_type", "data.")
    payload = inner(data, "payload", "data.")
    read = READERS.get(name)
    if read is None or (name == "call.initiated" and _is_foreign(payload)):
        return _other(data, payload, name)
    state = read_state(text(payload, "client_state", PAYLOAD), PAYLOAD + "client_state")
    news: News = {
        "event_id": handle(data, "id", "data."),
        "call_ref": handle(payload, "call_session_id", PAYLOAD),
        "ref": handle(payload, "call_control_id", PAYLOAD),
        "leg": state.leg,
        "call_id": state.call_id,
        "at_ms": time_ms(data, "occurred_at", "data."),
    }
    return read(news, payload, state)


class News(TypedDict):
    """What all events have in common."""

    event_id: str
    call_ref: str
    ref: str
    leg: int
    call_id: UUID | None
    at_ms: int


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


def _gathered(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    digits = text(payload, "digits", PAYLOAD)
    valid = text(payload, "status", PAYLOAD) == "valid" and DIGITS.fullmatch(digits)
    return Gathered(**news, digits=digits if valid else "")


def _played(news: News, payload: Json, state: ClientState) -> CarrierEvent:
    """What was stopped, by us or for another sound, has not been heard to its end."""
    whole = text(payload, "status", PAYLOAD) in ("completed", "file_not_found")
    return Spoken(**news) if whole else Other(**news, name="call.playback.ended")


READERS: dict[str, Callable[[News, Json, ClientState], CarrierEvent]] = {
    "call.initiated": _initiated,
    "call.answered": lambda news, payload, state: Answered(**news),
    "call.bridged": lambda news, payload, state: Joined(**news),
    "call.hangup": _ended,
    "call.gather.ended": _gathered,
    "call.speak.ended": lambda news, payload, state: Spoken(**news),
    "call.playback.ended": _played,
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
        name=name,
    )
