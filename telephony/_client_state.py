"""What we give a leg, to have it back with its news: call, leg, nothing personal. Pure."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

import orjson

from telephony._neutral import MalformedWebhook

STATE_MAX = 512  # Characters. Ours have about 80.
LEG_MAX = 99  # No caller waits through a hundred buyers.
CALL_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
EXPECTED = 'base64 of {"c": call id in hex, "l": leg}'


@dataclass(frozen=True, slots=True)
class ClientState:
    call_id: UUID | None = None  # None: the leg was given nothing yet.
    leg: int = 0
    ours: bool = False  # We ended the leg: its end is not the caller's doing.
    screened: bool = False  # Who answers is asked first, and only then joined.


def write_state(call_id: UUID, leg: int, *, ours: bool = False, screened: bool = False) -> str:
    """Return the client state of `leg`."""
    told: dict[str, object] = {"c": call_id.hex, "l": leg}
    if ours:
        told["h"] = 1
    if screened:
        told["s"] = 1
    return b64encode(orjson.dumps(told)).decode()


def read_state(written: str, place: str) -> ClientState:
    """Return what `write_state` wrote. "" is a leg that was given nothing."""
    if not written:
        return ClientState()
    state = _parse(written) if len(written) <= STATE_MAX else None
    if state is None:
        raise MalformedWebhook(place, EXPECTED)
    return state


@lru_cache(maxsize=4096)  # A leg's comes with all of its news.
def _parse(written: str) -> ClientState | None:
    try:
        told = orjson.loads(b64decode(written, validate=True))
    except ValueError:  # Of base64 and of JSON alike.
        return None
    if not isinstance(told, dict):
        return None
    call_id, leg = told.get("c"), told.get("l")
    if not isinstance(call_id, str) or not CALL_ID.fullmatch(call_id):
        return None
    if type(leg) is not int or not 0 <= leg <= LEG_MAX:
        return None
    return ClientState(UUID(call_id), leg, told.get("h") == 1, told.get("s") == 1)
