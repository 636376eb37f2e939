"""Bodies in every encoding: nested, repeated, empty, escaped, and documents inside a field."""

from __future__ import annotations

import base64
import hmac

import orjson
import pytest

from buyers.ask import Ask
from buyers.codec import make_ping
from buyers.errors import BindError, BuyerFileError, Unmapped
from market.http import HttpRequest
from market.money import Micros
from tests.buyers.kit import bound, small

NOW_MS = 1_795_435_200_500  # 2026-11-23T12:00:00.5Z
NOTE = 'a<b>&"c" ]]> \x01'
FACTS = {"state": "CA", "zip": "02139", "vertical": "solar", "ivr.note": NOTE, "ivr.own": "Y"}
ASK = Ask(FACTS, auction_id="0193", told_ms=700, reserve=Micros(12_345_678), now_ms=NOW_MS)


def ping(request: dict[str, object], more: str = "", ask: Ask = ASK, **target: object):
    form = small(more, **{f"ping__request__{key}": value for key, value in request.items()})
    return make_ping(bound(form, **target), ask)


def body(request: dict[str, object], more: str = "") -> str:
    return ping(request, more).body.decode()


def refused(request: dict[str, object]) -> str:
    with pytest.raises(BuyerFileError) as caught:
        small(**{f"ping__request__{key}": value for key, value in request.items()})
    return str(caught.value)


def test_json_nests_tables_and_lists_and_keeps_types():
    fields = {
        "data": {
            "zip": "{zip|number}",
            "own": "{ivr.own|boolean}",
            "n": 5,
            "none": "{null}",
        },
        "list": ["{state}", 7, True, {"a": "{zip}", "gone": "{area_code}"}],
        "empty": [],
        "nothing": {},
    }
    assert orjson.loads(body({"fields": fields})) == {
        "data": {"zip": 2139, "own": True, "n": 5, "none": None},
        "list": ["CA", 7, True, {"a": "02139"}],
        "empty": [],
        "nothing": {},
    }


def test_json_may_be_wrapped_and_may_have_dots_in_names():
    assert body({"wrap": "a.b", "fields": {"c": 1}}) == '{"a":{"b":{"c":1}}}'
    assert body({"names": "plain", "fields": {"a.b": 1, "c[0]": 2}}) == '{"a.b":1,"c[0]":2}'


@pytest.mark.parametrize(
    ("empty", "json"), [("omit", "{}"), ("send", '{"x":""}'), ("null", '{"x":null}')]
)
def test_a_field_without_a_value_in_json(empty, json):
    assert body({"empty": empty, "fields": {"x": "{area_code}"}}) == json


def test_a_form_repeats_the_name_of_a_list():
    fields = {
        "a[]": ["{state}", "x y"],
        "b.c": {"d": 1},
        "e": "{area_code}",
        "f": "{area_code|default:}",
    }
    request = {"encoding": "form", "fields": fields}
    assert body(request) == "a[]=CA&a[]=x+y&b.c.d=1&f="
    assert body({**request, "empty": "send"}) == "a[]=CA&a[]=x+y&b.c.d=1&e=&f="


def test_a_query_stands_beside_a_body():
    request = ping({"query": {"key": "{secret.k}", "z": "{area_code}"}, "url": "{url}?v=1"},
                   '[secrets]\nk = "x"', ping={"secrets": {"k": "ref"}})  # fmt: skip
    assert request.url == "https://buyer.example/ping?v=1&key=s3cret-ref"
    assert request.body == b'{"zip":"02139"}'


def test_xml_has_attributes_namespaces_lists_cdata_and_escapes():
    fields = {
        "@xmlns": "http://buyer.example/ns",
        "@version": 2,
        "Zip": "{zip}",
        "Gone": "{area_code}",
        "Part": {"@id": "{ivr.note}", "#text": "{state}"},
        "Note": {"#cdata": "{ivr.note}"},
        "Tag": ["{vertical}", "b"],
        "x:Deep": {"Er": {"@only": 1}},
    }
    assert body({"encoding": "xml", "root": "x:Lead", "fields": fields}) == (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<x:Lead xmlns="http://buyer.example/ns" version="2"><Zip>02139</Zip>'
        '<Part id="a&lt;b&gt;&amp;&quot;c&quot; ]]&gt;  ">CA</Part>'
        '<Note><![CDATA[a<b>&"c" ]]]]><![CDATA[>  ]]></Note><Tag>solar</Tag><Tag>b</Tag>'
        '<x:Deep><Er only="1"/></x:Deep></x:Lead>'
    )


def test_xml_sends_empty_elements_where_told_and_may_lack_its_declaration():
    fields = {"A": "{area_code}", "B": {"C": "{area_code}"}}
    request = {"encoding": "xml", "root": "R", "declaration": False, "fields": fields}
    assert body(request) == "<R/>"
    assert body({**request, "empty": "send"}) == "<R><A/><B><C/></B></R>"


def test_soap_is_xml_with_a_header():
    fields = {
        "@xmlns:soap": "http://schemas.xmlsoap.org/soap/envelope/",
        "soap:Body": {"Submit": {"@xmlns": "urn:b", "zip": "{zip}"}},
    }
    headers = {"SOAPAction": '"urn:b/Submit"', "Content-Type": "text/xml; charset=utf-8"}
    request = ping(
        {"encoding": "xml", "root": "soap:Envelope", "fields": fields, "headers": headers}
    )
    assert request.body.endswith(
        b'<soap:Body><Submit xmlns="urn:b"><zip>02139</zip></Submit></soap:Body></soap:Envelope>'
    )
    assert dict(request.headers)["Content-Type"] == "text/xml; charset=utf-8"


def test_xml_and_json_stand_inside_fields():
    inner = {
        "lead": {
            "encoding": "xml",
            "root": "Lead",
            "declaration": False,
            "fields": {"Zip": "{zip}"},
        },
        "more": {"fields": {"s": "{state}"}},
    }
    fields = {"xml": "{inner.lead}", "json": "{inner.more|base64}"}
    text = body({"encoding": "form", "fields": fields, "inner": inner})
    assert text == "xml=%3CLead%3E%3CZip%3E02139%3C%2FZip%3E%3C%2FLead%3E&json=eyJzIjoiQ0EifQ%3D%3D"
    soap = {"Body": {"#cdata": "{inner.lead}"}}
    assert "<![CDATA[<Lead><Zip>02139</Zip></Lead>]]>" in body(
        {"encoding": "xml", "root": "E", "fields": soap, "inner": inner}
    )


@pytest.mark.parametrize(
    ("escape", "said"),
    [
        ("none", 'note=a<b>&"c" ]]> \x01;CA'),
        ("xml", "note=a&lt;b&gt;&amp;&quot;c&quot; ]]&gt;  ;CA"),
        ("json", 'note=a<b>&\\"c\\" ]]> \\u0001;CA'),
        ("url", "note=a%3Cb%3E%26%22c%22%20%5D%5D%3E%20%01;CA"),
        ("csv", 'note="a<b>&""c"" ]]> \x01";CA'),
    ],
)
def test_a_text_is_a_template_whose_values_are_escaped(escape, said):
    request = {"encoding": "text", "text": "note={ivr.note};{state}", "escape": escape}
    request["fields"] = {}
    form = {key: value for key, value in request.items() if key != "fields"}
    got = _text_ping(form)
    assert got.body.decode() == said
    assert dict(got.headers)["Content-Type"] == "text/plain; charset=utf-8"


def _text_ping(request: dict[str, object]) -> HttpRequest:
    changes = {f"ping__request__{key}": value for key, value in request.items()}
    form = small(**{"ping__request": {}, **changes})
    return make_ping(bound(form), ASK)


def test_a_text_without_a_value_is_not_sent_unless_told():
    with pytest.raises(Unmapped, match="area_code"):
        _text_ping({"encoding": "text", "text": "x={area_code}"})
    assert _text_ping({"encoding": "text", "text": "x={area_code}", "empty": "send"}).body == b"x="


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"encoding": "xml"}, "the name of the outermost element"),
        ({"encoding": "xml", "root": "a b"}, "'a b' is no name in XML"),
        ({"encoding": "xml", "root": "a", "fields": {"1x": 1}}, "'1x' is no name in XML"),
        ({"encoding": "xml", "root": "a", "fields": {"@x": {"y": 1}}}, "'@x' has fields inside"),
        ({"encoding": "xml", "root": "a", "fields": {"x": []}}, "only JSON has these"),
        ({"encoding": "form", "fields": {"x": "{null}"}}, "only JSON has these"),
        ({"encoding": "form", "empty": "null"}, "only JSON has a null"),
        ({"root": "a"}, "only encoding = 'xml' has it"),
        ({"encoding": "text"}, "is all of the body"),
        ({"fields": {"x": "{inner.a}"}}, "there is no {inner.a}"),
        ({"fields": {"x": {"y": {"z": [[1]]}}}}, "a text, a number"),
        ({"inner": {"A": {}}}, "small letters"),
        ({"inner": {"a": {"fields": {"x": "{inner.a}"}}}}, "there is no {inner.a}"),
        ({"inner": {"a": {"fields": {"x": "{phone}"}}}}, "{phone} is personal"),
        ({"query": {"x": "{email|md5}"}}, "{email} is personal"),
        ({"basic": {"user": "{email}"}}, "{email} is personal"),
        ({"basic": {"user": "a", "password": "hunter2"}}, "a key in the file"),
        ({"headers": {"Authorization": "Bearer abc"}}, "a key in the file"),
        ({"headers": {"X-Api-Key": "abcdefgh"}}, "a key in the file"),
        ({"fields": {"auth": {"api_key": "abcdefgh"}}}, "a key in the file"),
        ({"query": {"lp_key": "abcdefgh"}}, "a key in the file"),
        ({"basic": {"user": "a"}, "headers": {"authorization": "{zip}"}}, "one of the two"),
    ],
)
def test_what_cannot_be_encoded_is_refused(request_, says):
    assert says in refused(request_)


SIGN = {
    "key": "{secret.k}",
    "over": "{now|epoch_s}.{method}.{path}.{query}.{body}",
    "headers": {"X-Time": "{now|epoch_s}", "X-Sign": "v1={signature}"},
}
SECRET = '[secrets]\nk = "The key"'


@pytest.mark.parametrize("sign", [{}, {"hash": "sha1", "write": "base64"}])
def test_a_request_is_signed_over_what_the_file_says(sign):
    got = ping({"sign": SIGN | sign, "query": {"a": 1}}, SECRET, ping={"secrets": {"k": "r"}})
    headers = dict(got.headers)
    message = b'1795435200.POST./ping.a=1.{"zip":"02139"}'
    made = hmac.digest(b"s3cret-r", message, sign.get("hash", "sha256"))
    wanted = base64.b64encode(made).decode() if sign else made.hex()
    assert headers["X-Sign"] == f"v1={wanted}"
    assert headers["X-Time"] == "1795435200"


def test_a_signature_goes_into_the_query_too_and_its_key_may_be_base64():
    form = small(SECRET, ping__request__sign={
        "key": "{secret.k}", "key_as": "base64", "query": {"sig": "{signature}"},
    })  # fmt: skip
    with pytest.raises(BindError, match="the signing key is not base64"):
        bound(form, ping={"secrets": {"k": "r"}})


@pytest.mark.parametrize(
    ("sign", "says"),
    [
        ({"headers": {"X": "y"}}, "the signature goes nowhere"),
        ({"key": "plain"}, "not a secret"),
        ({"key": "{settings.k}"}, "is not declared"),
        ({"hash": "crc32"}, "one of: md5, sha1, sha256, sha512"),
        ({"over": "{phone}.{body}"}, "{phone} is personal"),
    ],
)
def test_a_signature_that_cannot_be_is_refused(sign, says):
    with pytest.raises(BuyerFileError) as caught:
        small(SECRET, ping__request__sign=SIGN | sign)
    assert says in str(caught.value)


def test_a_request_that_says_the_time_needs_to_be_told_it():
    ask = Ask({"zip": "02139"}, auction_id="0193", told_ms=700)
    with pytest.raises(Unmapped, match="now"):
        ping({"fields": {"at": "{now|required}"}}, ask=ask)
    with pytest.raises(Unmapped, match="now"):
        ping({"sign": SIGN}, SECRET, ask=ask, ping={"secrets": {"k": "r"}})


@pytest.mark.parametrize(
    ("headers", "more", "wanted"),
    [
        ({"Authorization": "Bearer {secret.k}"}, {}, "Bearer s3cret-r"),
        ({"Authorization": "Token {secret.k}"}, {}, "Token s3cret-r"),
        ({}, {"basic": {"user": "us", "password": "{secret.k}"}}, "Basic dXM6czNjcmV0LXI="),
        ({}, {"basic": {"user": "{secret.k}"}}, "Basic czNjcmV0LXI6"),
    ],
)
def test_authorization_by_header(headers, more, wanted):
    got = ping({"headers": headers, **more}, SECRET, ping={"secrets": {"k": "r"}})
    assert dict(got.headers)["Authorization"] == wanted


@pytest.mark.parametrize("template", ["{url}{zip}", "{url}.{zip}/x"])
def test_what_a_caller_says_cannot_become_a_part_of_the_host(template):
    form = small(ping__request__url=template)
    with pytest.raises(BindError, match="end the host with /"):
        bound(form, ping={"url": "https://buyer.example"})
    request = make_ping(bound(form, ping={"url": "https://buyer.example/p?z="}), ASK)
    assert request.url.startswith("https://buyer.example/p?z=")


@pytest.mark.parametrize("template", ["https://buyer.example", "https://buyer.example?z={zip}"])
def test_an_address_may_be_a_host_alone(template):
    assert ping({"url": template}).url.startswith("https://buyer.example")
