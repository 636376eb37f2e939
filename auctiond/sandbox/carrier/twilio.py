"""Twilio's protocol, as its documentation has it: forms, TwiML, its signature. Pure.

https://www.twilio.com/docs/voice/twiml and /docs/usage/security.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import sha1
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree  # Of documents that our own server sent.

from auctiond.sandbox.carrier.dialect import BadDocument, Request, Step
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.options import ACCOUNT_SID
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.tape import Tape

RUNG_MAX = 10  # Nouns of one Dial.
STATUSES = {
    "user_busy": ("busy", "486"),
    "timeout": ("no-answer", "480"),
    "call_rejected": ("failed", "603"),
    "not_found": ("failed", "404"),
    "originator_cancel": ("canceled", "487"),
}
VOICE = "voice"


class Twilio:
    RETRIES = 1
    PAUSE_S = 0.0

    def __init__(self, auth_token: str) -> None:
        self._token = auth_token

    def new_ref(self) -> str:
        """Return a new handle of a call."""
        return "CA" + uuid4().hex

    def status_url(self, hook_url: str) -> str:
        """Return where the end of an incoming call is told: a number has one address for all."""
        return hook_url

    def about(self, call: PhoneCall, leg: Leg) -> dict[str, Any]:
        """Return what every webhook says of a leg."""
        direction = "inbound"
        if leg.direction == "outgoing":
            direction = "outbound-api" if leg is call.a else "outbound-dial"
        told = {
            "CallSid": leg.ref,
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "From": leg.caller,
            "To": leg.called,
            "Caller": leg.caller,
            "Called": leg.called,
            "Direction": direction,
            "CallStatus": status_of(leg),
        }
        return told if leg is call.a else told | {"ParentCallSid": call.a.ref}

    def first(self, call: PhoneCall) -> dict[str, Any]:
        """Return what the first webhook of an incoming call says besides."""
        order = call.order
        told = {
            "SipHeader_X-Lead-" + name.replace("_", "-").title(): value
            for name, value in order.lead.items()
        }
        if order.name:
            told["CallerName"] = order.name
        if order.attestation:
            told["StirVerstat"] = f"TN-Validation-Passed-{order.attestation}"
        return told

    def digits(self, digits: str) -> dict[str, Any]:
        """Return what is said when a question is over."""
        return {"Digits": digits, "msg": "Gather End"} if digits else {"Digits": ""}

    def dialled(self, leg: Leg) -> dict[str, Any]:
        """Return what is said when a dial is over."""
        told = {
            "DialCallStatus": status_of(leg),
            "DialCallSid": leg.ref,
            "DialBridged": "true" if leg.bridged_ms is not None else "false",
        }
        return told | ({"DialCallDuration": _seconds(leg)} if leg.answered_ms is not None else {})

    def saved(self, tape: Tape) -> dict[str, Any]:
        """Return what is said when a recording can be fetched."""
        return {
            "RecordingSid": recording_sid(tape),
            "RecordingUrl": tape.url,
            "RecordingStatus": "completed",
            "RecordingDuration": str(tape.length_ms // 1000),
            "RecordingChannels": "2" if tape.channels == "dual" else "1",
            "RecordingSource": "StartCallRecordingAPI",
            "RecordingStartTime": rfc2822(tape.began_ms),
        }

    def machine(self, result: str) -> dict[str, Any]:
        """Return what is said when a machine was told apart from a person, or not."""
        answered_by = "machine_start" if result == "machine" else "human"
        return {"AnsweredBy": answered_by, "MachineDetectionDuration": "1500"}

    def status(self, leg: Leg, status: str, at_ms: int) -> dict[str, Any]:
        """Return what is said of a leg's status. Times are to the second."""
        told = {
            "CallStatus": status if status == "ringing" else status_of(leg),
            "CallbackSource": "call-progress-events",
            "Timestamp": rfc2822(at_ms),
            "SequenceNumber": {"ringing": "1", "answered": "2", "ended": "3"}[status],
        }
        if status == "ended" and leg.answered_ms is not None:
            told["CallDuration"] = told["Duration"] = _seconds(leg)
        elif status == "ended":
            told["SipResponseCode"] = STATUSES.get(leg.cause, ("", "487"))[1]
        return told

    def failed(self, url: str) -> dict[str, Any]:
        """Return what the fallback address is told of the one that failed."""
        return {"ErrorCode": "11200", "ErrorUrl": url}

    def write(self, url: str, told: Mapping[str, Any]) -> Request:
        """Return a signed webhook: over the address, and all parameters in their order."""
        signed = url.partition("#")[0]
        for name in sorted(told):
            signed += name + str(told[name])
        signature = hmac.new(self._token.encode(), signed.encode(), sha1).digest()
        headers = {
            "x-twilio-signature": b64encode(signature).decode(),
            "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
            "user-agent": "sandbox-carrier",
        }
        return Request(urlencode(told).encode(), headers)

    def read(self, body: bytes) -> list[Step]:
        """Return the steps of a document."""
        try:
            root = ElementTree.fromstring(body)
        except ElementTree.ParseError as error:
            raise BadDocument(f"no XML: {error}") from None
        if root.tag != "Response":
            raise BadDocument(f"<{root.tag}> is no <Response>")
        return [step for verb in root for step in _steps(verb)]


def recording_sid(tape: Tape) -> str:
    """Return Twilio's handle of a recording."""
    return "RE" + tape.id.replace("-", "")


def rfc2822(at_ms: int) -> str:
    """Return a time as Twilio writes it: to the second."""
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, UTC))


def status_of(leg: Leg) -> str:
    """Return Twilio's word for how a leg is."""
    if leg.alive:
        return "ringing" if leg.answered_ms is None else "in-progress"
    if leg.answered_ms is not None:
        return "completed"
    return STATUSES.get(leg.cause, ("no-answer", ""))[0]


def _seconds(leg: Leg) -> str:
    assert leg.answered_ms is not None
    return str(((leg.ended_ms or leg.answered_ms) - leg.answered_ms) // 1000)


def _steps(verb: ElementTree.Element) -> Iterator[Step]:
    text, at = (verb.text or "").strip(), verb.attrib
    match verb.tag:
        case "Say":
            yield Step("say", fields=_spoken(text))
        case "Play" if "digits" in at:
            yield Step("keys", text=at["digits"])
        case "Play":
            endless = at.get("loop") == "0"
            yield Step("play", fields=_played(text) | ({"loop": "infinity"} if endless else {}))
        case "Pause":
            yield Step("pause", seconds=_number(at, "length", 1))
        case "Redirect":
            yield Step("redirect", url=text)
        case "Hangup":
            yield Step("hangup")
        case "Reject":
            yield Step("reject", text=at.get("reason", "rejected"))
        case "Gather":
            yield _gather(verb)
        case "Dial":
            yield _dial(verb)
        case _:
            raise BadDocument(f"<{verb.tag}> is no verb that the sandbox knows")


def _gather(verb: ElementTree.Element) -> Step:
    at = verb.attrib
    if at.get("input") != "dtmf" or "action" not in at or "numDigits" not in at:
        raise BadDocument("<Gather> is asked here with input, action and numDigits")
    wait_ms = int(_number(at, "timeout", 5) * 1000)
    fields: dict[str, Any] = {"maximum_digits": int(_number(at, "numDigits", 1))}
    fields |= {"timeout_millis": wait_ms, "inter_digit_timeout_millis": wait_ms}
    asked = next((child for child in verb if child.tag in ("Say", "Play")), None)
    asked_text = (asked.text or "") if asked is not None and asked.tag == "Say" else "a recording"
    return Step("gather", url=at["action"], fields=_spoken(asked_text) | fields)


def _dial(verb: ElementTree.Element) -> Step:
    at = verb.attrib
    if not 0 < len(verb) <= RUNG_MAX or {noun.tag for noun in verb} - {"Number", "Sip"}:
        raise BadDocument(f"<Dial> is given here with 1 to {RUNG_MAX} <Number> or <Sip>")
    all_ = {
        "from": at.get("callerId"),
        "timeout_secs": _number(at, "timeout", 30),
        "time_limit_secs": _number(at, "timeLimit", 14_400),
        "park_after_unbridge": "self",  # The document goes on.
    }
    each = (
        {
            "to": (noun.text or "").strip(),
            "webhook_url": noun.attrib.get("statusCallback", ""),
            "answering_machine_detection": noun.attrib.get("amdStatusCallback", ""),
            "screen_url": noun.attrib.get("url", ""),
        }
        for noun in verb
    )
    return Step("dial", url=at.get("action", ""), rung=tuple(all_ | one for one in each))


def _spoken(text: str) -> dict[str, Any]:
    return {"payload": text or "nothing", "voice": VOICE}


def _played(url: str) -> dict[str, Any]:
    if not url:
        raise BadDocument("<Play> has no address")
    return {"audio_url": url}


def _number(at: Mapping[str, str], name: str, default: float) -> float:
    written = at.get(name)
    if written is None:
        return default
    if not written.isdecimal():
        raise BadDocument(f"{name} is a whole number, not {written!r}")
    return float(written)
