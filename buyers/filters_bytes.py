"""Filters that make other bytes of a text: hashes, encodings, escapes, plain ASCII. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote
from xml.sax.saxutils import escape

import orjson

from buyers.filters import Filter, Value, text

HashName = Literal["md5", "sha1", "sha256", "sha512"]
Digest = Callable[[bytes], bytes]
HASHES: tuple[HashName, ...] = ("md5", "sha1", "sha256", "sha512")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What Unicode does not take apart into a letter and its marks.
LETTERS = str.maketrans(
    {"\u00df": "ss", "\u00e6": "ae", "\u00c6": "AE", "\u00f8": "o", "\u00d8": "O",
     "\u0153": "oe", "\u0152": "OE", "\u0142": "l", "\u0141": "L", "\u0111": "d",
     "\u0110": "D", "\u00fe": "th", "\u00de": "Th", "\u0131": "i", "\u2018": "'",
     "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-",
     "\u2026": "..."}
)  # fmt: skip


def ascii_folded(value: Value) -> Value:
    """Return the text with letters as ASCII has them: Peña is Pena. What has no letter goes."""
    apart = unicodedata.normalize("NFKD", text(value).translate(LETTERS))
    return apart.encode("ascii", "ignore").decode()


def digest(name: HashName) -> Digest:
    """Return the hash function of that name."""
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def keyed(name: HashName, key: bytes) -> Digest:
    """Return the HMAC with the hash function of that name."""
    return lambda data: hmac.digest(key, data, name)


def _hash(name: HashName) -> Filter:
    made = digest(name)
    return lambda value: made(text(value).encode()).hex()


def xml_text(value: str) -> str:
    """Return the text as it stands in an XML element or in an attribute's double quotes."""
    return escape(xml_clean(value), {'"': "&quot;"})


def xml_clean(value: str) -> str:
    """Return the text without the characters that no XML may hold."""
    return NOT_XML.sub(" ", value)


def json_text(value: str) -> str:
    """Return the text as it stands between the quotes of a JSON string."""
    return orjson.dumps(value).decode()[1:-1]


def url_text(value: str) -> str:
    """Return text as one part of an url: no slash, no question mark, nothing that divides."""
    return quote(value, safe="")


def csv_text(value: str) -> str:
    """Return text as one column of a CSV line."""
    line = " ".join(value.splitlines())
    return f'"{line.replace(chr(34), chr(34) * 2)}"' if set(line) & set(',";|\t') else line


ESCAPES: dict[str, Callable[[str], str]] = {
    "xml": xml_text,
    "json": json_text,
    "url": url_text,
    "csv": csv_text,
}


def base64url(raw: bytes) -> str:
    """Return bytes in the alphabet of URLs, without padding: RFC 7515 writes tokens so."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


BYTES_FILTERS: dict[str, Filter] = {
    "ascii": ascii_folded,
    "base64url": lambda value: base64url(text(value).encode()),
    "base64": lambda value: base64.b64encode(text(value).encode()).decode(),
    "xml": lambda value: xml_text(text(value)),
    "json": lambda value: json_text(text(value)),
    "url": lambda value: url_text(text(value)),
    **{name: _hash(name) for name in HASHES},
}


@dataclass(frozen=True, slots=True)
class KeyedHash:
    """A filter that needs a secret of the target: an HMAC in hex."""

    name: HashName
    secret: str

    def bind(self, known: Mapping[str, str]) -> Filter:
        """Return the filter, with the secret that the target brings."""
        made = keyed(self.name, known[f"secret.{self.secret}"].encode())
        return lambda value: made(text(value).encode()).hex()
