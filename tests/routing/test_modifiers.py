"""Modifiers are taken in their order, and what comes out is bounded once, at the end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import Micros, micros
from market.network import ValueList
from market.pricing import Modifier
from routing.condition_compiling import values_of
from routing.condition_text import read_condition
from routing.modifiers import adjust, compile_modifiers, rejects

TEXAS = read_condition("state = TX")
ZIPS = ValueList("zips", ("79936", "799*", "9*"), {"79936": "2.50", "799*": "1", "9*": "0.5"})
BARE = ValueList("bare", ("90210", "902*"), {"90210": "3"})
TEN, HUNDRED = micros(10), micros(100)


def adjusted(*modifiers, price=TEN, most=HUNDRED, **facts):
    lists = {"zips": ZIPS, "bare": BARE}
    values = {name: values_of(one.values) for name, one in lists.items()}
    return adjust(price, compile_modifiers(modifiers, lists, values), facts, most)


def add(dollars, **more):
    return Modifier("add", int(dollars * 1_000_000), **more)


def times(factor, **more):
    return Modifier("multiply", int(factor * 1_000_000), **more)


def test_each_action_does_what_it_says():
    assert adjusted(add(2)) == micros(12)
    assert adjusted(add(-2)) == micros(8)
    assert adjusted(times(1.25)) == micros("12.50")
    assert adjusted(Modifier("override", 3_000_000)) == micros(3)
    assert adjusted(Modifier("reject")) is None
    assert adjusted() == TEN


def test_their_order_counts():
    assert adjusted(add(2), times(2)) == micros(24)
    assert adjusted(times(2), add(2)) == micros(22)
    assert adjusted(add(2), Modifier("override", 1_000_000), add(1)) == micros(2)


def test_the_bounds_are_applied_once_at_the_end():
    assert adjusted(add(500), add(-500)) == TEN
    assert adjusted(add(-30), add(25)) == micros(5)
    assert adjusted(add(-30)) == 0
    assert adjusted(times(1000)) == HUNDRED
    assert adjusted(most=micros(4)) == micros(4)


def test_a_modifier_is_for_calls_of_which_its_condition_is_true():
    assert adjusted(add(2, condition=TEXAS), state="TX") == micros(12)
    assert adjusted(add(2, condition=TEXAS), state="CA") == TEN
    assert adjusted(add(2, condition=TEXAS)) == TEN
    reject = Modifier("reject", condition=TEXAS)
    assert adjusted(reject, state="TX") is None
    assert adjusted(reject, state="CA") == TEN


@pytest.mark.parametrize(
    ("zip_code", "dollars"),
    [("79936", "12.50"), ("79901", 11), ("90210", "10.50"), ("10001", 10), ("", 10)],
)
def test_a_list_brings_the_amount_of_each_value_and_the_longest_prefix_counts(zip_code, dollars):
    assert adjusted(Modifier("add", list="zips"), zip=zip_code) == micros(dollars)


def test_a_value_without_an_amount_takes_that_of_the_modifier():
    bare = Modifier("override", 1_000_000, list="bare")
    assert adjusted(bare, zip="90210") == micros(3)
    assert adjusted(bare, zip="90299") == micros(1)


def test_a_list_may_be_of_another_field_and_may_reject():
    assert adjusted(Modifier("add", list="zips", field="ivr.a"), **{"ivr.a": "79936"}) > TEN
    assert adjusted(Modifier("reject", list="zips"), zip="79936") is None
    assert adjusted(Modifier("reject", list="zips"), zip="10001") == TEN


def test_a_reject_is_known_before_there_is_a_price():
    steps = compile_modifiers([add(1), Modifier("reject", condition=TEXAS)], {}, {})
    assert rejects(steps, {"state": "TX"})
    assert not rejects(steps, {"state": "CA"})


STEPS = st.lists(
    st.one_of(
        st.integers(-(10**8), 10**8).map(lambda amount: Modifier("add", amount)),
        st.integers(0, 10**8).map(lambda amount: Modifier("multiply", amount)),
        st.integers(0, 10**8).map(lambda amount: Modifier("override", amount)),
    ),
    max_size=5,
)


@given(STEPS, st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_higher_price_never_becomes_a_lower_one(modifiers, one, other, most):
    low, high = sorted((one, other))
    steps = compile_modifiers(modifiers, {}, {})
    first, second = (adjust(Micros(price), steps, {}, most) for price in (low, high))
    assert 0 <= first <= second <= most
