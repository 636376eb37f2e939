"""Make text of an answer's bytes, whatever it claims to be encoded in. Pure.

What the bytes are counts before what is said of them: answers say "utf-16" and are UTF-8.
"""

from __future__ import annotations

import codecs
import re

from buyers.unreadable import Unreadable
from market.http import HttpReply

BODY_MAX = 64 * 1024  # As many bytes as the wire reads. A bid has a few hundred.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.ASCII | re.IGNORECASE)
PROLOG = re.compile(rb"\s*<\?xml[^>]{0,200}encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
# One byte is one letter in these; a browser reads all of them as the last.
ONE_BYTE = frozenset(("iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252",
                      "cp1252"))  # fmt: skip


def body_text(reply: HttpReply) -> str:
    """Return the body as text. Raises Unreadable."""
    body = reply.body
    if len(body) > BODY_MAX:
        raise Unreadable("too long")
    for mark, name in MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], name)
    if body[:2] in (b"<\0", b"{\0", b"[\0"):
        return _decoded(body, "utf-16-le")
    if body[:2] in (b"\0<", b"\0{", b"\0["):
        return _decoded(body, "utf-16-be")
    try:
        return body.decode()
    except UnicodeDecodeError:
        return _decoded(body, _said(reply))


def _said(reply: HttpReply) -> str:
    found = HEADER.search(reply.header("content-type") or "")
    if found:
        return found[1]
    prolog = PROLOG.match(reply.body)
    return prolog[1].decode() if prolog else ""


def _decoded(body: bytes, name: str) -> str:
    if name.lower() in ONE_BYTE:
        name = "cp1252"
    elif name not in ("utf-8", "utf-16-le", "utf-16-be"):
        raise Unreadable("not UTF-8")
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        raise Unreadable(f"not {name}") from None
