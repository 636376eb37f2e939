"""Kamailio as edge/kamailio/ sets it up: your own SIP edge, for signalling alone. Pure.

A proxy has no voice. A call rings until a buyer answers it: it is "answered" for us as soon as the
edge holds it for us, what would be said is skipped at once, and nothing is typed. Who answers is
joined in the same moment, and when one of the two hangs up, both are gone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from math import ceil
from typing import ClassVar
from urllib.parse import parse_qs, quote

import orjson

from market.http import HttpReply, HttpRequest
from market.phone import (
    Answer,
    CarrierError,
    Command,
    Dial,
    Gather,
    Hangup,
    LegGone,
    LegStatus,
    Placed,
    Play,
    Reject,
    Say,
)
from telephony._audit import Probe
from telephony._carrier import Setting, Values, Webhook
from telephony._kamailio_webhooks import NAME, TIME, ms_of, read_webhook

TOLERANCE_MS = 300_000  # To either side. A signature that is older was overheard.
SECONDS = re.compile(r"\d{1,12}", re.ASCII)
REJECTED = {"busy": 486, "rejected": 603, "not_found": 404, "unavailable": 480}
TALK_S = (1, 14_400)  # Four hours are the edge's longest.


class Kamailio:
    NAME: ClassVar[str] = NAME
    TITLE: ClassVar[str] = "Kamailio"
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("api_url", "url", "where your edge takes commands", "http://127.0.0.1:5062"),
        Setting("api_key", "secret", "EDGE_KEY in your edge's local.cfg"),
    )
    TRIES_S: ClassVar[tuple[float, ...]] = (0.5, 1.0, 2.0)
    CALLS_OUT: ClassVar[bool] = False
    KNOWS_IDS: ClassVar[bool] = True
    HAS_FILES: ClassVar[bool] = False
    BEGINS: ClassVar[None] = None
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
        if not SECONDS.fullmatch(signed_s) or not signature.isascii():
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

    def probes(self) -> tuple[Probe, ...]:
        """Return nothing: an edge of your own has no account to look into."""
        return ()

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
        return LegStatus(alive, ms_of(match) if match and not alive else None)

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
