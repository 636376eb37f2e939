"""Filters let through what they name, and nothing that is unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.network import Filter
from routing.filters import compile_filters, first_miss


def passes(rule, **facts):
    return first_miss(compile_filters([rule]), facts) == ""


@pytest.mark.parametrize(
    ("zip_code", "expected"), [("90210", True), ("10001", True), ("10002", False), ("09021", False)]
)
def test_any_of_takes_whole_values_and_prefixes(zip_code, expected):
    assert passes(Filter("zip", any_of=("90*", "10001")), zip=zip_code) is expected


def test_none_of_refuses_what_it_names_even_where_any_of_lets_it_in():
    rule = Filter("zip", any_of=("90*",), none_of=("902*", "90001"))
    assert passes(rule, zip="90100")
    assert not passes(rule, zip="90210")
    assert not passes(rule, zip="90001")


@pytest.mark.parametrize(
    "rule", [Filter("zip", any_of=("9*",)), Filter("zip", none_of=("9*",)), Filter("zip", ("*",))]
)
def test_an_unknown_value_passes_no_filter(rule):
    assert not passes(rule)
    assert not passes(rule, zip="")


def test_the_cheap_filter_is_asked_first_and_named():
    costly = Filter("zip", any_of=("1*", "2*", "3*"))
    cheap = Filter("state", any_of=("TX",))
    assert first_miss(compile_filters([costly, cheap]), {"zip": "9", "state": "CA"}) == "state"
    assert first_miss(compile_filters([costly, cheap]), {"zip": "9", "state": "TX"}) == "zip"


VALUES = st.text("ab", max_size=3)


@given(VALUES, st.lists(VALUES, max_size=4), st.lists(VALUES, max_size=4), st.booleans())
def test_filters_agree_with_their_meaning(value, any_of, none_of, stars):
    """`stars` makes every listed value a prefix."""

    def named(listed):
        return any(value.startswith(one) if stars else value == one for one in listed)

    star = "*" if stars else ""
    rule = Filter("x", tuple(v + star for v in any_of), tuple(v + star for v in none_of))
    expected = value != "" and not named(none_of) and (not any_of or named(any_of))
    assert passes(rule, x=value) is expected
