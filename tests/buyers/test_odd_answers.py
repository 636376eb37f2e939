"""Answers that lie about their encoding, or were made to do harm."""

from __future__ import annotations

from contextlib import suppress

import pytest

from buyers.decode import MENDS, decoder
from buyers.format import AnswerForm
from buyers.unreadable import Unreadable
from market.http import HttpReply
from tests.buyers.kit import answer, bound, small
from tests.buyers.test_selecting import price

UTF16_LIE = '<?xml version="1.0" encoding="utf-16"?><r><ok>yes</ok><price>7</price></r>'


@pytest.mark.parametrize(
    "body",
    [
        UTF16_LIE.encode(),
        UTF16_LIE.encode("utf-16"),
        UTF16_LIE.encode("utf-16-le"),
        UTF16_LIE.encode("utf-16-be"),
        b"\xef\xbb\xbf" + UTF16_LIE.encode(),
        b"\n  " + UTF16_LIE.encode(),
        b'<?xml version="1.0" encoding="iso-8859-1"?>'
        + "<r><ok>yes</ok><n>Pe\xf1a</n><price>7</price></r>".encode("latin1"),
    ],
)  # fmt: skip
def test_the_bytes_count_and_not_what_is_said_of_their_encoding(body):
    assert price({"answer": "xml"}, body) == 7


@pytest.mark.parametrize(
    "body",
    [
        '<!DOCTYPE r [<!ENTITY a "7">]><r><ok>yes</ok><price>&a;</price></r>',
        '<!DOCTYPE r SYSTEM "http://169.254.169.254/x.dtd"><r><ok>yes</ok><price>7</price></r>',
        "<!DOCTYPE html><r><ok>yes</ok><price>7</price></r>",
        "<r><ok>yes</ok><price>7</price>&nbsp;</r>",
        "<r><ok>yes</ok><price>7</price></r><r/>",
        "<r>" * 100 + "</r>" * 100,
        "<r>" + "<a/>" * 4000 + "<ok>yes</ok><price>7</price></r>",
        "<r><ok>yes</ok><price>7</price>" + " " * 70_000 + "</r>",
        b"<r><ok>yes</ok><n>\xf1</n><price>7</price></r>",
        "",
    ],
)
def test_xml_that_is_odd_or_dangerous_is_no_answer(body):
    assert price({"answer": "xml"}, body) == "unparseable"


NASTY = [
    b'"' + b'\\"' * 30_000,
    b"/*" * 30_000,
    b"'" + b"\\'" * 30_000,
    b"{a" * 30_000,
    b"," + b" " * 60_000,
    b"&#" + b"9" * 60_000 + b";",
    b"<" * 60_000,
    b"a" * 60_000,
    b"<a " + b'b="c" ' * 9_000 + b"/>",
]


@pytest.mark.parametrize("kind", MENDS)
@pytest.mark.parametrize("body", NASTY)
def test_an_answer_made_to_be_hard_to_read_is_unreadable_at_worst(kind, body):
    """Everything is forgiven here, which is the most work; none of it tries again and again."""
    decode = decoder(AnswerForm(kind=kind, forgive=frozenset(MENDS[kind]) or frozenset(("x",))))
    assert decode is not None
    with suppress(Unreadable):
        decode(HttpReply(200, (), body))


def test_of_an_answer_that_nobody_understands_the_beginning_is_kept_masked():
    body = b"<h1>Error</h1>\n call +1 (415) 555-0123, ada@person.example" + b"x" * 5000
    detail = answer(bound(small()), body).detail
    assert detail.startswith("not JSON: <h1>Error</h1> ")
    assert "0123" not in detail
    assert "@" not in detail
    assert len(detail) <= 120
    assert answer(bound(small()), b"").detail.endswith("(empty)")
