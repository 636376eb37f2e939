"""Reads the fields of a small XML document, whatever its prolog says: no DTD, no entities. Pure."""

from __future__ import annotations

import codecs
from typing import NoReturn
from xml.parsers import expat

DEPTH_MAX = 16  # A ping is flat.
FIELDS_MAX = 200
BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class BadXml(ValueError):
    """It is no XML, or none that we read."""


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._open: list[str] = []
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH_MAX:
            raise BadXml("too deep")
        self._open.append(_local(name))
        self._text = []
        for key, value in attributes.items():
            if not key.startswith("xmlns"):
                self._put(_local(key), value)

    def text(self, data: str) -> None:
        self._text.append(data)

    def end(self, name: str) -> None:
        self._open.pop()
        text = "".join(self._text).strip()
        self._text = []
        if text and self._open:  # The root's own text is no field.
            self._put(_local(name), text)

    def refuse(self, *_: object) -> NoReturn:
        raise BadXml("a DTD or an entity")

    def _put(self, name: str, value: str) -> None:
        if len(self.fields) >= FIELDS_MAX:
            raise BadXml("too many fields")
        self.fields.setdefault(name, value)


def read_xml(body: bytes) -> dict[str, str]:
    """Return the texts of all leaves and attributes by name. Raises BadXml.

    The root's name counts for nothing, and neither does the encoding that the prolog tells:
    documents in UTF-8 that call themselves utf-16 are common here.
    """
    reader = _Reader()
    parser = expat.ParserCreate("utf-8")  # Given, it wins over the prolog.
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    try:
        parser.Parse(_utf8(body), True)
    except (expat.ExpatError, UnicodeDecodeError):
        raise BadXml("no XML") from None
    return reader.fields


def _utf8(body: bytes) -> bytes:
    for mark, encoding in BOMS:
        if body.startswith(mark):
            return body.decode(encoding).encode()
    if body[1:2] == b"\x00" or body[:1] == b"\x00":  # UTF-16 without a mark.
        return body.decode("utf-16-le" if body[1:2] == b"\x00" else "utf-16-be").encode()
    return body.removeprefix(codecs.BOM_UTF8)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
