"""Look for a known person's data in the raw bytes of a request. Pure.

It must find what we forgot to think of, so it looks at everything that was sent: the
request line, the headers and the body, decoded from percent signs, in any letter case.
"""

from __future__ import annotations

import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import md5, sha1, sha256
from urllib.parse import unquote_to_bytes

from auctiond.sandbox.people import STREET_KINDS, STREETS, Person

KINDS = ("number", "number_hash", "name", "email", "email_hash", "street", "unreadable")

_HASHES = (md5, sha1, sha256)
_LAST_7 = 7  # The digits after the area code: enough to find a person by.
_NATIONAL = 10
_PREFIXES = (b"", b"1", b"001", b"01", b"0111", b"0011")  # What may stand before the ten digits.

_SEPARATORS = b" -.()+/_\t\xa0"  # What people write between the digits of a number.
_HEX_DIGITS = (32, 40, 64)  # Of MD5, SHA-1 and SHA-256.


def _keep(kept: bytes) -> bytes:
    """Return a table that turns all but `kept` into spaces: split then beats re twice over."""
    return bytes(byte if byte in kept else ord(" ") for byte in range(256))


_DIGITS = _keep(b"0123456789")
_WORDS = _keep(b"0123456789abcdefghijklmnopqrstuvwxyz")
_ALONE = re.compile(rb"(?<![0-9a-z])\d{7}(?![0-9a-z])")
_EMAIL = re.compile(rb"[a-z0-9._-]+@[a-z0-9.-]+")
_STREET = re.compile(
    rb"(\d+)[\s_+-]+([a-z]+)[\s_+-]+(" + "|".join(STREET_KINDS).lower().encode() + rb")"
)
_STREET_WORDS = frozenset(name.lower().encode() for name in STREETS)


class Watch:
    """What must not be seen in a ping: the data of `people`, in the shapes it travels in."""

    def __init__(self, people: Iterable[Person]) -> None:
        crowd = list(people)
        numbers = [person.number.removeprefix("+1").encode() for person in crowd]
        self._nth = {number: n for n, number in enumerate(numbers)}
        self._last_7 = {number[-_LAST_7:] for number in numbers}
        self._names: dict[bytes, set[bytes]] = {}
        for person in crowd:
            first, last = person.name.lower().encode().split()
            self._names.setdefault(last, set()).add(first)
        self._emails = {person.email.lower().encode() for person in crowd}
        self._streets = {person.street.lower().encode() for person in crowd}
        self._number_hashes = _hashes(shape for n in numbers for shape in number_shapes(n))
        self._email_hashes = _hashes(self._emails)

    def kinds(self, raw: bytes) -> tuple[str, ...]:
        """Return which kinds of personal data `raw` holds; never the data."""
        text = (unquote_to_bytes(raw) if b"%" in raw else raw).lower()
        words = text.translate(_WORDS).split()
        found = list(self._written(text, set(words)))
        if self._has_number(text):
            found.append("number")
        if hexes := [word for word in words if len(word) in _HEX_DIGITS]:
            found += self._hashed(hexes)
        if b"content-encoding:" in text:
            found.append("unreadable")
        return tuple(found)

    def who(self, number: str) -> int | None:
        """Return which of the people has `number`, or None."""
        digits = bytes(byte for byte in number.encode() if byte in b"0123456789")
        return self._nth.get(digits[-_NATIONAL:])

    def _has_number(self, text: bytes) -> bool:
        packed = text.translate(None, _SEPARATORS)
        for run in packed.translate(_DIGITS).split():
            if len(run) < _LAST_7:
                continue
            if run[-_NATIONAL:] in self._nth and run[:-_NATIONAL] in _PREFIXES:
                return True
            if run in self._last_7 and run in _ALONE.findall(packed):
                return True
        return False

    def _written(self, text: bytes, words: set[bytes]) -> Iterator[str]:
        if any(not self._names[last].isdisjoint(words) for last in self._names.keys() & words):
            yield "name"
        if b"@" in text and not self._emails.isdisjoint(_EMAIL.findall(text)):
            yield "email"
        if not words.isdisjoint(_STREET_WORDS):
            streets = (b" ".join(parts) for parts in _STREET.findall(text))
            if any(street in self._streets for street in streets):
                yield "street"

    def _hashed(self, words: list[bytes]) -> Iterator[str]:
        heads = [_head(word) for word in words]
        if any(_holds(self._number_hashes, head) for head in heads):
            yield "number_hash"
        if any(_holds(self._email_hashes, head) for head in heads):
            yield "email_hash"


def number_shapes(national: bytes) -> tuple[bytes, ...]:
    """Return the ways a ten-digit number is commonly written before it is hashed."""
    area, exchange, line = national[:3], national[3:6], national[6:]
    return (
        b"+1" + national,
        b"1" + national,
        national,
        b"-".join((area, exchange, line)),
        b"(%b) %b-%b" % (area, exchange, line),
        exchange + line,
    )


def _hashes(texts: Iterable[bytes]) -> array[int]:
    """Return the first 64 bits of every hash, sorted: a set would take ten times the room."""
    heads = array("Q")
    heads.frombytes(b"".join(new(text).digest()[:8] for text in texts for new in _HASHES))
    return array("Q", sorted(heads))


def _head(word: bytes) -> int:
    """Return the first 64 bits of a hash written in hex, or 0 for a word that is none."""
    try:
        return int.from_bytes(bytes.fromhex(word[:16].decode()), sys.byteorder)
    except ValueError:
        return 0


def _holds(heads: array[int], head: int) -> bool:
    place = bisect_left(heads, head)
    return place < len(heads) and heads[place] == head
