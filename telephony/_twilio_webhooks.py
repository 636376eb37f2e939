"""Twilio's webhooks become our events. Pure.

Twilio tells times to the second, and of some webhooks none: then it is when they came. A talk is
counted from the end of the second it began in to the start of the second it ended in, so no buyer
pays for more than was talked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar
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
from telephony._caller import bid_of, lead_of, number
from telephony._carrier import Webhook
from telephony._fields import BODY_MAX, is_handle
from telephony._marks import LEG_MAX, Mark, read_mark
from telephony._neutral import MalformedWebhook
from telephony._sip_causes import SIP_CAUSES
from telephony._twilio_commands import OVER, rfc2822_ms
from telephony._twilio_signature import read_form

NAME = "twilio"
SECOND_MS = 1000
SECONDS = re.compile(r"\d{1,9}", re.ASCII)
CAUSES = {
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no_answer",
    "canceled": "cancelled",
    "failed": "unknown",
}
ATTESTED = {
    f"TN-Validation-Passed-{level}{way}": level
    for level in "ABC"
    for way in ("", "-Diverted", "-Passthrough")
}
MACHINES = ("machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax")
SIP_HEADER = "SipHeader_"
DIGITS = frozenset("0123456789*#")
DIGITS_MAX = 128
ACCEPT = "1"
# These end a document of a leg, and ask for the next. The others tell, or have their answer.
ASKING = ("answered", "said", "gathered", "sent", "dialed", "rung", "out", "wait", "fetch")
K = TypeVar("K", bound=CarrierEvent)
News = tuple[CarrierEvent, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook, taken apart."""

    mark: Mark
    form: Mapping[str, str]
    id: str
    ref: str  # Twilio's handle of the leg it is about.
    received_ms: int

    @property
    def status(self) -> str:
        return self.form.get("CallStatus", "")

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def is_first(self) -> bool:
        """Whether a call comes in: the address is the portal's, and the call is not over."""
        return not self.mark.kind and not self.is_over

    @property
    def ended_ms(self) -> int:
        """When a leg ended: by Twilio's clock where it says, which is the start of that second."""
        told = rfc2822_ms(self.form.get("Timestamp"))
        return self.received_ms if told is None else told

    @property
    def began_ms(self) -> int:
        """When a talk began, at the latest."""
        told = rfc2822_ms(self.form.get("Timestamp"))
        return self.received_ms if told is None else told + SECOND_MS - 1


def read_told(webhook: Webhook) -> Told:
    """Return the webhook's parts. Raises MalformedWebhook."""
    if len(webhook.body) > BODY_MAX:
        raise MalformedWebhook("body", f"at most {BODY_MAX} bytes")
    try:
        form = dict(read_form(webhook.body))
    except ValueError:
        raise MalformedWebhook("body", "a form") from None
    ref = form.get("CallSid")
    if not is_handle(ref):
        raise MalformedWebhook("CallSid", "Twilio's handle of a call")
    whole = webhook.query.encode() + b"\n" + webhook.body
    id_ = sha256(whole).hexdigest()[:32]  # Twilio numbers no webhook; a repeated one is the same.
    return Told(read_mark(webhook.query), form, id_, str(ref), webhook.received_ms)


def read_webhook(webhook: Webhook) -> News:
    """Return what a webhook tells: at least one event. Raises MalformedWebhook."""
    told = read_told(webhook)
    read = READERS.get(told.mark.kind)
    if read is None:
        raise MalformedWebhook("query.k", f"one of {', '.join(sorted(filter(None, READERS)))}")
    news = read(told)
    if told.is_over and told.mark.kind in ASKING:  # The leg that would go on is gone.
        news = (*news, _event(Ended, told, at_ms=told.ended_ms, cause=_cause(told)))
    return tuple(_numbered(one, at) for at, one in enumerate(news))


def asks(told: Told) -> bool:
    """Tell whether the webhook is answered with the leg's next command."""
    return (told.is_first or told.mark.kind in ASKING) and not told.is_over


def _event(kind: type[K], told: Told, **more: object) -> K:
    """Return an event of the leg that the webhook is about, unless `more` says otherwise."""
    fields: dict[str, object] = {
        "event_id": told.id,
        "call_ref": told.form.get("ParentCallSid") or told.ref,
        "ref": told.ref,
        "leg": told.mark.leg,
        "call_id": told.mark.call_id,
        "at_ms": told.received_ms,
        "carrier": NAME,
    }
    return kind(**(fields | more))  # type: ignore[arg-type]


def _numbered(news: CarrierEvent, at: int) -> CarrierEvent:
    return news if at == 0 else replace(news, event_id=f"{news.event_id}:{at}")


def _other(told: Told) -> News:
    return (_event(Other, told, name=told.mark.kind),)


def _arrived(told: Told) -> News:
    """Read the first of a call; its end comes to the same address, without a mark of ours."""
    form = told.form
    if told.is_over:
        return (_event(Ended, told, at_ms=told.ended_ms, cause=_cause(told)),)
    if form.get("Direction") != "inbound" or "ParentCallSid" in form:
        return (_event(Other, told, name="foreign"),)
    sent = [
        (name.removeprefix(SIP_HEADER), value)
        for name, value in form.items()
        if name.startswith(SIP_HEADER)
    ]
    to = form.get("To", "")
    if not is_handle(to):
        raise MalformedWebhook("To", "the number that was called")
    return (
        _event(
            Arrived,
            told,
            caller=number(form.get("From", "")),
            dialled=number(to) or to,
            attestation=ATTESTED.get(form.get("StirVerstat", ""), ""),
            lead=lead_of(sent, form.get("CallerName", "")),
            bid=bid_of(sent),
        ),
    )


def _gathered(told: Told) -> News:
    digits = told.form.get("Digits", "")
    valid = 0 < len(digits) <= DIGITS_MAX and set(digits) <= DIGITS
    valid = valid and len(digits) >= told.mark.least
    return (_event(Gathered, told, digits=digits if valid else ""),)


def _dialed(told: Told) -> News:
    """Read how the leg ended that was dialled; of one that talked, its own status says when."""
    status = told.form.get("DialCallStatus", "")
    if status not in OVER and status != "answered":
        raise MalformedWebhook("DialCallStatus", f"one of {', '.join(OVER)}")
    if status in ("completed", "answered") and told.form.get("DialBridged") != "false":
        return _other(told)
    cause = "declined" if status in ("completed", "answered") else CAUSES[status]
    whose = _dialled_leg(told)
    if told.mark.kind == "rung":  # Several rang, and the news is of all of them.
        whose["ref"] = ""
    return (_event(Ended, told, **whose, cause=cause),)


def _dialled_leg(told: Told) -> dict[str, object]:
    sid, leg = told.form.get("DialCallSid", ""), told.mark.more.get("o", "")
    if not leg.isdecimal() or int(leg) > LEG_MAX:
        raise MalformedWebhook("query.o", "the leg that was dialled")
    return {"leg": int(leg), "ref": sid if is_handle(sid) else ""}


def _status(told: Told) -> News:
    """Read the status of a leg that we had rung."""
    if told.is_over:
        return (*_talked(told), _event(Ended, told, at_ms=told.ended_ms, cause=_cause(told)))
    if told.status != "in-progress":
        return (_event(Ringing, told),)
    if told.mark.kind == "screened":  # What it hears before the join, it is asked for itself.
        return (_event(Screening, told),)
    answered = _event(Answered, told, at_ms=told.began_ms)
    is_joined = "ParentCallSid" in told.form  # By a Dial; nobody is joined with the others yet.
    return (answered, _event(Joined, told, at_ms=told.began_ms)) if is_joined else (answered,)


def _talked(told: Told) -> News:
    """Return the join of a leg that is over, once more: its own news may be late, or lost.

    A Dial joins by the answer, unless something is heard first, and Twilio tells for how many
    seconds a leg was answered, but not whether it rounds them: so a second less is certain.
    """
    lasted = told.form.get("CallDuration", "")
    certain_ms = (int(lasted) - 1) * SECOND_MS if SECONDS.fullmatch(lasted) else 0
    is_joined = told.mark.kind == "leg" and "ParentCallSid" in told.form
    if not is_joined or told.status != "completed" or certain_ms <= 0:
        return ()
    return (_event(Joined, told, at_ms=told.ended_ms + SECOND_MS - 1 - certain_ms),)


def _pressed(told: Told) -> News:
    takes = told.form.get("Digits") == ACCEPT
    pressed = _event(Pressed, told, accepted=takes)
    return (pressed, *_joined(told)) if takes and not told.is_over else (pressed,)


def _joined(told: Told) -> News:
    """Read the end of what a leg heard before the join: our empty answer joins it."""
    if told.is_over:
        return _other(told)
    return (_event(Answered, told), _event(Joined, told))


def _machine(told: Told) -> News:
    heard = told.form.get("AnsweredBy") in MACHINES
    return (_event(MachineHeard, told),) if heard else _other(told)


def _saved(told: Told) -> News:
    form, seconds = told.form, told.form.get("RecordingDuration", "")
    command = UUID(told.mark.command) if told.mark.command else None
    if form.get("RecordingStatus") != "completed":
        return (_event(RecordingFailed, told, command=command),)
    sid, url = form.get("RecordingSid"), form.get("RecordingUrl", "")
    if not is_handle(sid) or not url or not SECONDS.fullmatch(seconds):
        raise MalformedWebhook("RecordingSid, RecordingUrl, RecordingDuration", "a recording")
    channels = "dual" if form.get("RecordingChannels") == "2" else "single"
    saved = {"recording": sid, "url": url, "channels": channels, "command": command}
    return (_event(RecordingSaved, told, duration_ms=int(seconds) * SECOND_MS, **saved),)


READERS: dict[str, Callable[[Told], News]] = {
    "": _arrived,
    "answered": lambda told: (_event(Answered, told),) if not told.is_over else _other(told),
    "said": lambda told: (_event(Spoken, told),),
    "gathered": _gathered,
    "sent": _other,
    "dialed": _dialed,
    "rung": _dialed,
    "moved": lambda told: (_event(Ended, told, **_dialled_leg(told)),),
    "leg": _status,
    "screened": _status,
    "screen": lambda told: (_event(Screening, told),),
    "pressed": _pressed,
    "whispered": _joined,
    "machine": _machine,
    "out": lambda told: (_event(Answered, told),) if not told.is_over else _other(told),
    "saved": _saved,
    "fetch": _other,
    "wait": _other,
}


def _cause(told: Told) -> str:
    """Return how a leg ended, in our word. "failed" says more by its SIP code."""
    cause = CAUSES[told.status]
    return (
        SIP_CAUSES.get(told.form.get("SipResponseCode", ""), cause) if cause == "unknown" else cause
    )
