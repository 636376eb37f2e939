"""Where things stand in an answer: JSON, XML, text, columns, forms, headers."""

from __future__ import annotations

import pytest

from buyers.codec import read_bid
from buyers.errors import BuyerFileError
from market.bids import Bid, NoBid
from market.http import HttpReply
from tests.buyers.kit import NOW_MS, answer, bound, small

ACCEPT = [{"then": "accept", "path": "ok", "is": "yes"}]


def read(response: dict[str, object], body: str | bytes, **headers: str) -> Bid | NoBid:
    """Return what a format with this response table reads of `body`."""
    table = {"price": "price", "rules": ACCEPT} | response
    form = small(ping__response=table)
    raw = body.encode() if isinstance(body, str) else body
    said = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return read_bid(bound(form), HttpReply(200, said, raw), NOW_MS)


def price(response: dict[str, object], body: str | bytes, **headers: str) -> object:
    found = read(response, body, **headers)
    return found.price / 1e6 if isinstance(found, Bid) else found.reason


def refused(response: dict[str, object]) -> str:
    table = {"price": "price", "rules": ACCEPT} | response
    with pytest.raises(BuyerFileError) as caught:
        small(ping__response=table)
    return str(caught.value)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("a.b", '{"a": {"b": 7}, "ok": "yes"}'),
        ("a[0].b", '{"a": [{"b": 7}], "ok": "yes"}'),
        ("a[-1]", '{"a": [1, 7], "ok": "yes"}'),
        ("a[*].b", '{"a": [{"c": 1}, {"b": 7}], "ok": "yes"}'),
        ("a.*.b", '{"a": {"x": {"c": 1}, "y": {"b": 7}}, "ok": "yes"}'),
        ("a[code=100].b", '{"a": [{"code": 9, "b": 1}, {"code": 100, "b": 7}], "ok": "yes"}'),
        ("a[best=true].b", '{"a": [{"b": 1}, {"best": true, "b": 7}], "ok": "yes"}'),
        ("['a.b']", '{"a.b": 7, "ok": "yes"}'),
        ("..b", '{"x": [{"y": {"b": 7}}], "ok": "yes"}'),
        ("$.a", '{"a": 7, "ok": "yes"}'),
        ("a-b:c d", '{"a-b:c d": 7, "ok": "yes"}'),
    ],
)
def test_json_paths(path, body):
    assert price({"price": path}, body) == 7


XML = """<r xmlns:n="urn:x"><ok>yes</ok><price> 7 </price><n:deep><fee code="1">1</fee>
<fee code="2" amount="7">8</fee></n:deep><bids><bid id="a"><p>3</p></bid><bid id="b"><p>7</p></bid>
</bids><empty/><c><![CDATA[7]]></c></r>"""


@pytest.mark.parametrize(
    "path",
    [
        "price", "/r/price", "//price", "/*/price", "r/price/../price"[2:7], "deep/fee[2]/@amount",
        "//fee[@code='2']/@amount", 'n:deep/fee[@code="2"]/@amount', "deep/fee[last()]/@amount",
        "bids/bid[@id='b']/p", "bids/bid[p='7']/p", "//bid[2]/p", ".//price", "price/text()", "c",
        "//@amount",
    ],
)  # fmt: skip
def test_xml_paths(path):
    assert price({"answer": "xml", "price": path}, XML) == 7


@pytest.mark.parametrize("path", ["empty", "none", "/x/price", "bids/bid[3]/p", "fee[@code='3']"])
def test_xml_paths_that_lead_nowhere(path):
    assert price({"answer": "xml", "price": path}, XML) == "no_price"


def test_bids_of_an_xml_list_are_read_one_by_one():
    table = {"answer": "xml", "each": "bids/bid", "price": "p", "ref": ["@id"],
             "rules": [{"then": "accept", "path": "/r/ok", "is": "yes"}]}  # fmt: skip
    found = read(table, XML)
    assert isinstance(found, Bid)
    assert (found.price, found.ref) == (7_000_000, ("b",))


ESCAPED = "&lt;r&gt;&lt;ok&gt;yes&lt;/ok&gt;&lt;price&gt;7&lt;/price&gt;&lt;/r&gt;"
TEXT_RULES = [{"then": "accept", "regex": r"^(\w+)", "is": "accepted"}]


@pytest.mark.parametrize(
    ("response", "body", "wanted"),
    [
        ({"answer": "text", "price": r"Price:\s*([0-9.]+)", "rules": TEXT_RULES},
         "ACCEPTED<br>Token:X<br>Price:7", 7),
        ({"answer": "text", "price": r"Price:\s*([0-9.]+)", "rules": TEXT_RULES},
         "REJECTED Price:7", "unparseable"),
        ({"answer": "text", "each": r"bid=\S+", "price": r"=(\d+)",
          "rules": [{"then": "accept", "regex": "(OK)", "is": "OK", "whole_answer": True}]},
         "OK bid=3 bid=7", 7),
        ({"answer": "delimited", "price": "[0][2]",
          "rules": [{"then": "accept", "path": "[0][0]", "is": "success"}]}, "success|L1|7", 7),
        ({"answer": "delimited", "separator": ",", "each": "[*]", "price": "[1]",
          "rules": [{"then": "accept", "path": "[0]", "like": "*won*"}]},
         'lost,9\n"I won, yes", 7\n', 7),
        ({"answer": "form", "price": "bid",
          "rules": [{"then": "accept", "path": "status", "is": 1}]}, "status=1&bid=7", 7),
        ({"price": {"path": "text", "regex": r"\$([0-9.]+)"}},
         '{"ok": "yes", "text": "we pay $7 now"}', 7),
        ({"price": {"path": "text", "separator": "|", "column": 1}},
         '{"ok": "yes", "text": "x|7"}', 7),
        ({"price": {"header": "X-Bid"}}, '{"ok": "yes"}', 7),
        ({"price": ["gone", {"header": "X-Bid"}]}, '{"ok": "yes"}', 7),
        ({"within": "a.b"}, '{"a": {"b": {"ok": "yes", "price": 7}}}', 7),
        ({"within": "a.b"}, '{"ok": "yes", "price": 7}', "unparseable"),
        ({"answer": "xml", "within": "//Result"},
         "<E><Body><Result><ok>yes</ok><price>7</price></Result></Body></E>", 7),
    ],
)  # fmt: skip
def test_other_ways_to_say_a_price(response, body, wanted):
    assert price(response, body, x_bid="$7.00") == wanted


@pytest.mark.parametrize(
    ("response", "body"),
    [
        ({"forgive": ["trailing_commas"]}, '{"ok": "yes", "x": [1,2,], "price": 7, }'),
        ({"forgive": ["single_quotes"]}, "{'ok': 'yes', 'x': 'it\\'s \"a\"', 'price': 7}"),
        ({"forgive": ["bare_keys"]}, '{ok: "yes", "x:y": "{a: b}", price : 7}'),
        ({"forgive": ["comments"]}, '{"ok": "yes", /* a */ "x": "//", "price": 7} // b'),
        ({"forgive": ["surroundings"]}, '<html><b>callback({"ok": "yes", "price": 7});</b></html>'),
        ({"forgive": ["escaped"]}, "{&quot;ok&quot;: &quot;yes&quot;, &quot;price&quot;: 7}"),
        ({"answer": "xml", "forgive": ["escaped"]}, ESCAPED),
        ({"answer": "xml", "forgive": ["no_root"]}, "<ok>yes</ok><price>7</price>"),
        ({"answer": "xml", "forgive": ["no_root"]},
         '<?xml version="1.0"?><ok>yes</ok><price>7</price>'),
        ({"answer": "xml", "forgive": ["ampersands"]},
         "<r><ok>yes</ok><by>A&B</by><price>7</price></r>"),
        ({"answer": "xml", "forgive": ["surroundings"]},
         "Warning: x\n<?xml version='1.0'?><r><ok>yes</ok><price>7</price></r> bye"),
        ({"answer": "xml", "inside": {"path": "/string", "answer": "xml"}},
         f'<string xmlns="u">{ESCAPED}</string>'),
        ({"answer": "xml", "inside": {"path": "//Result", "answer": "json"}},
         '<E><Result><![CDATA[{"ok": "yes", "price": 7}]]></Result></E>'),
        ({"inside": {"path": "d"}}, '{"d": "{\\"ok\\": \\"yes\\", \\"price\\": 7}"}'),
        ({"answer": "text", "inside": {"regex": r"data = (\{.*\});"}},
         '<script>data = {"ok": "yes", "price": 7};</script>'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_forgiven_where_the_file_says_so_and_nowhere_else(response, body):
    assert price(response, body) == 7
    plain = {key: value for key, value in response.items() if key == "answer"}
    if plain.get("answer") != "text":
        assert price(plain, body) == "unparseable"


GOOD = '{"ok": "yes", "price": 7'


@pytest.mark.parametrize(
    ("rule", "body", "reason"),
    [
        ({"path": "code", "is_not": [0, "0"]}, GOOD + ', "code": 3}', "reject:no"),
        ({"path": "code", "is_not": [0, "0"]}, GOOD + ', "code": 0}', None),
        ({"path": "code", "is_not": [0, "0"]}, GOOD + "}", None),
        ({"path": "x", "like": ["*no coverage*"]}, GOOD + ', "x": "NO Coverage!"}', "reject:no"),
        ({"path": "number", "present": False}, '{"ok": "yes", "price": 7}', "reject:no"),
        ({"path": "number", "present": False}, '{"ok": "yes", "price": 7, "number": "x"}', None),
        ({"path": "number", "present": False}, "junk", "unparseable"),
        ({"regex": "(?i)no match", "present": True}, "Sorry: no match", "reject:no"),
        ({"header": "X-Reject", "present": True}, "junk", "reject:no"),
        ({"empty": True}, "  ", "reject:no"),
        ({"status": [200], "path": "ok", "is": "yes"}, GOOD + "}", "reject:no"),
        ({"path": "ok", "is": "yes", "and": [{"path": "price", "above": 6}]}, GOOD + "}",
         "reject:no"),
        ({"path": "ok", "is": "yes", "and": [{"path": "price", "above": 7}]}, GOOD + "}", None),
        ({"http_status": True, "is": 200}, "junk", "reject:no"),
    ],
)  # fmt: skip
def test_rules_of_all_kinds(rule, body, reason):
    rules = [{"then": "reject", "code": "no", **rule}, *ACCEPT]
    headers = {"x_reject": "1"} if "header" in rule else {}
    found = read({"rules": rules}, body, **headers)
    assert (found.reason if isinstance(found, NoBid) else None) == reason


def test_reasons_and_codes_are_tried_in_order():
    rules = [{"then": "reject", "path": "code", "is_not": 0}, *ACCEPT]
    table = {"rules": rules, "reason": ["message", "code"], "codes": {"1001": "missing_field"}}
    found = read(table, '{"code": 1001, "message": "Lacks a field"}')
    assert found == NoBid("t1", "reject:missing_field", "Lacks a field")


@pytest.mark.parametrize(
    ("form", "written", "wanted"),
    [
        ({"price_unit": "cents"}, '"1,250"', 12.5),
        ({"price_unit": "micros"}, "12500000", 12.5),
        ({"price_symbols": ["€", "EUR"], "price_decimal": ","}, '"1.234,50 €"', 1234.5),
        ({"price_symbols": ["€", "EUR"], "price_decimal": ","}, '"EUR 12,5"', 12.5),
        ({"price_decimal": ","}, '"1,2,3"', "no_price"),
        ({"price_decimal": ","}, "12.5", 12.5),
        ({}, '"12,50"', "no_price"),
        ({}, '"€12"', "no_price"),
        ({}, '"£12"', "no_price"),
    ],
)
def test_prices_in_other_ways(form, written, wanted):
    table = {"price": "price", "rules": ACCEPT} | form
    buyer = bound(small(ping__response=table), price_max=2_000_000_000)
    found = answer(buyer, f'{{"ok": "yes", "price": {written}}}')
    assert (found.price / 1e6 if isinstance(found, Bid) else found.reason) == wanted


@pytest.mark.parametrize(
    ("response", "says"),
    [
        ({"price": {"regex": "(a)(b)"}}, "has 2 groups"),
        ({"price": {"regex": "(?=a)"}}, "RE2 has no looking ahead"),
        ({"price": {"regex": "("}}, "is no pattern"),
        ({"price": {"regex": "a" * 501}}, "at most 500"),
        ({"price": {"path": "a", "header": "b"}}, "more than one source"),
        ({"price": {"column": 1, "path": "a"}}, "a column of what"),
        ({"price": {}}, "one of: path, header"),
        ({"price": {"pth": "a"}}, "one of: path, header"),
        ({"answer": "xml", "price": "a["}, "is no path into XML"),
        ({"answer": "xml", "price": "count(//a)"}, "is no path into XML"),
        ({"answer": "xml", "price": "@a/b"}, "goes on behind a text"),
        ({"answer": "text", "each": {"path": "a"}}, "a path into text"),
        ({"answer": "yaml"}, "one of: json, xml, text"),
        ({"forgive": ["all"]}, "json has: escaped"),
        ({"separator": ","}, "only answer = \"delimited\""),
        ({"each": {"header": "x"}}, "no list in it"),
        ({"rules": [{"then": "accept", "path": "a", "is_not": "b"}]}, "a yes by being there"),
        ({"rules": [{"then": "accept", "path": "a", "like": "*"}]}, "is like anything"),
        ({"rules": [{"then": "accept", "path": "a", "is": 1, "above": 2}]}, "go together"),
        ({"rules": [{"then": "accept", "path": "a", "is": []}]}, "nothing to compare with"),
        ({"rules": [{"then": "reject", "status": ["400"]}, *ACCEPT]}, "HTTP statuses"),
        ({"expires": {"path": "a", "as": "date", "format": "noon"}}, "M/D/YYYY"),
        ({"expires": {"path": "a", "as": "date"}}, "missing"),
        ({"expires": {"path": "a", "as": "iso", "zone": "Mars"}}, "America/New_York"),
        ({"price_symbols": ["12"]}, "short texts"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(response, says):
    assert says in refused(response)
