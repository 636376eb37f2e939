"""Seal personal data so that only its own place can open it. Pure: keys and nonces come in.

An envelope is: format (1 byte), key version (2 bytes), nonce (12), AES-256-GCM text and tag.
Both the head and the place are authenticated, so nothing can be moved, swapped or relabelled.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT = 1
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
HEAD_BYTES = 3
INDEX_BYTES = 16  # 128 bits: no two of 10^10 numbers meet.
KEY_VERSION_MAX = 0xFFFF

_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


class SealBroken(Exception):
    """The envelope is damaged, from another place, or of another key. Never says what is in it."""


def place(*parts: str) -> bytes:
    """Return the place of a sealed value (table, subject, field) as unambiguous bytes.

    A place inside a place is the two joined.
    """
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def seal(key: bytes, nonce: bytes, plaintext: bytes, aad: bytes, key_version: int = 0) -> bytes:
    """Return `plaintext` sealed for the place `aad`. A nonce is used once with a key."""
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes and a nonce {NONCE_BYTES}")
    if not 0 <= key_version <= KEY_VERSION_MAX:
        raise ValueError(f"a key version is 0 to {KEY_VERSION_MAX}: {key_version}")
    head = (FORMAT << 16 | key_version).to_bytes(HEAD_BYTES, "big")
    return head + nonce + AESGCM(key).encrypt(nonce, plaintext, head + aad)


def unseal(key: bytes, envelope: bytes, aad: bytes) -> bytes:
    """Return what was sealed for the place `aad`. Raises SealBroken."""
    key_version_of(envelope)
    head, rest = envelope[:HEAD_BYTES], envelope[HEAD_BYTES:]
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], head + aad)
    except InvalidTag:
        raise SealBroken("damaged, moved from its place, or sealed with another key") from None


def key_version_of(envelope: bytes) -> int:
    """Return which version of the key sealed `envelope`. Raises SealBroken if it is none."""
    if len(envelope) < HEAD_BYTES + NONCE_BYTES + TAG_BYTES:
        raise SealBroken(f"an envelope is longer than {len(envelope)} bytes")
    if envelope[0] != FORMAT:
        raise SealBroken(f"an envelope of format {envelope[0]}; this version reads {FORMAT}")
    return int.from_bytes(envelope[1:HEAD_BYTES], "big")


def key_for(root: bytes, aad: bytes) -> bytes:
    """Return the key of one place under `root`.

    A root that seals each place with a key of its own never comes near the 2^32 random nonces
    after which one AES-GCM key is used up: a busy carrier would reach that within a month.
    """
    return hmac.digest(root, b"auctiond key\x00" + aad, "sha256")


def blind_index(index_key: bytes, number: str) -> bytes:
    """Return the keyed index of a number (E.164): finds it, and tells nothing without the key."""
    if not _E164.fullmatch(number):
        raise ValueError("a blind index is made of a number in E.164, like +1 and ten digits")
    return hmac.digest(index_key, number.encode(), "sha256")[:INDEX_BYTES]


def fingerprint(root: bytes) -> str:
    """Return what tells one key from another and gives neither away."""
    return sha256(b"auctiond fingerprint\x00" + root).hexdigest()[:16]
