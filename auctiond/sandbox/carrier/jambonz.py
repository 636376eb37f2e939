"""jambonz' protocol, as its documentation has it: JSON, verbs, its signature. Pure.

https://docs.jambonz.org; payloads as in the callbacks of @jambonz/schema 0.4.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import orjson

from auctiond.sandbox.carrier.dialect import BadDocument, Request, Step
from auctiond.sandbox.carrier.leg import Leg
from auctiond.sandbox.carrier.options import ACCOUNT, APPLICATION
from auctiond.sandbox.carrier.phone_call import PhoneCall
from auctiond.sandbox.carrier.tape import Tape

RUNG_MAX = 10  # Targets of one dial.
STATUSES = {
    "user_busy": ("busy", 486, "Busy Here"),
    "timeout": ("no-answer", 480, "Temporarily Unavailable"),
    "call_rejected": ("failed", 603, "Decline"),
    "not_found": ("failed", 404, "Not Found"),
    "originator_cancel": ("no-answer", 487, "Request Terminated"),
}
CANCELLED = ("no-answer", 487, "Request Terminated")
VOICE = "voice"


class Jambonz:
    RETRIES = 0
    PAUSE_S = 0.5

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def new_ref(self) -> str:
        """Return a new handle of a call."""
        return str(uuid4())

    def status_url(self, hook_url: str) -> str:
        """Return where the status of an incoming call is told: an application has two addresses."""
        address, mark, told = hook_url.partition("#")
        return address + ("&" if "?" in address else "?") + "k=status" + mark + told

    def about(self, call: PhoneCall, leg: Leg) -> dict[str, Any]:
        """Return what every webhook says of a leg."""
        status, code, reason = status_of(leg)
        told: dict[str, Any] = {
            "call_sid": leg.ref,
            "account_sid": ACCOUNT,
            "application_sid": APPLICATION,
            "direction": "inbound" if leg.direction == "incoming" else "outbound",
            "from": leg.caller,
            "to": leg.called,
            "call_id": leg.leg_id,
            "call_status": status,
            "sip_status": code,
            "sip_reason": reason,
        }
        if leg.tag:
            told["customerData"] = leg.tag
        return told if leg is call.a else told | {"parent_call_sid": call.a.ref}

    def first(self, call: PhoneCall) -> dict[str, Any]:
        """Return what the first webhook of an incoming call says besides."""
        order = call.order
        headers = {
            "X-Lead-" + name.replace("_", "-").title(): value for name, value in order.lead.items()
        }
        if order.attestation:
            headers["P-Attestation-Indicator"] = order.attestation
        return {"caller_name": order.name, "sip": {"headers": headers, "method": "INVITE"}}

    def digits(self, digits: str) -> dict[str, Any]:
        """Return what is said when a question is over."""
        return {"reason": "dtmfDetected", "digits": digits} if digits else {"reason": "timeout"}

    def dialled(self, leg: Leg) -> dict[str, Any]:
        """Return what is said when a dial is over."""
        status, code, _ = status_of(leg)
        return {"dial_call_status": status, "dial_sip_status": code, "dial_call_sid": leg.ref}

    def saved(self, tape: Tape) -> dict[str, Any]:
        """Return nothing: what jambonz records stays where it sent it."""
        return {}

    def machine(self, result: str) -> dict[str, Any]:
        """Return what is said when a machine was told apart from a person, or not."""
        heard = "amd_machine_detected" if result == "machine" else "amd_human_detected"
        return {"type": heard}

    def status(self, leg: Leg, status: str, at_ms: int) -> dict[str, Any]:
        """Return what is said of a leg's status. No time is told."""
        if status == "ringing":
            return {"call_status": "ringing", "sip_status": 180, "sip_reason": "Ringing"}
        if status == "ended" and leg.answered_ms is not None:
            lasted_s = ((leg.ended_ms or leg.answered_ms) - leg.answered_ms) // 1000
            ours = "callee" if leg.direction == "incoming" else "caller"
            by = "jambonz" if leg.source == ours else "caller"
            return {"duration": lasted_s, "call_termination_by": by}
        return {}

    def failed(self, url: str) -> dict[str, Any]:
        """Return nothing: jambonz has no fallback address."""
        return {}

    def write(self, url: str, told: Mapping[str, Any]) -> Request:
        """Return a signed webhook: the time and the body."""
        body, now = orjson.dumps(told), str(int(time.time()))
        signature = hmac.new(self._secret.encode(), now.encode() + b"." + body, sha256).hexdigest()
        headers = {
            "jambonz-signature": f"t={now},v1={signature}",
            "content-type": "application/json",
            "user-agent": "sandbox-carrier",
        }
        return Request(body, headers)

    def read(self, body: bytes) -> list[Step]:
        """Return the steps of a document."""
        try:
            verbs = orjson.loads(body or b"[]")
        except orjson.JSONDecodeError:
            raise BadDocument("no JSON") from None
        if not isinstance(verbs, list) or not all(isinstance(verb, dict) for verb in verbs):
            raise BadDocument("a document is a list of verbs")
        return [step for verb in verbs for step in _steps(verb)]


def status_of(leg: Leg) -> tuple[str, int, str]:
    """Return jambonz' word for how a leg is, and SIP's."""
    if leg.alive and leg.answered_ms is None:
        return "trying" if leg.direction == "incoming" else "ringing", 100, "Trying"
    if leg.answered_ms is not None:
        return "in-progress" if leg.alive else "completed", 200, "OK"
    return STATUSES.get(leg.cause, CANCELLED)


def _steps(verb: dict[str, Any]) -> Iterator[Step]:
    match verb.get("verb"):
        case "answer":
            yield Step("answer")
        case "say":
            yield Step("say", fields=_spoken(verb))
        case "play":
            endless = {"loop": "infinity"} if verb.get("loop") in ("forever", 0) else {}
            yield Step("play", fields={"audio_url": _text(verb, "url")} | endless)
        case "dtmf":
            yield Step("keys", text=_text(verb, "dtmf"))
        case "pause":
            yield Step("pause", seconds=_number(verb, "length", 1))
        case "redirect":
            yield Step("redirect", url=_text(verb, "actionHook"))
        case "hangup":
            yield Step("hangup")
        case "sip:decline":
            yield Step("reject", text="busy" if verb.get("status") == 486 else "rejected")
        case "gather":
            yield _gather(verb)
        case "dial":
            yield _dial(verb)
        case other:
            raise BadDocument(f"{other!r} is no verb that the sandbox knows")


def _gather(verb: dict[str, Any]) -> Step:
    most = int(_number(verb, "maxDigits", _number(verb, "numDigits", 1)))
    wait_ms = int(_number(verb, "timeout", 5) * 1000)
    next_ms = int(_number(verb, "interDigitTimeout", wait_ms / 1000) * 1000)
    asked = verb.get("say") or {"text": "a recording"}
    fields = {
        "maximum_digits": most,
        "minimum_digits": int(_number(verb, "minDigits", 1)),
        "timeout_millis": wait_ms,
        "inter_digit_timeout_millis": next_ms,
    }
    return Step("gather", url=_text(verb, "actionHook"), fields=_spoken(asked) | fields)


def _dial(verb: dict[str, Any]) -> Step:
    targets = verb.get("target")
    if not isinstance(targets, list) or not 0 < len(targets) <= RUNG_MAX:
        raise BadDocument(f"dial: 1 to {RUNG_MAX} targets")
    all_ = {
        "from": verb.get("callerId"),
        "timeout_secs": _number(verb, "timeout", 60),
        "time_limit_secs": _number(verb, "timeLimit", 14_400),
        "park_after_unbridge": "self",  # The document goes on.
        "answering_machine_detection": (verb.get("amd") or {}).get("actionHook", ""),
        "screen_url": verb.get("confirmHook", ""),
        "tag": verb.get("tag") or {},
    }
    rung = tuple(all_ | {"to": _number_of(target)} for target in targets)
    return Step("dial", url=_text(verb, "actionHook"), rung=rung)


def _number_of(target: dict[str, Any]) -> str:
    to = target.get("number") or target.get("sipUri")
    if not isinstance(to, str) or not to or target.get("type") not in ("phone", "sip"):
        raise BadDocument("dial: a target is a phone with a number, or a sip with a sipUri")
    return to


def _spoken(verb: Mapping[str, Any]) -> dict[str, Any]:
    return {"payload": _text(verb, "text"), "voice": VOICE}


def _text(verb: Mapping[str, Any], name: str) -> str:
    found = verb.get(name)
    if not isinstance(found, str) or not found:
        raise BadDocument(f"{verb.get('verb', 'say')}: {name} is a text")
    return found


def _number(verb: Mapping[str, Any], name: str, default: float) -> float:
    found = verb.get(name, default)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise BadDocument(f"{verb.get('verb')}: {name} is a number")
    return float(found)
