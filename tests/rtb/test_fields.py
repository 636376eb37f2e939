"""Whatever a publisher sends becomes one table of texts, or is refused; nothing breaks us."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctiond.rtb.fields import FIELDS_MAX, VALUE_MAX, BadPing, read_fields
from auctiond.rtb.xml_fields import DEPTH_MAX, BadXml, read_xml

SAME = {"cid": "15550001111", "zipcode": "10001", "sipok": "yes"}
XML = "<CID>15550001111</CID><zipcode>10001</zipcode><sipOk>yes</sipOk>"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        (b"CID=15550001111&sipOk=yes&zipcode=10001", b""),
        (b"", b"CID=15550001111&sipOk=yes&zipcode=10001"),
        (b"", b'{"CID":"15550001111","zipcode":"10001","sipOk":"yes"}'),
        (b"", b' \n {"CID":15550001111,"zipcode":10001,"sipOk":true}'),
        (b"", f"<bid_request>{XML}</bid_request>".encode()),
        (b"", f"<BidRequest>\n{XML}\n</BidRequest>".encode()),
        (b"", b'<r CID="15550001111" zipcode="10001"><sipOk>yes</sipOk></r>'),
        (b"", f'<?xml version="1.0" encoding="utf-16"?><r>{XML}</r>'.encode()),
        (b"", f'<?xml version="1.0" encoding="utf-16"?><r>{XML}</r>'.encode("utf-16")),
        (b"", f'<?xml version="1.0"?><r>{XML}</r>'.encode("utf-16-le")),
        (b"", f"<r>{XML}</r>".encode("utf-8-sig")),
        (
            b"",
            b"<r xmlns:a='urn:x'><a:CID>15550001111</a:CID><zipcode><![CDATA[10001]]></zipcode>"
            b"<sipOk>yes</sipOk></r>",
        ),
        (b"CID=1&sipOk=yes", b'{"CID":"15550001111","zipcode":"10001"}'),  # The body wins.
    ],
)
def test_query_form_json_and_xml_say_the_same(query, body):
    assert read_fields(query, body) == SAME


@pytest.mark.parametrize(
    "body",
    [
        b'{"CID":',
        b'["CID"]',
        b"<r><CID>1</r>",
        b"<r>",
        b'<!DOCTYPE r [<!ENTITY x "y">]><r><CID>&x;</CID></r>',
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><r/>',
        b"<r><CID>&nbsp;</CID></r>",
        b"<a>" * (DEPTH_MAX + 1),
        b"<r>" + b"<a>1</a>" * 3 + b"".join(b"<a%d>1</a%d>" % (n, n) for n in range(300)) + b"</r>",
        b"\xff\xfe<\x00",
        b"&".join(b"a%d=1" % n for n in range(FIELDS_MAX + 1)),
        b"CID=%FF\xff",
    ],
)
def test_what_cannot_be_read_is_refused_without_a_word_of_it(body):
    with pytest.raises(BadPing) as caught:
        read_fields(b"", body)
    assert "expected" in str(caught.value)


def test_a_billion_laughs_are_none():
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(BadXml, match="DTD"):
        read_xml(f'<!DOCTYPE r [<!ENTITY a0 "ha">{bomb}]><r>&a9;</r>'.encode())


def test_what_is_too_long_or_no_value_is_left_out():
    body = b'{"a":null,"b":{"c":1},"d":["x"],"e":"%s","f":2.5}' % (b"x" * (VALUE_MAX + 1))
    assert read_fields(b"", body) == {"f": "2.5"}


@given(st.binary(max_size=200), st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(query, body):
    try:
        fields = read_fields(query, body)
    except BadPing:
        return
    assert len(fields) <= 2 * FIELDS_MAX


@given(st.text(max_size=60))
def test_any_text_around_xml_is_read_or_refused(text):
    try:
        read_xml(f"<r><a>{text}</a></r>".encode("utf-8", "surrogatepass"))
    except BadXml:
        return
