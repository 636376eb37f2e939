"""Ids are UUIDv7, made from the event they stand for: the same event, the same id. Pure.

Layout: RFC 9562, section 5.7: 48 bits of Unix milliseconds, version, variant, 74 other bits.
"""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID


def id_at(unix_ms: int, seed: bytes) -> UUID:
    """Return the UUIDv7 of the event at `unix_ms` that `seed` tells from all others."""
    rest = int.from_bytes(sha256(seed).digest()[:10], "big")
    value = (unix_ms & (1 << 48) - 1) << 80 | rest
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def id_for(base: UUID, part: str) -> UUID:
    """Return the id of a `part` of what `base` names ("hold:2"), with the time of `base`."""
    return id_at(unix_ms(base), base.bytes + part.encode())


def unix_ms(id_: UUID) -> int:
    """Return the time inside a UUIDv7, in Unix milliseconds."""
    return id_.int >> 80
