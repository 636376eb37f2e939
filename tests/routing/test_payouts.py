"""What a publisher is paid: fixed, a share within bounds, tiers, and Base and Bonus rules."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import Micros, micros
from market.network import Publisher
from market.payout import UNPAID, Payout, PayoutRule, PayoutTier
from market.repeat import Past
from routing.network_file import NetworkError, read_network, write_network
from routing.payout_conditions import Sale
from routing.payout_text import PayoutTextError, read_payout_condition
from routing.payouts import payout_of, repeat_days_of
from routing.repeats import compile_repeats
from tests.shell.small_network import network as small_network

DAY_MS = 86_400_000
MONDAY_10 = int(datetime(2026, 11, 23, 10, tzinfo=UTC).timestamp() * 1000)
PRICE = micros(30)


def sale(talk_s=100.0, **more):
    facts = {"facts": {"state": "TX", "ivr.insured": "yes", "ivr.kind": "2"}}
    told = {"campaign": "auto", "arrived_ms": MONDAY_10, "call_ms": 160_000} | facts | more
    return Sale(talk_ms=None if talk_s is None else int(talk_s * 1000), **told)


def before(days, campaign="auto"):
    return Past(campaign, "pub", MONDAY_10 - int(days * DAY_MS))


def publisher(**more):
    return Publisher("pub", "Pub", **more)


def paid(who, sold=None, price=PRICE):
    found = payout_of(who, price, sold or sale())
    assert found.why in ("", *UNPAID)
    return found.amount / 1_000_000, found.why


@pytest.mark.parametrize(
    ("terms", "amount", "why"),
    [
        ({"payout_percent": 70}, 21, ""),
        ({"payout_percent": 70, "payout_max": micros(15)}, 15, "at_most"),
        ({"payout_percent": 70, "payout_min": micros(25)}, 25, ""),
        ({"payout_percent": 70, "payout_min": micros(40)}, 30, "at_price"),
        ({"payout": "fixed", "payout_amount": micros(12)}, 12, ""),
        ({"payout": "fixed", "payout_amount": micros(40)}, 30, "at_price"),
    ],
)
def test_a_share_has_bounds_and_nothing_is_above_the_price(terms, amount, why):
    assert paid(publisher(**terms)) == (amount, why)


@pytest.mark.parametrize(
    ("talk_s", "amount", "why"),
    [(None, 0, "talk_unknown"), (59.9, 0, "no_tier"), (60, 8, ""), (119, 8, ""), (120, 15, "")],
)
def test_tiers_go_by_the_talk_and_the_longest_that_fits_counts(talk_s, amount, why):
    tiers = (PayoutTier(120, percent=50), PayoutTier(60, amount=micros(8)))
    assert paid(publisher(payout="tiered", payout_tiers=tiers), sale(talk_s)) == (amount, why)


RULES = (
    PayoutRule("base", "connect duration > 5 min", micros(20)),
    PayoutRule("base", "connect duration >= 1 min 30 sec", micros(7)),
    PayoutRule("bonus", "in_region (TX, FL)", micros(2), name="south"),
    PayoutRule("bonus", "not repeat", percent=10),
)


@pytest.mark.parametrize(
    ("sold", "amount", "parts"),
    [
        (sale(90), 12, ("base:2", "bonus:south", "bonus:4")),
        (sale(301), 25, ("base:1", "bonus:south", "bonus:4")),
        (sale(89), 0, ()),
        (sale(90, past=(before(29),)), 9, ("base:2", "bonus:south")),
        (sale(90, past=(before(31),)), 12, ("base:2", "bonus:south", "bonus:4")),
        (sale(90, facts={}), 10, ("base:2", "bonus:4")),
        (sale(90, anonymous=True, facts={}), 7, ("base:2",)),
        (sale(None), 0, ()),
    ],
)
def test_the_first_base_that_holds_is_paid_and_every_bonus_beside_it(sold, amount, parts):
    found = payout_of(publisher(payout="rules", payout_rules=RULES), PRICE, sold)
    assert found == Payout(micros(amount), parts, "" if parts else "no_base")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("duration > 2 min 30 sec", True),
        ("duration > 2 min 40 sec", False),
        ("duration >= 160", True),
        ("connect duration < 1 hour", True),
        ("connect duration <= 100 s", True),
        ("repeat", True),
        ("repeat within 5 days", False),
        ("repeat in 10 days", True),
        ("in_region TX", True),
        ("in_region (FL, GA)", False),
        ("during_hours mon-fri 09:00-17:00", True),
        ("during_hours sun 22:00-11:00", True),
        ("during_hours sat-sun 00:00-24:00", False),
        ("pressed[2]", True),
        ("pressed[yes]", True),
        ("pressed[3]", False),
        ("mobile", None),
        ("not landline", None),
        ("mobile or in_region TX", True),
        ("mobile and in_region FL", False),
        ("ivr.insured = yes", True),
        ("ivr.insured != yes", False),
        ("state in (TX, OK)", True),
        ("zip = 12345", None),
        # `and` binds tighter than `or`.
        ("in_region TX or in_region FL and pressed[3]", True),
        ("(in_region TX or in_region FL) and pressed[3]", False),
        ("not (repeat and pressed[3])", True),
        ("not not repeat", True),
    ],
)
def test_every_term_is_true_false_or_unknown(text, holds):
    sold = sale(past=(before(7), before(1, "other")))
    assert read_payout_condition(text).holds(sold, "UTC") is holds


def test_hours_are_by_the_publishers_clock():
    condition = read_payout_condition("during_hours mon-fri 09:00-17:00")
    assert condition.holds(sale(), "UTC")
    assert not condition.holds(sale(), "America/Los_Angeles")


def test_what_a_flow_looked_up_tells_a_mobile_phone():
    sold = sale(facts={"ivr.line_type": "mobile"})
    assert read_payout_condition("mobile and not landline").holds(sold, "UTC")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 1: the end; expected duration"),
        ("duration", "expected >, >=, < or <="),
        ("duration > soon", "expected a time"),
        ("duration > 30 hours", "less than a day"),
        ("repeat in 2.5 days", "a whole number of days"),
        ("repeat in 400 days", "1 to 365"),
        ("repeat in 4", "expected days"),
        ("in_region tx", "a state in two capitals"),
        ("in_region (TX", "a comma or a closing bracket"),
        ("during_hours always", "a day or a span"),
        ("during_hours mon 9-17", "hours, like 09:00-17:00"),
        ("pressed 1", "a key in brackets"),
        ("sms_sent", "no messages are sent here"),
        ("repeat AND mobile", "expected and, or, or the end"),
        ("not", "the end"),
        ("(" * 30 + "repeat" + ")" * 30, "at most 20 brackets"),
        ("repeat " * 200, "at most 1000"),
        ("state = 'TX'", "a value"),
    ],
)
def test_a_condition_that_cannot_be_read_is_refused_with_its_place(text, said):
    with pytest.raises(PayoutTextError) as caught:
        read_payout_condition(text)
    assert said in str(caught.value)


@given(st.text(alphabet="durationepm[]()<>=! 0123456789", max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(PayoutTextError):
        assert read_payout_condition(text).holds(sale(), "UTC") in (True, False, None)


@given(
    st.integers(0, 10**9),
    st.lists(st.tuples(st.sampled_from(["base", "bonus"]), st.integers(0, 10**9)), max_size=6),
    st.none() | st.integers(0, 10**9),
)
def test_no_rules_ever_pay_above_the_price(price, rules, most):
    named = tuple(PayoutRule(kind, "", Micros(amount)) for kind, amount in rules)
    who = publisher(payout="rules", payout_rules=named, payout_max=most)
    found = payout_of(who, Micros(price), sale())
    assert 0 <= found.amount <= (price if most is None else min(price, most))


def with_terms(text):
    return small_network().replace('name = "Pub"', f'name = "Pub"\n{text}')


TERMS = """
payout = "rules"
payout_max = "25.00"
payout_hold_days = 7
payout_least = "100"
[[publisher.payout_rule]]
type = "base"
condition = "duration > 2 min 30 sec and not repeat within 90 days"
amount = "7.00"
[[publisher.payout_rule]]
type = "bonus"
name = "texas"
condition = "in_region TX"
percent = 5
"""


def test_terms_are_read_and_written_back_and_the_past_is_known_as_far_as_they_ask():
    found = read_network(with_terms(TERMS), "net.toml")
    who = found.publishers[0]
    assert who.payout_rules[1] == PayoutRule("bonus", "in_region TX", percent=5, name="texas")
    assert (who.payout_hold_days, who.payout_least) == (7, micros(100))
    assert read_network(write_network(found), "again") == found
    assert repeat_days_of(who) == 90
    assert compile_repeats(found).days_of("auto", "pub") == 90


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ('payout = "rules"', "the payout is rules"),
        ('payout = "tiered"', "the payout is tiered"),
        ('payout = "fixed"\npayout_amount = "3"\npayout_max = "5"', "payout_amount alone"),
        ('payout_min = "9"\npayout_max = "5"', "at most payout_max"),
        (
            'payout = "tiered"\n[[publisher.payout_tier]]\ntalk_from_s = 5',
            "an amount, or a percent",
        ),
        (
            'payout = "tiered"' + '\n[[publisher.payout_tier]]\ntalk_from_s = 5\namount = "1"' * 2,
            "each start once",
        ),
        (
            'payout = "rules"\n[[publisher.payout_rule]]\ntype = "bonus"\namount = "1"',
            "a rule of type base",
        ),
        (
            'payout = "rules"\n[[publisher.payout_rule]]\ntype = "base"\namount = "1"\n'
            'condition = "duration > 2 fortnights"',
            "column 14: fortnights",
        ),
    ],
)
def test_terms_that_make_no_sense_are_refused(terms, said):
    with pytest.raises(NetworkError) as caught:
        read_network(with_terms(terms), "net.toml")
    assert said in "\n".join(map(str, caught.value.problems))
