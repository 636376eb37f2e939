"""What edge/kamailio/ tells, in our words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypedDict
from uuid import UUID

from market.phone import (
    Answered,
    Arrived,
    CarrierEvent,
    Ended,
    Gathered,
    Joined,
    Ringing,
    Spoken,
)
from telephony._caller import BID, number
from telephony._carrier import Webhook
from telephony._client_state import CALL_ID, LEG_MAX
from telephony._fields import TEXT_MAX, Json, handle, inner, read_object, text
from telephony._neutral import MalformedWebhook
from telephony._telnyx_causes import cause_of

NAME = "kamailio"
TIME = re.compile(r"(\d{10})\.(\d{6})", re.ASCII)
KEY = re.compile(r"\d{1,10}:\d{1,10}", re.ASCII)  # Of the transaction: the caller's leg.
NANP = re.compile(r"1?([2-9]\d{9})", re.ASCII)
HUNG_UP = {
    "caller": "completed",
    "callee": "completed",
    "us": "completed",
    "limit": "max_duration",
    "lost caller": "vanished",  # A phone answers no more: see `_ended`.
    "lost callee": "vanished",
}


class News(TypedDict):
    """What all events have in common."""

    event_id: str
    call_ref: str
    ref: str
    leg: int
    call_id: UUID | None
    at_ms: int
    carrier: str


def read_webhook(webhook: Webhook) -> Sequence[CarrierEvent]:
    """Return what the edge tells: of both legs, where something happened to both."""
    told = read_object(webhook.body)
    name, leg = handle(told, "event", ""), _leg(told)
    read = READERS.get(name)
    if read is None:
        raise MalformedWebhook("event", "one of " + ", ".join(READERS))
    key = handle(told, "tx", "")
    if not KEY.fullmatch(key):
        raise MalformedWebhook("tx", "INDEX:LABEL")
    caller: News = {
        "event_id": handle(told, "id", ""),
        "call_ref": handle(told, "call", ""),
        "ref": key,
        "leg": 0,
        "call_id": _call_id(told),
        "at_ms": _at_ms(told),
        "carrier": NAME,
    }
    buyer = caller.copy()
    buyer["ref"], buyer["leg"] = f"{key}:{leg}", leg
    events = read(caller, buyer, told)
    return [
        replace(one, event_id=f"{one.event_id}+{at}") if at else one
        for at, one in enumerate(events)
    ]


def _arrived(caller: News, buyer: News, told: Json) -> list[CarrierEvent]:
    to, bid, level = text(told, "to", ""), text(told, "bid", ""), text(told, "attestation", "")
    return [
        Arrived(
            **caller,
            caller=_number(text(told, "from", "")),
            dialled=_number(to) or to,
            attestation=level if level in ("A", "B", "C") else "",
            lead=_lead(told),
            bid=bid if BID.fullmatch(bid) else "",
        )
    ]


def _skipped(caller: News, buyer: News, told: Json) -> list[CarrierEvent]:
    return [Gathered(**caller) if told.get("skipped") == "gather" else Spoken(**caller)]


def _failed(caller: News, buyer: News, told: Json) -> list[CarrierEvent]:
    cause = cause_of("", str(told.get("code")))
    if told.get("by") == "us":
        cause = "cancelled"
    elif told.get("timeout") == 1:
        cause = "no_answer"
    return [Ended(**buyer, cause=cause)]


def _ended(caller: News, buyer: News, told: Json) -> list[CarrierEvent]:
    """A talk is over. Its beginning is told with it: the news of that may be late, or lost.

    Where a phone vanished, it is told until when both were there; nobody pays for what came after.
    """
    by = text(told, "by", "")
    if until := TIME.fullmatch(text(told, "until", "")):
        caller["at_ms"] = buyer["at_ms"] = ms_of(until)
    began = TIME.fullmatch(text(told, "joined", ""))
    joined = [replace(Joined(**buyer), at_ms=ms_of(began))] if began else []
    cause = HUNG_UP.get(by, "unknown")
    ended = [
        Ended(**buyer, cause=cause, caller_left=by.endswith("caller")),
        Ended(**caller, cause=cause),
    ]
    return [*joined, *ended]


def _over(caller: News, buyer: News, told: Json) -> list[CarrierEvent]:
    """The caller's leg ended before anybody answered."""
    left = told.get("by") == "caller"
    mine = Ended(**caller, cause="cancelled" if left else "carrier_error", caller_left=left)
    if told.get("by") == "us":
        mine = Ended(**caller, cause="completed")
    if told.get("rang") == 1:
        return [Ended(**buyer, cause="cancelled", caller_left=left), mine]
    return [mine]


READERS: Mapping[str, Callable[[News, News, Json], list[CarrierEvent]]] = {
    "arrived": _arrived,
    "held": lambda caller, buyer, told: [Answered(**caller)],
    "skipped": _skipped,
    "ringing": lambda caller, buyer, told: [Ringing(**buyer)],
    "joined": lambda caller, buyer, told: [Answered(**buyer), Joined(**buyer)],
    "failed": _failed,
    "ended": _ended,
    "over": _over,
}


def _leg(told: Json) -> int:
    found = told.get("leg", 0)
    if type(found) is not int or not 0 <= found <= LEG_MAX:
        raise MalformedWebhook("leg", f"a whole number to {LEG_MAX}")
    return found


def _call_id(told: Json) -> UUID | None:
    found = text(told, "c", "")
    if found and not CALL_ID.fullmatch(found):
        raise MalformedWebhook("c", "a call's id in hex")
    return UUID(found) if found else None


def _at_ms(told: Json) -> int:
    match = TIME.fullmatch(text(told, "at", ""))
    if match is None:
        raise MalformedWebhook("at", "a time such as 1796029528.335882")
    return ms_of(match)


def ms_of(match: re.Match[str]) -> int:
    """Return the Unix milliseconds of a TIME."""
    return int(match[1]) * 1000 + int(match[2]) // 1000


def _number(written: str) -> str:
    """Return a number as E.164: North American carriers write ten or eleven digits."""
    match = NANP.fullmatch(written)
    return f"+1{match[1]}" if match else number(written)


def _lead(told: Json) -> dict[str, str] | None:
    """Return the lead's fields that came in headers, and the caller's name."""
    sent: Mapping[str, Any] = inner(told, "lead", "") if "lead" in told else {}
    fields = {**sent, "name": sent.get("name") or told.get("name")}
    found = {
        name: value.strip()
        for name, value in fields.items()
        if isinstance(value, str)
        and 0 < len(value.strip()) <= TEXT_MAX
        and value.strip().isprintable()
    }
    return found or None
