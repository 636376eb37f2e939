"""What an answer means: prices, numbers, times, rules, and words fit to be kept."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buyers.codec import read_confirm, read_post
from buyers.phone import destination, e164, sip
from buyers.price import read_price
from buyers.reason import clean
from market.bids import Bid, NoBid
from market.http import HttpReply
from market.money import Micros
from tests.buyers.kit import NOW_MS, answer, bound, small

EXPIRES = "[[ping.response.expires]]\npath = 'until'\nas = '%s'\n"
CONFIRM_AND_POST = """
[confirm.request.fields]
status = "confirmed"
[confirm.response]
rules = [
    { then = "reject", path = "no", present = true, code = "full" },
    { then = "accept", path = "ok", is = true },
]
number = "number"
[post.request.fields]
phone = "{phone}"
[post.response]
rules = [{ then = "reject", path = "no", present = true }, { then = "accept", status = [200, 204] }]
"""


@pytest.mark.parametrize(
    ("written", "micros"),
    [
        (12.5, 12_500_000),
        (45.005, 45_005_000),
        (0.1 + 0.2, 300_000),
        (1e-7, 0),
        ("45.005", 45_005_000),
        ("$1,234.50", 1_234_500_000),
        (" USD 12 ", 12_000_000),
        (".5", 500_000),
        ("12.0000009", 12_000_000),
        (0, 0),
        (-0.0, 0),
    ],
)
def test_a_price_is_exact_and_rounded_down(written, micros):
    assert read_price(written) == micros


@pytest.mark.parametrize(
    "written",
    [True, None, -1, -0.01, "-5", "NaN", float("nan"), float("inf"), "1e3", "12,50", "EUR 5", "",
     "1.2.3", "٣", "9" * 40, 10**12, 1e12, [12], {"price": 12}, "12 13", "1,23,4"],
)  # fmt: skip
def test_what_is_no_price_is_none(written):
    assert read_price(written) is None


@given(st.decimals(0, 10**8, places=6))
@settings(deadline=None, derandomize=True)
def test_a_float_is_the_decimal_that_the_buyer_wrote(amount: Decimal):
    assert read_price(float(amount)) == int(amount * 10**6)
    cents = int((amount * 10**4).to_integral_value(ROUND_DOWN))
    assert read_price(float(amount), parts=100) == cents


@pytest.mark.parametrize(
    ("written", "ring"),
    [
        ("+17205550100", "+17205550100"),
        ("7205550100", "+17205550100"),
        ("17205550100", "+17205550100"),
        (17205550100, "+17205550100"),
        ("(720) 555-0100", "+17205550100"),
        ("tel:+17205550100", "+17205550100"),
        ("+442071838750", "+442071838750"),
        ("sip:a1@buyer.example", "sip:a1@buyer.example"),
        ("SIPS:a1@buyer.example:5061;transport=tls", "SIPS:a1@buyer.example:5061;transport=tls"),
    ],
)
def test_what_can_be_rung_is_written_one_way(written, ring):
    assert destination(written) == ring


@pytest.mark.parametrize(
    "written",
    ["911", "0205550100", "+1720555010", "+0123456789", "+1 720 CALL ME", "sip:", "sip:a@b c",
     "sip:a@b?Route=evil", "sip:a@b\r\nX: y", '"x" <sip:a@b>', "bob@buyer.example", True, 72.0,
     None, [], "+" + "1" * 300, -17205550100, "https://buyer.example"],
)  # fmt: skip
def test_what_cannot_be_rung_is_empty(written):
    assert destination(written) == ""


def test_a_sip_field_may_lack_its_scheme_and_a_number_field_may_not():
    assert sip("RTB0@sip.example") == "sip:RTB0@sip.example"
    assert e164("RTB0@sip.example") == ""


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"ok": true, "price": 12, "error": "sorry"}', "reject"),
        ('{"ok": true, "price": 0, "id": "x"}', "reject"),
        ('{"ok": true}', "no_price"),
        ('{"ok": true, "price": true}', "no_price"),
        ('{"ok": true, "price": -3}', "no_price"),
        ('{"ok": true, "price": "NaN"}', "no_price"),
        ('{"ok": true, "price": NaN}', "unparseable"),
        ('{"ok": true, "price": 1e999}', "unparseable"),
        ('{"ok": true, "price": 500.01}', "over_ceiling"),
        ('{"ok": true, "price": 12, "number": "x"}', "no_number"),
        ('{"ok": "true", "price": 12}', "unparseable"),
        ('{"ok": 1, "price": 12}', "unparseable"),
        ('{"ok": false, "price": 12}', "unparseable"),
        ('{"price": 12}', "unparseable"),
        ("[]", "unparseable"),
        ('{"ok": true, "price": 12, "price": 400}', "unparseable"),
        ('{"ok": true, "price": 12, "price": 400, "x": "\\u003a"}', "unparseable"),
        ('{"ok": true, "price": 12, "billable_s": -1}', "unparseable"),
        ('{"ok": true, "price": 12, "billable_s": 90000}', "unparseable"),
        ('{"ok": true, "price": 12, "billable_s": {}}', "unparseable"),
    ],
)
def test_what_is_not_clearly_a_bid_is_none(body, reason):
    found = answer(bound(small()), body)
    assert isinstance(found, NoBid)
    assert found.reason == reason


def test_a_bid_is_filled_up_from_its_target():
    found = answer(bound(small(), billable_after_s=45.0), '{"ok": true, "price": "12.50"}')
    assert isinstance(found, Bid)
    assert (found.price, found.destination, found.billable_after_s, found.expires_ms) == (
        12_500_000, "+15555550199", 45.0, None,
    )  # fmt: skip


def test_nowhere_to_ring_is_no_bid():
    found = answer(bound(small(), destination=""), '{"ok": true, "price": 12}')
    assert found == NoBid("t1", "no_number")


@pytest.mark.parametrize(
    "id_", ['".."', '"."', '""', "null", "true", "1.5", '"a\\nb"', f'"{"x" * 257}"']
)
def test_an_id_that_is_odd_or_missing_is_no_bid(id_):
    buyer = bound(small(ping__response__ref=["id"]))
    found = answer(buyer, f'{{"ok": true, "price": 12, "id": {id_}}}')
    assert (found.reason, found.detail[:24]) == ("unparseable", "an id is missing or odd:")


def test_an_id_may_be_a_number_and_may_be_missing_where_the_file_says_so():
    buyer = bound(small(ping__response__ref=["id", "more?"]))
    found = answer(buyer, '{"ok": true, "price": 12, "id": 7}')
    assert isinstance(found, Bid)
    assert found.ref == ("7", "")


def test_colons_in_texts_are_not_keys_that_stand_twice():
    body = '{"ok": true, "price": 12, "x": "a:b::c", "y": {"x": "\\u003a"}}'
    assert isinstance(answer(bound(small()), body), Bid)


def test_a_format_without_a_price_takes_the_targets_own():
    form = small(ping__response__price=[])
    found = answer(bound(form, price=Micros(7_000_000)), '{"ok": true, "price": 400}')
    assert isinstance(found, Bid)
    assert found.price == 7_000_000


def test_cents_are_cents():
    found = answer(bound(small(ping__response__price_unit="cents")), '{"ok": true, "price": 1250}')
    assert isinstance(found, Bid)
    assert found.price == 12_500_000


def test_above_is_in_the_prices_own_unit():
    rules = [{"then": "accept", "path": "price", "above": 5}]
    buyer = bound(small(ping__response__rules=rules))
    assert isinstance(answer(buyer, '{"price": 5.01}'), Bid)
    assert answer(buyer, '{"price": 5}').reason == "unparseable"


@pytest.mark.parametrize(
    ("kind", "until", "expires_ms"),
    [
        ("seconds", "30", NOW_MS + 30_000),
        ("seconds", '"30"', NOW_MS + 30_000),
        ("seconds", "1e300", NOW_MS + 86_400_000),
        ("epoch_ms", str(NOW_MS + 5), NOW_MS + 5),
        ("epoch_s", str(NOW_MS // 1000 + 5), NOW_MS + 5_000),
        ("iso", '"2027-01-15T08:00:10.5Z"', NOW_MS + 10_500),
        ("iso", '"2027-01-15T03:00:10-05:00"', NOW_MS + 10_000),
    ],
)
def test_a_bid_runs_out_when_it_says(kind, until, expires_ms):
    found = answer(bound(small(EXPIRES % kind)), f'{{"ok": true, "price": 12, "until": {until}}}')
    assert isinstance(found, Bid)
    assert found.expires_ms == expires_ms


def test_a_naive_time_is_in_the_zone_of_the_file():
    form = small(EXPIRES % "iso" + "zone = 'America/New_York'")
    found = answer(bound(form), '{"ok": true, "price": 12, "until": "2027-01-15 03:00:10"}')
    assert isinstance(found, Bid)
    assert found.expires_ms == NOW_MS + 10_000


@pytest.mark.parametrize(
    ("kind", "until", "reason"),
    [
        ("seconds", "0", "expired"),
        ("seconds", "-5", "expired"),
        ("epoch_ms", str(NOW_MS), "expired"),
        ("iso", '"2027-01-15T08:00:00Z"', "expired"),
        ("iso", '"2027-01-15 09:00:00"', "unparseable"),
        ("iso", '"0001-01-01T00:00:00+23:00"', "expired"),
        ("iso", "12", "unparseable"),
        ("seconds", '"soon"', "unparseable"),
        ("seconds", "true", "unparseable"),
        ("seconds", "[]", "unparseable"),
    ],
)
def test_a_bid_that_ran_out_or_ends_who_knows_when_is_none(kind, until, reason):
    found = answer(bound(small(EXPIRES % kind)), f'{{"ok": true, "price": 12, "until": {until}}}')
    assert isinstance(found, NoBid)
    assert found.reason == reason


def test_the_reason_is_kept_without_what_may_be_personal():
    words = "dup of +1 (415) 555-0123,\n ada@person.example, code 1004\x1b[31m " + "x" * 300
    kept = clean(words)
    assert kept.startswith("dup of +[masked],  [masked] code 1004 [31mx"[:38])
    assert len(kept) == 120
    assert "0123" not in kept
    assert "ada" not in kept
    assert kept.isprintable()


def test_a_number_cut_in_two_is_masked_whole():
    assert "415" not in clean("x" * 115 + " 4155550123")


def test_no_words_of_a_post_are_kept():
    buyer = bound(small(CONFIRM_AND_POST))
    said = read_post(buyer, HttpReply(200, (), b'{"no": "Ada Lovelace is a duplicate"}'))
    assert (said.ok, said.reason) == (False, "reject")
    assert read_post(buyer, HttpReply(200, (), b"thanks")).ok
    assert read_post(buyer, HttpReply(204, (), b"")).ok
    assert read_post(buyer, HttpReply(502, (), b"")).reason == "http:502"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, '{"no": 1}', "confirm_refused:full"),
        (200, '{"ok": true, "no": 1}', "confirm_refused:full"),
        (409, '{"no": 1}', "confirm_refused:full"),
        (200, '{"ok": true, "number": "x"}', "confirm_refused:no_number"),
        (200, "<html>", "confirm_unknown"),
        (204, "", "confirm_unknown"),
        (500, '{"ok": true}', "confirm_unknown"),
        (200, '{"ok": false, "ok": true}', "confirm_unknown"),
    ],
)
def test_a_confirm_that_is_not_clearly_a_yes_is_none(status, body, reason):
    buyer = bound(small(CONFIRM_AND_POST))
    found = read_confirm(buyer, HttpReply(status, (), body.encode()))
    assert (found.ok, found.reason) == (False, reason)


def test_the_dearest_bid_of_a_list_wins_and_the_first_of_equals():
    form = small(
        ping__response__each="bids[*]",
        ping__response__rules=[{"then": "accept", "path": "$.ok", "is": True}],
        ping__response__ref=["id"],
    )
    body = """{"ok": true, "bids": [{"id": "a", "price": 10}, {"id": "b", "price": 30},
        {"id": "c", "price": 30}, {"id": "d", "price": 900}, {"id": "e"}, 7, null]}"""
    found = answer(bound(form), body)
    assert isinstance(found, Bid)
    assert (found.price, found.ref) == (30_000_000, ("b",))
