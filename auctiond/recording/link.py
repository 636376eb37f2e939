"""Links to recordings: each says which, until when and who may be asked about it, signed. Pure.

Whoever has the link may listen until it expires; so it is short-lived, and every use is on record.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

KIND = "recording link"
MINUTES, MINUTES_MAX = 15, 24 * 60
ID_BYTES = 8  # Of the link itself: 64 bits, so no two of an installation meet.
TIME_BYTES = 6
SIGNATURE_BYTES = 32
TEXT_BYTES = 16 + ID_BYTES + TIME_BYTES
TOKEN = re.compile(r"[A-Za-z0-9_-]{80,90}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Link:
    recording: UUID
    id: str  # In hex; its making and its uses are on record under it.
    expires_ms: int


def write_link(link: Link, sign: Callable[[bytes], bytes]) -> str:
    """Return the token of a link."""
    text = (
        link.recording.bytes + bytes.fromhex(link.id) + link.expires_ms.to_bytes(TIME_BYTES, "big")
    )
    return urlsafe_b64encode(text + sign(text)).decode().rstrip("=")


def read_link(token: str, is_ours: Callable[[bytes, bytes], bool]) -> Link | None:
    """Return the link that a token is; None: none that we made."""
    if not TOKEN.fullmatch(token):
        return None
    whole = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    text, signature = whole[:TEXT_BYTES], whole[TEXT_BYTES:]
    if len(signature) != SIGNATURE_BYTES or not is_ours(text, signature):
        return None
    recording, rest = UUID(bytes=text[:16]), text[16:]
    return Link(recording, rest[:ID_BYTES].hex(), int.from_bytes(rest[ID_BYTES:], "big"))
