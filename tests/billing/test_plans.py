"""What a plan comes to, and what an invoice looks like: tables and texts."""

import pytest

from billing.invoices import Invoice, as_html, as_text, sales_items
from billing.plans import Item, Plan, PlanError, Rate, Used, items_of, read_plan, write_plan
from market.money import micros

PLAN = Plan(
    monthly_fee=micros("99"),
    minutes=Rate(1000, micros("0.015")),
    numbers=Rate(10, micros("1.50")),
    pings=Rate(100_000, micros("0.00005")),
    recordings=Rate(0, micros("0.0025")),
)


def due(**used):
    return {item.topic: item.amount for item in items_of(PLAN, Used(**used))}


def test_what_is_included_costs_the_fee_alone():
    month = due(seconds=60_000, numbers=10, pings=100_000)
    assert month == {
        "fee": micros("99"),
        "minutes": 0,
        "numbers": 0,
        "pings": 0,
        "recordings": 0,
    }


def test_each_more_costs_its_price():
    month = due(seconds=60_000 + 600, numbers=12, pings=500_000, recordings=100)
    assert month["minutes"] == micros("0.15")
    assert month["numbers"] == micros("3")
    assert month["pings"] == micros("20")
    assert month["recordings"] == micros("0.25")


def test_fractions_of_a_cent_are_not_charged():
    assert due(recordings=3)["recordings"] == 0  # 0.0075
    assert due(recordings=7)["recordings"] == micros("0.01")  # 0.0175
    assert due(seconds=60_000 + 59)["minutes"] == micros("0.01")  # 0.01475


@pytest.mark.parametrize("plan", [PLAN, Plan(), Plan(round_to_s=6)])
def test_a_plan_is_read_as_it_is_written(plan):
    assert read_plan(write_plan(plan)) == plan


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"fee": "1"}, "fee: there is no such field"),
        ({"monthly_fee": 99}, "monthly_fee: expected dollars as text"),
        ({"monthly_fee": "0.005"}, "monthly_fee: expected whole cents"),
        ({"minutes": 5}, "minutes: expected {"),
        ({"minutes": {"included": 1.5}}, "minutes.included: expected a whole number"),
        ({"minutes": {"included": -1}}, "minutes.included: expected a whole number"),
        ({"pings": {"price": "free"}}, "pings.price: expected dollars as text"),
        ({"round_to_s": 7}, "round_to_s: expected one of 1, 6, 30, 60"),
        ({"round_to_s": True}, "round_to_s: expected one of"),
    ],
)
def test_a_plan_that_cannot_be_right_names_the_field(told, words):
    with pytest.raises(PlanError, match=words.replace("{", r"\{").replace(".", r"\.")):
        read_plan(told)


def invoice(**changes):
    lines = (Item("fee", "Monthly fee", micros("99"), "1", "99.00"),)
    lines += (Item("minutes", "Minutes <b>, 1,000 included", micros("1.50"), "1100", "0.015"),)
    known = {"total": micros("100.50"), "items": lines} | changes
    head = ("INV-000007", "invoice", "Ada & Co", "usage:main", "2026-11", "2026-12-01", "USD")
    return Invoice(*head, known["items"], known["total"])


def test_an_invoice_as_text_lines_up_and_adds_up():
    text = as_text(invoice())
    lines = text.splitlines()
    assert lines[0] == "Invoice INV-000007"
    assert {len(line) for line in lines if line.endswith(("99.00", "1.50", "100.50"))} == {72}
    assert lines[-1] == "Paid from the wallet."


def test_an_invoice_as_html_escapes_what_others_wrote():
    page = as_html(invoice())
    assert "Ada &amp; Co" in page
    assert "<b>," not in page
    assert page.count("<tr>") == 3


def test_sales_are_told_by_kind():
    items = sales_items([("capture", 12, micros("300")), ("reversal", 1, -micros("25"))])
    assert [(i.text, i.quantity, i.amount) for i in items] == [
        ("Calls bought", "12", 300_000_000),
        ("Calls returned, and charges taken back", "1", -25_000_000),
    ]
