"""jambonz' webhooks become our events. Pure.

jambonz does not say when a thing happened, so it is when we hear of it; but at a leg's end it says
how many seconds the leg lasted, and no talk counts for longer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

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
    Ringing,
    Screening,
    Spoken,
)
from telephony._caller import bid_of, lead_of, number
from telephony._carrier import Webhook
from telephony._fields import Json, handle, is_handle, read_object, text
from telephony._jambonz_commands import OVER
from telephony._marks import LEG_MAX, Mark, read_mark
from telephony._neutral import MalformedWebhook
from telephony._sip_causes import SIP_CAUSES

NAME = "jambonz"
CAUSES = {"completed": "completed", "busy": "busy", "no-answer": "no_answer", "failed": "unknown"}
DIGITS = frozenset("0123456789*#")
DIGITS_MAX = 128
LONGEST_S = 100_000
ACCEPT = "1"
# These end a document of a leg, and ask for the next. The others tell, or have their answer.
ASKING = ("", "answered", "said", "gathered", "sent", "dialed", "rung", "out", "wait", "fetch")
K = TypeVar("K", bound=CarrierEvent)
News = tuple[CarrierEvent, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook, taken apart."""

    mark: Mark
    json: Json
    id: str
    ref: str  # jambonz' handle of the leg it is about.
    received_ms: int

    @property
    def is_over(self) -> bool:
        return self.json.get("call_status") in OVER


def read_told(webhook: Webhook) -> Told:
    """Return the webhook's parts. Raises MalformedWebhook."""
    json, mark = read_object(webhook.body), read_mark(webhook.query)
    whole = webhook.query.encode() + b"\n" + webhook.body
    id_ = sha256(whole).hexdigest()[:32]  # jambonz numbers no webhook; a repeated one is the same.
    return Told(mark, json, id_, handle(json, "call_sid", ""), webhook.received_ms)


def read_webhook(webhook: Webhook) -> News:
    """Return what a webhook tells: at least one event. Raises MalformedWebhook."""
    told = read_told(webhook)
    read = READERS.get(told.mark.kind)
    if read is None:
        raise MalformedWebhook("query.k", f"one of {', '.join(sorted(filter(None, READERS)))}")
    news = read(told)
    if told.is_over and told.mark.kind in ASKING:  # The leg that would go on is gone.
        news = (*news, _ended(told, told.mark))
    return tuple(
        one if at == 0 else replace(one, event_id=f"{one.event_id}:{at}")
        for at, one in enumerate(news)
    )


def asks(told: Told) -> bool:
    """Tell whether the webhook is answered with the leg's next command."""
    return told.mark.kind in ASKING and not told.is_over


def digits_of(told: Told) -> str:
    """Return the keys that were pressed, or ""."""
    found = told.json.get("digits")
    return found if isinstance(found, str) else ""


def _event(kind: type[K], told: Told, **more: object) -> K:
    """Return an event of the leg that the webhook is about, unless `more` says otherwise."""
    parent = told.json.get("parent_call_sid")
    fields: dict[str, object] = {
        "event_id": told.id,
        "call_ref": parent if is_handle(parent) else told.ref,
        "ref": told.ref,
        "leg": told.mark.leg,
        "call_id": told.mark.call_id,
        "at_ms": told.received_ms,
        "carrier": NAME,
    }
    return kind(**(fields | more))  # type: ignore[arg-type]


def _other(told: Told) -> News:
    return (_event(Other, told, name=told.mark.kind or "first"),)


def _ended(told: Told, mark: Mark) -> Ended:
    status, code = str(told.json.get("call_status")), str(told.json.get("sip_status"))
    lasted: Any = told.json.get("duration")
    known = type(lasted) is int and 0 <= lasted <= LONGEST_S
    cause = CAUSES.get(status, "unknown")
    return _event(
        Ended,
        told,
        leg=mark.leg,
        call_id=mark.call_id,
        cause=SIP_CAUSES.get(code, cause) if cause != "completed" else cause,
        lasted_ms=lasted * 1000 if known and status == "completed" else None,
    )


def _arrived(told: Told) -> News:
    if told.is_over:
        return _other(told)
    if told.json.get("direction") != "inbound":
        return (_event(Other, told, name="foreign"),)
    sent, to = _headers(told.json), text(told.json, "to", "")
    if not is_handle(to):
        raise MalformedWebhook("to", "the number that was called")
    return (
        _event(
            Arrived,
            told,
            caller=number(text(told.json, "from", "")),
            dialled=number(to) or to,
            attestation=_attestation(sent),
            lead=lead_of(sent.items(), text(told.json, "caller_name", "")),
            bid=bid_of(sent.items()),
        ),
    )


def _headers(json: Json) -> Mapping[str, str]:
    sip: Any = json.get("sip")
    found = sip.get("headers") if isinstance(sip, dict) else None
    if not isinstance(found, dict):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, str)}


def _attestation(headers: Mapping[str, str]) -> str:
    """Return the level that the SBC's P-Attestation-Indicator tells, or ""."""
    named = {name.lower(): value.strip() for name, value in headers.items()}
    level = named.get("p-attestation-indicator", "")
    return level if level in ("A", "B", "C") else ""


def _gathered(told: Told) -> News:
    digits = digits_of(told)
    valid = 0 < len(digits) <= DIGITS_MAX and set(digits) <= DIGITS
    valid = valid and len(digits) >= told.mark.least
    return (_event(Gathered, told, digits=digits if valid else ""),)


def _dialed(told: Told) -> News:
    """Read how the leg ended that was dialled; of one that talked, its own status says when."""
    status = told.json.get("dial_call_status")
    if status == "completed" or status not in OVER:
        return _other(told)
    sid, leg = told.json.get("dial_call_sid"), told.mark.more.get("o", "")
    if not leg.isdecimal() or int(leg) > LEG_MAX:
        raise MalformedWebhook("query.o", "the leg that was dialled")
    cause = SIP_CAUSES.get(str(told.json.get("dial_sip_status")), CAUSES[str(status)])
    alone = told.mark.kind == "dialed"  # Of several that rang, the news is of all of them.
    ref = str(sid) if alone and is_handle(sid) else ""
    return (_event(Ended, told, leg=int(leg), ref=ref, cause=cause),)


def _status(told: Told) -> News:
    """Read the status of a leg, of ours by its tag: of the caller's, only the end matters.

    The tag counts more than the address: a leg that another dials tells its status where that does.
    """
    tag = told.json.get("customerData")
    tag = tag if isinstance(tag, dict) else {}
    mark, call, leg = told.mark, tag.get("c"), tag.get("l")
    is_dialled = is_handle(told.json.get("parent_call_sid"))
    if isinstance(call, str) and type(leg) is int:
        mark = read_mark(f"c={call}&l={leg}")
    elif is_dialled or (mark.call_id is None and told.json.get("direction") != "inbound"):
        return (_event(Other, told, name="untagged"),)
    if told.is_over:
        ended = _ended(told, mark)
        heard_first = tag.get("s") == 1 or not is_dialled
        return (ended,) if heard_first else (*_talked(told, ended), ended)
    if mark.call_id is None:
        return (_event(Other, told, name="status"),)
    ours = {"leg": mark.leg, "call_id": mark.call_id}
    if told.json.get("call_status") != "in-progress":
        return (_event(Ringing, told, **ours),)
    if tag.get("s") == 1:  # What it hears before the join, it is asked for itself.
        return (_event(Screening, told, **ours),)
    answered = _event(Answered, told, **ours)
    # Who is dialled is joined by that; a leg that was rung alone is with nobody yet.
    return (answered, _event(Joined, told, **ours)) if is_dialled else (answered,)


def _talked(told: Told, ended: Ended) -> News:
    """Return the join of a leg that is over, once more: its own news may be late, or lost."""
    if not ended.lasted_ms:
        return ()
    began_ms = ended.at_ms - ended.lasted_ms
    return (_event(Joined, told, leg=ended.leg, call_id=ended.call_id, at_ms=began_ms),)


def _joined(told: Told) -> News:
    """Read the end of what a leg heard before the join: our empty answer joins it."""
    if told.is_over:
        return _other(told)
    return (_event(Answered, told), _event(Joined, told))


def _pressed(told: Told) -> News:
    takes = digits_of(told) == ACCEPT
    pressed = _event(Pressed, told, accepted=takes)
    return (pressed, *_joined(told)) if takes and not told.is_over else (pressed,)


def _machine(told: Told) -> News:
    heard = told.json.get("type") == "amd_machine_detected"
    return (_event(MachineHeard, told),) if heard else _other(told)


def _moved(told: Told) -> News:
    leg = told.mark.more.get("o", "")
    if not leg.isdecimal() or int(leg) > LEG_MAX:
        raise MalformedWebhook("query.o", "the leg that was dialled")
    return (_event(Ended, told, leg=int(leg), ref=""),)


def _answered(told: Told) -> News:
    return _other(told) if told.is_over else (_event(Answered, told),)


READERS: dict[str, Callable[[Told], News]] = {
    "": _arrived,
    "status": _status,
    "answered": _answered,
    "said": lambda told: (_event(Spoken, told),),
    "gathered": _gathered,
    "sent": _other,
    "dialed": _dialed,
    "rung": _dialed,
    "moved": _moved,
    "leg": _status,
    "screen": lambda told: (_event(Screening, told),),
    "pressed": _pressed,
    "whispered": _joined,
    "machine": _machine,
    "out": _answered,
    "fetch": _other,
    "wait": _other,
}
