"""What we write into the addresses that we give a carrier, to have it back with its webhooks. Pure.

A carrier of documents (Twilio, jambonz) has no client state, but comes to the address that a verb
names. So the query says what for, which call and leg it is, and which command of ours it was.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hmac import compare_digest, digest
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from market.phone import Dial
from telephony._neutral import MalformedWebhook

LEG_MAX = 99  # No caller waits through a hundred buyers.
HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
KIND = re.compile(r"[a-z]{1,12}", re.ASCII)
FIELDS_MAX = 20
NUMBER_MAX = 9  # Digits. Ours have two; Python reads no number of thousands.
# Where we could not be heard, Twilio and jambonz ask again, as often as they do at most. jambonz
# waits half a second, then twice as long each time, which outlasts a restart of ours.
RETRY = "#rc=5&rp=ct,rt,5xx"
SIGNATURE, SIGNATURE_CHARS = "s", 32  # 128 bits: nobody guesses them.
EXPECTED = "as we wrote it: k=KIND&c=CALL&l=LEG&i=COMMAND"


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str = ""  # What the webhook is for; "" is the first of a call.
    call_id: UUID | None = None
    leg: int = 0
    command: str = ""  # The id of our command, in hex; so no two of our addresses are alike.
    more: dict[str, str] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a text that `screen_mark` wrote, or ""."""
        return read_text(self.more.get(key, ""))

    @property
    def fetches(self) -> str:
        """The command whose document a leg comes for; "" is the next: what is over is not that."""
        return self.command if self.kind == "fetch" else ""

    @property
    def follows(self) -> str:
        """The command whose document is over."""
        return "" if self.kind == "fetch" else self.command

    @property
    def least(self) -> int:
        """How many digits are an answer, of a question."""
        return int(self.more.get("n", "0")) if self.more.get("n", "0").isdecimal() else 0


def write_mark(
    hook_url: str, kind: str, call_id: UUID, leg: int, command: UUID | str = "", **more: object
) -> str:
    """Return an address of ours with what shall come back."""
    id_ = command.hex if isinstance(command, UUID) else command
    told = {"k": kind, "c": call_id.hex, "l": leg} | ({"i": id_} if id_ else {}) | more
    return f"{hook_url}{'&' if '?' in hook_url else '?'}{urlencode(told)}{RETRY}"


def screen_mark(dial: Dial) -> dict[str, object]:
    """Return what an address says of what who is rung hears before the join."""
    hears = {"h": write_text(dial.whisper), "u": write_text(dial.whisper_url)}
    return {key: value for key, value in (hears | {"p": dial.press_one and 1}).items() if value}


def write_text(text: str) -> str:
    """Return a text for an address: carriers write quotes and blanks in many ways."""
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_text(written: str) -> str:
    """Return what `write_text` wrote. Raises MalformedWebhook."""
    try:
        return urlsafe_b64decode(written + "=" * (-len(written) % 4)).decode()
    except ValueError:
        raise MalformedWebhook("query", EXPECTED) from None


def sign(url: str, key: str) -> str:
    """Return an address of ours with our signature, for a carrier that does not sign addresses."""
    address, mark, overrides = url.partition("#")
    query = address.partition("?")[2]
    return f"{address}&{SIGNATURE}={_signature(query, key)}{mark}{overrides}"


def is_ours(query: str, key: str) -> bool:
    """Tell whether `sign` signed the address that has this query."""
    query, _, given = query.rpartition(f"&{SIGNATURE}=")
    return given.isascii() and compare_digest(_signature(query, key), given)


def _signature(query: str, key: str) -> str:
    return digest(key.encode(), b"query:" + query.encode(), "sha256").hex()[:SIGNATURE_CHARS]


def read_mark(query: str) -> Mark:
    """Return what `write_mark` wrote. "" is an address that a person put into a portal."""
    try:
        told = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=FIELDS_MAX))
    except ValueError:
        raise MalformedWebhook("query", EXPECTED) from None
    kind, call, leg, command = (told.pop(key, "") for key in "kcli")
    if kind and not KIND.fullmatch(kind):
        raise MalformedWebhook("query.k", EXPECTED)
    if any(len(number) > NUMBER_MAX for number in (leg, told.get("n", ""), told.get("o", ""))):
        raise MalformedWebhook("query", EXPECTED)
    if not call:
        return Mark(kind, more=told)
    if not HEX.fullmatch(call) or not leg.isdecimal() or not 0 <= int(leg) <= LEG_MAX:
        raise MalformedWebhook("query.c", EXPECTED)
    if command and not HEX.fullmatch(command):
        raise MalformedWebhook("query.i", EXPECTED)
    return Mark(kind, UUID(call), int(leg), command, told)
