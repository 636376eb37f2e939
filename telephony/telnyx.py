"""Telnyx Call Control v2: its webhooks become our events, our commands its requests. Pure.

Only this file and its helpers (_telnyx_*.py) know the carrier's words.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Mapping
from functools import lru_cache
from typing import ClassVar

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from market.http import HttpRequest
from market.phone import CarrierEvent, Command, LegStatus
from telephony._audit import Probe
from telephony._carrier import Setting, Values, Webhook
from telephony._neutral import MalformedWebhook
from telephony._telnyx_audit import probes
from telephony._telnyx_commands import TelnyxOptions, write_command, write_status_query
from telephony._telnyx_replies import check_reply, read_placed, read_status
from telephony._telnyx_webhooks import BEGINS, NAME, read_webhook

__all__ = [
    "CARRIER",
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
API_KEY = r"KEY[0-9A-Za-z_]{20,100}"
SECONDS = re.compile(r"\d{1,12}", re.ASCII)


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
        _key(public_key).verify(
            signed_s.encode() + b"|" + body, b64decode(signature, validate=True)
        )
    except (BadSignatureError, ValueError):
        return False
    return True


@lru_cache(maxsize=8)  # An account's key is the same for every webhook.
def _key(public_key: bytes) -> VerifyKey:
    return VerifyKey(public_key)


class Telnyx:
    NAME: ClassVar[str] = NAME
    TITLE: ClassVar[str] = "Telnyx"
    SETTINGS: ClassVar[tuple[Setting, ...]] = (
        Setting("public_key", "public_key", "Account, Keys & Credentials, Public Key"),
        Setting("api_key", "secret", "Account, Keys & Credentials, API Keys", shape=API_KEY),
        Setting("api_url", "url", "where commands are sent", "https://api.telnyx.com/v2"),
        Setting(
            "connection_id",
            "text",
            "the Voice API application's id, to call back, whisper, and ring several at once",
            needed=False,
            shape=r"\d{6,30}",
        ),
    )
    # Telnyx asks to repeat what it has not answered in 500 ms. The later tries leave room for
    # a new TLS connection on a bad line.
    TRIES_S: ClassVar[tuple[float, ...]] = (0.5, 1.0, 2.0)
    CALLS_OUT: ClassVar[bool] = True
    KNOWS_IDS: ClassVar[bool] = True
    HAS_FILES: ClassVar[bool] = True
    BEGINS: ClassVar[re.Pattern[bytes]] = BEGINS
    check_reply = staticmethod(check_reply)
    read_placed = staticmethod(read_placed)
    read_status = staticmethod(read_status)

    def __init__(self, values: Values, hook_url: str) -> None:
        key = values["public_key"]
        self._public_key = key if isinstance(key, bytes) else b""
        self.options = TelnyxOptions(
            api_url=str(values["api_url"]),
            api_key=str(values["api_key"]),
            connection_id=str(values["connection_id"]),
            hook_url=hook_url,
        )

    def is_genuine(self, webhook: Webhook) -> bool:
        """Tell whether Telnyx signed it just now."""
        now_s = webhook.received_ms / 1000
        return is_genuine(webhook.body, webhook.headers, self._public_key, now_s)

    @staticmethod
    def read_webhook(webhook: Webhook) -> tuple[CarrierEvent, ...]:
        """Return what it tells."""
        return (read_webhook(webhook.body),)

    def write_command(self, command: Command) -> HttpRequest:
        """Return the request that gives `command`."""
        return write_command(command, self.options)

    def probes(self) -> tuple[Probe, ...]:
        """Return what to ask Telnyx about the account."""
        return probes(self.options)

    def write_status_query(self, ref: str) -> HttpRequest:
        """Return the request that asks whether a leg is alive."""
        return write_status_query(ref, self.options)


CARRIER = Telnyx
