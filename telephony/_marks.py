"""What we write into the addresses that we give a carrier, to have it back with its webhooks. Pure.

A carrier of documents (Twilio, jambonz) has no client state, but comes to the address that a verb
names. So the query says what for, which call and leg it is, and which command of ours it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from telephony._neutral import MalformedWebhook

LEG_MAX = 99  # No caller waits through a hundred buyers.
HEX = re.compile(r"[0-9a-f]{32}", re.ASCII)
KIND = re.compile(r"[a-z]{1,12}", re.ASCII)
FIELDS_MAX = 20
NUMBER_MAX = 9  # Digits. Ours have two; Python reads no number of thousands.
EXPECTED = "as we wrote it: k=KIND&c=CALL&l=LEG&i=COMMAND"


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str = ""  # What the webhook is for; "" is the first of a call.
    call_id: UUID | None = None
    leg: int = 0
    command: str = ""  # The id of our command, in hex; so no two of our addresses are alike.
    more: dict[str, str] = field(default_factory=dict)

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
    return f"{hook_url}{'&' if '?' in hook_url else '?'}{urlencode(told)}"


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
