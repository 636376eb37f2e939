"""Reads what a publisher sent: query, form, JSON and XML become one table of texts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import orjson

from auctiond.rtb.xml_fields import BadXml, read_xml

FIELDS_MAX = 200  # A ping has a dozen.
ENCODED = b"%+"
VALUE_MAX = 500  # Characters. Longer is nothing that we would use.


class BadPing(ValueError):
    """What came cannot be read. The message says what would be right, never what was found."""


def read_fields(query: bytes, body: bytes) -> dict[str, str]:
    """Return the fields by their names in lower case; those of the body win. Raises BadPing.

    What the body is, it says by its first character: content types lie.
    """
    found = _pairs(_form(query))
    text = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        return found
    if text[:1] in b"{[":
        return found | _pairs(_json(text))
    if text[:1] in b"<\x00\xff\xfe" or text[1:2] == b"\x00":
        try:
            return found | _pairs(read_xml(text).items())
        except BadXml as error:
            raise BadPing(f"body: expected XML without DTD and entities ({error})") from None
    return found | _pairs(_form(text))


def _form(text: bytes) -> Iterable[tuple[str, str]]:
    if text.isascii() and not any(mark in text for mark in ENCODED):  # As most are.
        parts = text.decode().split("&", FIELDS_MAX)
        if len(parts) > FIELDS_MAX:
            raise BadPing(f"expected at most {FIELDS_MAX} fields")
        return [(name, value) for name, _, value in (part.partition("=") for part in parts) if name]
    try:
        return parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise BadPing("expected fields as name=value in UTF-8, JSON or XML") from None


def _json(text: bytes) -> Iterable[tuple[str, Any]]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadPing("body: expected JSON") from None
    if not isinstance(found, dict):
        raise BadPing("body: expected one JSON object")
    return found.items()


def _pairs(items: Iterable[tuple[str, Any]]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for name, value in items:
        text = _text(value)
        if text is not None and len(text) <= VALUE_MAX and len(pairs) < FIELDS_MAX:
            pairs[name.strip().lower()] = text.strip()
    return pairs


def _text(value: object) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)
    return None
