"""How requests are written: types, encodings, urls, headers, maps, and what is left out."""

from __future__ import annotations

import orjson
import pytest

from buyers.ask import Ask
from buyers.codec import make_confirm, make_ping, make_post
from buyers.errors import Unmapped
from market.bids import Bid, BuyerId, TargetId
from market.money import Micros
from tests.buyers.kit import bound, small

ASK = Ask(
    {"state": "CA", "zip": "02139", "area_code": "", "vertical": "solar", "ivr.owner": "Yes"},
    auction_id="0193",
    told_ms=700,
    reserve=Micros(12_500_000),
)
BID = Bid(TargetId("t1"), BuyerId("b1"), Micros(45_005_000), "+15555550199", 90.0, ("a/b c", "7"))
POST = """
[post.response]
rules = [{ then = "accept", status = [200] }]
[post.request.fields]
"""
CONFIRM = """
[confirm.request]
method = "PUT"
url = "{url}/bids/{ref.0}?price={price|cents}"
[confirm.response]
rules = [{ then = "accept", path = "ok", is = true }]
"""


def sent(template: object, ask: Ask = ASK) -> object:
    """Return the JSON that a ping of this one field is."""
    buyer = bound(small(ping__request__fields={"x": template}))
    return orjson.loads(make_ping(buyer, ask).body)


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("solar", "solar"),
        (True, True),
        (7, 7),
        ("{zip}", "02139"),
        ("{zip|number}", 2139),
        ("Zip {zip}, {state|lower}", "Zip 02139, ca"),
        ("{state|state_name}", "California"),
        ("{told_ms}", 700),
        ("{told_ms|text}", "700"),
        ("{reserve}", 12.5),
        ("{reserve|text}", "12.5"),
        ("{reserve|dollars}", "12.50"),
        ("{reserve|cents}", 1250),
        ("{reserve|micros}", 12500000),
        ("{ivr.owner|boolean}", True),
        ("{ivr.*}", {"owner": "Yes"}),
        ("{area_code|default:none}", "none"),
        ("{{zip}}", "{zip}"),
    ],
)
def test_a_template_keeps_the_type_of_what_it_names(template, value):
    assert sent(template) == {"x": value}


@pytest.mark.parametrize("template", ["{area_code}", "{ivr.pool}", "{ivr.pool|boolean}"])
def test_what_was_not_collected_is_left_out(template):
    assert sent(template) == {}


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ("{area_code|required}", "area_code"),
        ("near {area_code}", "area_code"),
        ("{state|number}", "state"),
        ("{vertical|boolean}", "vertical"),
    ],
)
def test_what_cannot_be_said_stops_the_ping(template, field):
    with pytest.raises(Unmapped) as caught:
        sent(template)
    assert caught.value.field == field


def test_a_value_that_is_not_in_the_map_stops_the_ping():
    form = small(
        "[maps.products]\nsolar = 12\nroofing = true",
        ping__request__fields={"product": "{vertical|map:products}"},
    )
    buyer = bound(form)
    assert make_ping(buyer, ASK).body == b'{"product":12}'
    with pytest.raises(Unmapped, match="vertical"):
        make_ping(buyer, Ask({"vertical": "windows"}, "0193", 700))


def test_dotted_names_nest_and_empty_parts_vanish():
    fields = {
        "contact.zip": "{zip}",
        "contact.area": "{area_code}",
        "list[0].a": 1,
        "list[0].b": "{area_code}",
        "list[1].a": "{state}",
        "gone.deep[0]": "{area_code}",
    }
    body = make_ping(bound(small(ping__request__fields=fields)), ASK).body
    assert orjson.loads(body) == {"contact": {"zip": "02139"}, "list": [{"a": 1}, {"a": "CA"}]}


def test_a_form_is_encoded_and_typed_values_are_text():
    fields = {
        "data[zip]": "{zip}",
        "note": "a&b=c d",
        "ok": True,
        "area": "{area_code}",
        "i": "{ivr.*}",
    }
    request = make_ping(
        bound(small(ping__request__encoding="form", ping__request__fields=fields)), ASK
    )
    assert request.body == b"data[zip]=02139&note=a%26b%3Dc+d&ok=true&owner=Yes"
    assert ("Content-Type", "application/x-www-form-urlencoded") in request.headers


def test_a_query_is_added_to_the_url_and_a_get_has_no_body():
    form = small(
        ping__request__encoding="query",
        ping__request__method="GET",
        ping__request__url="{url}?v=2",
    )
    request = make_ping(bound(form), ASK)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://buyer.example/ping?v=2&zip=02139"
    assert "Content-Type" not in dict(request.headers)


def test_a_reference_cannot_move_the_url():
    request = make_confirm(bound(small(CONFIRM, ping__response__ref=["id"])), BID, ASK)
    assert request is not None
    assert request.url == "https://buyer.example/ping/bids/a%2Fb%20c?price=4500"


def test_headers_carry_secrets_and_nobody_shows_them():
    form = small(
        '[secrets]\nkey = "The API key"',
        ping__request__headers={"Authorization": "Token {secret.key}", "accept": "text/json"},
    )
    buyer = bound(form, ping={"secrets": {"key": "vault-ref"}})
    headers = dict(make_ping(buyer, ASK).headers)
    assert headers["Authorization"] == "Token s3cret-vault-ref"
    assert headers["accept"] == "text/json"
    assert "Accept" not in headers
    assert repr(buyer) == "BoundBuyer(format='small', target='t1')"
    assert "s3cret" not in f"{buyer!r} {buyer} {buyer.target} {form}"


def test_a_line_end_cannot_start_a_header():
    form = small(ping__request__headers={"X-Owner": "{ivr.owner}"})
    with pytest.raises(Unmapped):
        make_ping(bound(form), Ask({"ivr.owner": "yes\r\nX-Evil: 1"}, "0193", 700))


@pytest.mark.parametrize(
    ("filter_", "value"),
    [("e164", "+14155550123"), ("digits11", "14155550123"), ("digits10", "4155550123")],
)
def test_a_post_writes_the_phone_as_the_buyer_wants_it(filter_, value):
    buyer = bound(small(POST + f'phone = "{{phone|{filter_}}}"\nname = "{{name}}"'))
    request = make_post(buyer, BID, {"phone": "(415) 555-0123", "name": "Ada"})
    assert request is not None
    assert orjson.loads(request.body) == {"phone": value, "name": "Ada"}


def test_a_phone_that_is_none_stops_the_post():
    buyer = bound(small(POST + 'phone = "{phone|digits10}"'))
    with pytest.raises(Unmapped, match="phone"):
        make_post(buyer, BID, {"phone": "+442071838750"})


def test_a_buyer_without_confirm_and_post_gets_none():
    buyer = bound(small())
    assert make_confirm(buyer, BID, ASK) is None
    assert make_post(buyer, BID, {}) is None


def test_a_post_goes_nowhere_until_the_target_says_where():
    more = '[settings.post_url]\nabout = "Where the lead goes"\noptional = true' + POST
    form = small(more + 'phone = "{phone}"', post__request__url="{settings.post_url}")
    assert make_post(bound(form), BID, {"phone": "1"}) is None
    there = bound(form, ping={"settings": {"post_url": "https://buyer.example/post"}})
    request = make_post(there, BID, {"phone": "1"})
    assert request is not None
    assert request.url == "https://buyer.example/post"
