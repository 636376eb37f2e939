"""The hourly seal: one hash over all moves of a period, signed. Pure.

A Merkle tree, so that one move can be shown to be under a root without the others. Leaves are
hashed and put into blocks of 256 in order of id; over the blocks stands a binary tree as in
RFC 6962, section 2.1. The prefixes 0x00 of leaves and 0x01 of all above keep the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

BLOCK = 256  # Leaves hashed together. SQL does them where they lie; see ledger_verify.sql.


@dataclass(frozen=True, slots=True)
class Period:
    """All moves recorded from `since` up to `until`: how many, and the root over them."""

    since: datetime
    until: datetime
    moves: int
    root: bytes


def leaf(id_: UUID, body_hash: bytes) -> bytes:
    """Return the hash of one move."""
    return sha256(b"\x00" + id_.bytes + body_hash).digest()


def block(leaves: Sequence[bytes]) -> bytes:
    """Return the hash of up to BLOCK leaves."""
    return sha256(b"\x01" + b"".join(leaves)).digest()


def root(blocks: Sequence[bytes]) -> bytes:
    """Return the root over blocks in order; of none, the hash of nothing."""
    if not blocks:
        return sha256().digest()
    if len(blocks) == 1:
        return blocks[0]
    half = 1 << (len(blocks) - 1).bit_length() - 1  # The largest power of two below the count.
    return sha256(b"\x01" + root(blocks[:half]) + root(blocks[half:])).digest()


def signed(period: Period, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return what the seal file says of `period`, with a signature over it."""
    told = _told(period) | {"key": key.public_key().public_bytes_raw().hex()}
    return told | {"signature": key.sign(orjson.dumps(told)).hex()}


def is_signed(told: dict[str, Any]) -> bool:
    """Return whether the signature is that of the key that is named in it."""
    said = {name: told[name] for name in ("since", "until", "moves", "root", "key")}
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(told["key"]))
        key.verify(bytes.fromhex(told["signature"]), orjson.dumps(said))
    except (InvalidSignature, ValueError):
        return False
    return True


def read_period(told: dict[str, Any]) -> Period:
    """Return the period of a seal. Raises ValueError, KeyError or TypeError if it is none."""
    since, until = datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"])
    return Period(since, until, int(told["moves"]), bytes.fromhex(told["root"]))


def _told(period: Period) -> dict[str, Any]:
    return {
        "since": period.since.isoformat(),
        "until": period.until.isoformat(),
        "moves": period.moves,
        "root": period.root.hex(),
    }
