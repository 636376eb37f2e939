"""Kamailio as edge/kamailio/ sets it up: your own SIP edge, for signalling alone. Pure.

A proxy has no voice. A call rings until a buyer answers it: it is "answered" for us as soon as the
edge holds it for us, what would be said is skipped at once, and nothing is typed. Who answers is
joined in the same moment, and when one of the two hangs up, both are gone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any, ClassVar, TypedDict
from urllib.parse import parse_qs, quote
from uuid import UUID

import orjson

from market.http import HttpReply, HttpRequest
from market.phone import (
    Answer,
    Answered,
    Arrived,
    CarrierError,
    CarrierEvent,
    Command,
    Dial,
    Ended,
    Gather,
    Gathered,
    Hangup,
    Joined,
    LegGone,
    LegStatus,
    Placed,
    Play,
    Reject,
    Ringing,
    Say,
    Spoken,
)
from telephony._carrier import Setting, Values, Webhook
from telephony._client_state import CALL_ID, LEG_MAX
from telephony._fields import TEXT_MAX, Json, handle, inner, read_object, text
from telephony._neutral import MalformedWebhook
from telephony._telnyx_caller import BID, number
from telephony._telnyx_causes import cause_of

NAME = "kamailio"
TOLERANCE_MS = 300_000  # To either side. A signature that is older was overheard.
SECONDS = re.compile(r"\d{1,12}", re.ASCII)
TIME = re.compile(r"(\d{10})\.(\d{6})", re.ASCII)
KEY = re.compile(r"\d{1,10}:\d{1,10}", re.ASCII)  # Of the transaction: the caller's leg.
NANP = re.compile(r"1?([2-9]\d{9})", re.ASCII)
HUNG_UP = {"caller": "completed", "callee": "completed", "us": "completed", "limit": "max_duration"}
REJECTED = {"busy": 486, "rejected": 603, "not_found": 404, "unavailable": 480}
TALK_S = (1, 14_400)  # Four hours are the edge's longest.


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
    by = text(told, "by", "")
    cause = HUNG_UP.get(by, "unknown")
    return [Ended(**buyer, cause=cause, caller_left=by == "caller"), Ended(**caller, cause=cause)]


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


class Kamailio:
    NAME: ClassVar[str] = NAME
    TITLE: ClassVar[str] = "Kamailio"
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("api_url", "url", "where your edge takes commands", "http://127.0.0.1:5062"),
        Setting("api_key", "secret", "EDGE_KEY in your edge's local.cfg"),
    )
    read_webhook = staticmethod(read_webhook)

    def __init__(self, values: Values, hook_url: str) -> None:
        self._url = str(values["api_url"]).rstrip("/")
        self._key = str(values["api_key"])

    def is_genuine(self, webhook: Webhook) -> bool:
        """Tell whether our edge signed this just now.

        The edge has no HMAC, but SHA-256: it is used twice, with the key in front of both, which
        keeps out who would lengthen what was signed.
        """
        asked = parse_qs(webhook.query)
        signed_s, signature = asked.get("t", [""])[0], asked.get("s", [""])[0]
        if not SECONDS.fullmatch(signed_s):
            return False
        if abs(webhook.received_ms - int(signed_s) * 1000) > TOLERANCE_MS:
            return False
        return hmac.compare_digest(signature_of(self._key, signed_s, webhook.body), signature)

    def write_command(self, command: Command) -> HttpRequest:
        """Return the request that gives `command`. Raises CarrierError for what a proxy cannot."""
        key, leg = _parts(command.ref)
        match command:
            case Answer():
                return self._post(command, key, "hold")
            case Reject():
                return self._post(command, key, "reject", code=REJECTED[command.cause])
            case Say() | Play(once=True):
                return self._post(command, key, "skip", what="say")
            case Gather():
                return self._post(command, key, "skip", what="gather")
            case Dial(own=0) if not (command.is_screened or command.no_machine):
                return self._post(
                    command,
                    key,
                    "route",
                    uri=command.destination,
                    leg=command.leg,
                    ring_ms=ceil(command.ring_s * 1000),
                    limit_s=min(max(ceil(command.longest_s), TALK_S[0]), TALK_S[1]),
                )
            case Hangup() if leg:
                return self._post(command, key, "cancel", leg=int(leg))
            case Hangup():
                return self._post(command, key, "hangup")
        raise CarrierError("refused")

    def write_status_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether a leg is alive."""
        key, leg = _parts(ref)
        return HttpRequest("GET", f"{self._url}/v1/calls/{key}/{leg or 0}", self._headers())

    @staticmethod
    def check_reply(reply: HttpReply) -> None:
        """Return if the command was taken. Raises LegGone, or CarrierError with the reason."""
        if reply.status in (404, 410):
            raise LegGone
        if not 200 <= reply.status < 300:
            raise CarrierError("refused" if reply.status == 409 else f"http:{reply.status}")

    @staticmethod
    def read_placed(reply: HttpReply) -> Placed | None:
        """Return None: the edge begins no calls."""
        return None

    @staticmethod
    def read_status(reply: HttpReply) -> LegStatus:
        """Return what the edge says of a leg. One it does not know (any more) is not alive."""
        if reply.status == 404:
            return LegStatus(alive=False)
        try:
            told = orjson.loads(reply.body) if reply.status == 200 else None
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict) or told.get("alive") not in (0, 1):
            raise CarrierError(f"http:{reply.status}")
        match = TIME.fullmatch(str(told.get("ended", "")))
        alive = told["alive"] == 1
        return LegStatus(alive, _ms(match) if match and not alive else None)

    def _post(self, command: Command, key: str, verb: str, **more: object) -> HttpRequest:
        told = {"command_id": str(command.command_id), "c": command.call_id.hex, **more}
        headers = (*self._headers(), ("content-type", "application/json"))
        url = f"{self._url}/v1/calls/{key}/{verb}"
        return HttpRequest("POST", url, headers, orjson.dumps(told))

    def _headers(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._key}"), ("accept", "application/json"))


CARRIER = Kamailio


def signature_of(key: str, signed_s: str, body: bytes) -> str:
    """Return the signature of a webhook that is sent at `signed_s`."""
    inner_sum = hashlib.sha256(f"{key}:{signed_s}:".encode() + body).hexdigest()
    return hashlib.sha256(f"{key}:{inner_sum}".encode()).hexdigest()


def _parts(ref: str) -> tuple[str, str]:
    """Return the transaction's key and the leg in a handle; "" is the caller's."""
    index, _, rest = ref.partition(":")
    label, _, leg = rest.partition(":")
    return quote(f"{index}:{label}", safe=":"), leg if leg.isdecimal() else ""


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
    return _ms(match)


def _ms(match: re.Match[str]) -> int:
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
