"""API keys: how one looks, how it is checked, and what it may do. Pure.

    auctiond_<env>_<id>_<secret>_<crc32>

The checksum refuses typing errors and junk without asking the database, and a secret
scanner knows the prefix. What is stored is a hash: the secret is random and long, so a slow
hash would protect nothing and let anyone keep us busy.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from zlib import crc32

PREFIX = "auctiond"
ENVIRONMENTS = ("live", "test")
ID_BYTES = 5  # 40 bits: no two keys of one installation meet.
SECRET_BYTES = 25  # 200 bits, and 40 characters without padding.
RANDOM_BYTES = ID_BYTES + SECRET_BYTES
TEXT_CHARS_MAX = 100  # A longer text is not looked at.

SCOPES: dict[str, str] = {
    "read": "see calls, reports and the network",
    "network": "change the network: campaigns, buyers, targets, numbers",
    "callbacks": "ask for callbacks, call them off, and say whom not to call",
    "recordings": "make links to listen to recordings, and delete them",
    "money": "top up wallets, adjust and refund",
    "admin": "make and revoke keys, erase persons; includes all others",
}

_SHAPE = re.compile(
    rf"{PREFIX}_(?:{'|'.join(ENVIRONMENTS)})_([a-z2-7]{{8}})_([a-z2-7]{{40}})_([0-9a-f]{{8}})"
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `text` is shown once and never stored."""

    id: str
    hash: bytes
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ParsedKey:
    id: str
    secret: str = field(repr=False)


def make_key(random: bytes, environment: str = "live", pepper: bytes = b"") -> NewKey:
    """Return a key made of `RANDOM_BYTES` random bytes."""
    if len(random) != RANDOM_BYTES or environment not in ENVIRONMENTS:
        raise ValueError(f"a key takes {RANDOM_BYTES} bytes, and is one of {ENVIRONMENTS}")
    key_id, secret = _letters(random[:ID_BYTES]), _letters(random[ID_BYTES:])
    body = f"{PREFIX}_{environment}_{key_id}_{secret}"
    return NewKey(key_id, hash_secret(secret, pepper), f"{body}_{_checksum(body)}")


def parse_key(text: str) -> ParsedKey | None:
    """Return the id and the secret in `text`; None when it is no key of ours."""
    found = _SHAPE.fullmatch(text) if len(text) <= TEXT_CHARS_MAX else None
    if found is None or found[3] != _checksum(text.rpartition("_")[0]):
        return None
    return ParsedKey(found[1], found[2])


def matches(key: ParsedKey, stored_hash: bytes, pepper: bytes = b"") -> bool:
    """Return whether `key` is the one that was stored, in the same time either way."""
    return hmac.compare_digest(hash_secret(key.secret, pepper), stored_hash)


def hash_secret(secret: str, pepper: bytes = b"") -> bytes:
    """Return what is stored of a secret."""
    if pepper:
        return hmac.digest(pepper, secret.encode(), "sha256")
    return sha256(secret.encode()).digest()


def read_scopes(names: Iterable[str]) -> frozenset[str]:
    """Return the scopes `names`. Raises ValueError naming what is none."""
    scopes = frozenset(names)
    unknown = sorted(scopes - SCOPES.keys())
    if unknown or not scopes:
        wrong = f"no such scope: {', '.join(unknown)}" if unknown else "a key needs a scope"
        raise ValueError(f"{wrong}; there are {', '.join(SCOPES)}")
    return scopes


def allows(scopes: Collection[str], needed: str) -> bool:
    """Return whether a key with `scopes` may do what needs `needed`.

    An admin may make itself any key, so admin holds all scopes.
    """
    return needed in SCOPES and (needed in scopes or "admin" in scopes)


def _letters(random: bytes) -> str:
    return b32encode(random).decode().lower()


def _checksum(body: str) -> str:
    return f"{crc32(body.encode()):08x}"
