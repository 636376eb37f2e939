# ruff: noqa: E501  An answer stands as it was sent.
"""Posting instructions as nasty as they come, none of them in the library: each as a whole file."""

from __future__ import annotations

import base64
import hmac
import tomllib

import orjson
import pytest

from buyers.cases import run_cases
from buyers.library import read_format

EXAMPLE = """
[example.ask]
vertical = "solar"
state = "TX"
zip = "78701"
area_code = "512"
[example.target]
destination = "+18005550100"
[example.lead]
phone = "+14155550123"
first_name = "Zoë"
"""

JWT = """
title = "A JWT made for each ping; bids by the names of their buyers"
url = "https://b.example/ping"
[secrets]
key = "k"
[ping.request.fields]
zip = "{zip}"
[ping.request.inner.head]
encoding = "text"
text = '{{"alg":"HS256","typ":"JWT"}}'
[ping.request.inner.claims]
encoding = "json"
fields = { iat = "{now|epoch_s}", sub = "us" }
[ping.request.sign]
key = "{secret.key}"
over = "{inner.head|base64url}.{inner.claims|base64url}"
write = "base64url"
headers = { Authorization = "Bearer {inner.head|base64url}.{inner.claims|base64url}.{signature}" }
[ping.response]
rules = [{ then = "accept", path = "$.ok", is = true }]
each = "buyers.*"
price = ["bid", "value"]
ref = ["~"]
[[case]]
name = "the dearest of them, by its name"
body = '{"ok": true, "buyers": {"b6": {"bid": 4}, "b7": {"bid": 5}}}'
bid = { price = "5.00", destination = "+18005550100", billable_s = 90.0, ref = ["b7"] }
[[case]]
name = "a bare price beside each name"
body = '{"ok": true, "buyers": {"b6": 4, "b7": "3.50"}}'
bid = { price = "4.00", destination = "+18005550100", billable_s = 90.0, ref = ["b6"] }
[[case]]
name = "a list after all"
body = '{"ok": true, "buyers": [{"bid": 4, "~": "own"}]}'
bid = { price = "4.00", destination = "+18005550100", billable_s = 90.0, ref = ["own"] }
[[case]]
name = "nobody"
body = '{"ok": true, "buyers": {}}'
no_bid = "no_price"
"""

HASHED_FORM = """
title = "A form with a hash over secret and time; answered by a form, in cents, until an epoch"
url = "https://b.example/api/{settings.account}/ping"
settings.account.about = "Their account"
[secrets]
key = "k"
[maps.product]
solar = "77"
[ping.request]
method = "PUT"
encoding = "form"
url = "https://b.example/api/{settings.account}/ping/{state|lower}"
empty = "send"
[ping.request.fields]
"lead[product][]" = ["{vertical|map:product}", "CALL"]
"lead[geo][zip]" = "{zip}"
"lead.opt" = "{ivr.owner}"
ts = "{now|epoch_s}"
token = "{inner.signed|sha1|upper}"
[ping.request.inner.signed]
encoding = "text"
text = "{secret.key}:{now|epoch_s}:{zip}"
[ping.response]
answer = "form"
rules = [
    { then = "reject", path = "code", is_not = "100" },
    { then = "accept", path = "code", is = "100" },
]
price = "amount"
price_unit = "cents"
number = "tfn"
expires = { path = "until", as = "epoch_ms" }
ref = ["id", "pw?"]
reason = "text"
codes = { "*cap*" = "capacity" }
[[case]]
name = "a bid"
body = "code=100&amount=1234&tfn=%2B1+(888)+555-0142&until=1795435230000&id=a%26b&text="
bid = { price = "12.34", destination = "+18885550142", billable_s = 90.0, ref = ["a&b", ""], expires = "2026-11-23T12:00:30Z" }
target.settings.account = "a/b"
[case.sends]
method = "PUT"
url = "https://b.example/api/a%2Fb/ping/tx"
body = "lead[product][]=77&lead[product][]=CALL&lead[geo][zip]=78701&lead.opt=&ts=1795435200&token=F06BD28ABA9D02993339AB16372CD91E54226738"
[[case]]
name = "a refusal with an id and a price"
target.settings.account = "a"
body = "code=300&amount=1234&id=7&text=Daily+CAP+reached"
no_bid = "reject:capacity"
detail = "Daily CAP reached"
"""

SOAP = """
title = "SOAP whose answer is XML, escaped, in an element, and says it is HTML"
url = "https://b.example/svc.asmx"
[ping.request]
encoding = "xml"
root = "soap:Envelope"
headers = { SOAPAction = '"urn:b/Ping"', Content-Type = "text/xml; charset=utf-8" }
[ping.request.fields]
"@xmlns:soap" = "http://schemas.xmlsoap.org/soap/envelope/"
"soap:Body".Ping = { "@xmlns" = "urn:b", xml = { "#cdata" = "{inner.lead}" } }
[ping.request.inner.lead]
encoding = "xml"
root = "Lead"
declaration = false
fields = { "@v" = "2", Geo = { "@state" = "{state}", "#text" = "{zip}" } }
[ping.response]
answer = "xml"
inside = { path = "//PingResult", answer = "xml" }
rules = [
    { then = "reject", path = "Status/@code", is_not = "1" },
    { then = "accept", path = "Status/@code", is = "1" },
]
price = "Bid[@cur='USD']/@amount"
sip = "Route/sip"
billable_s = "Bid/Min"
billable_unit = "minutes"
expires = { path = "Bid/Until", as = "date", format = "M/D/YYYY h:mm A", zone = "America/Chicago" }
[[case]]
name = "a bid"
headers = { Content-Type = "text/html" }
charset = "utf-16"
body = '''
<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><PingResponse xmlns="urn:b"><PingResult>&lt;R&gt;&lt;Status code="1"/&gt;&lt;Bid cur="CAD" amount="9"/&gt;&lt;Bid cur="USD" amount="$1,018.75"&gt;&lt;Min&gt;1.5&lt;/Min&gt;&lt;Until&gt;11/23/2026 6:01 AM&lt;/Until&gt;&lt;/Bid&gt;&lt;Route&gt;&lt;sip&gt;sip:x@b.example&lt;/sip&gt;&lt;/Route&gt;&lt;/R&gt;</PingResult></PingResponse></s:Body></s:Envelope>'''
target.price_max = "2000"
bid = { price = "1018.75", destination = "sip:x@b.example", billable_s = 90.0, expires = "2026-11-23T12:01:00Z" }
[case.sends]
body = '''
<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><Ping xmlns="urn:b"><xml><![CDATA[<Lead v="2"><Geo state="TX">78701</Geo></Lead>]]></xml></Ping></soap:Body></soap:Envelope>'''
[[case]]
name = "a fault"
status = 500
body = '<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>'
no_bid = "http"
"""

BARS = """
title = "A query, answered by lines with bars and a European price"
url = "https://b.example/q?fixed=1"
[ping.request]
method = "GET"
[ping.request.fields]
z = "{zip|last:3}"
s = "{state|state_name}"
[ping.response]
answer = "delimited"
rules = [
    { then = "reject", path = "[1][0]", is = ["NO", "DUP"] },
    { then = "accept", path = "[1][0]", like = "YES*" },
]
price = "[1][1]"
price_decimal = ","
price_symbols = ["EUR", "€"]
number = { path = "[1][2]", regex = "tel:([0-9-]+)" }
ref = { header = "X-Ref" }
[[case]]
name = "a bid"
headers = { X-Ref = "r9" }
body = "state|price|ring\\nYES-1|€ 1.018,50|tel:888-555-0142;ext=9\\n"
target.price_max = "2000"
sends.url = "https://b.example/q?fixed=1&z=701&s=Texas"
bid = { price = "1018.50", destination = "+18885550142", billable_s = 90.0, ref = ["r9"] }
[[case]]
name = "no header, so no id, so no bid"
body = "h\\nYES|5,00|tel:888-555-0142\\n"
no_bid = "unparseable"
[[case]]
name = "a refusal with a price"
body = "h\\nDUP|5,00|tel:888-555-0142\\n"
no_bid = "reject"
"""


@pytest.mark.parametrize(
    "text", [JWT, HASHED_FORM, SOAP, BARS], ids=["jwt", "form", "soap", "bars"]
)
def test_it_can_be_said_and_its_cases_pass(text):
    form = read_format(tomllib.loads(text + EXAMPLE), "nasty", "nasty.toml")
    assert {run.case.name: run.problems for run in run_cases(form) if run.problems} == {}


def test_a_jwt_is_one_that_anybody_can_check():
    form = read_format(tomllib.loads(JWT + EXAMPLE), "nasty", "nasty.toml")
    sent = next(iter(run_cases(form))).steps[0].request
    token = dict(sent.headers)["Authorization"].removeprefix("Bearer ")
    head, claims, signature = token.split(".")
    made = hmac.digest(b"secret-key", f"{head}.{claims}".encode(), "sha256")
    assert base64.urlsafe_b64decode(signature + "=") == made
    assert orjson.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}
    assert orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["sub"] == "us"
