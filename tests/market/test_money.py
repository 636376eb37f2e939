"""Money and ids."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.ids import id_at, id_for, unix_ms
from market.money import MoneyError, dollars, micros, share


@pytest.mark.parametrize(
    ("text", "amount"), [("12.50", 12_500_000), (7, 7_000_000), ("0.0000019", 1)]
)
def test_dollars_become_micros_and_a_fraction_of_one_is_dropped(text, amount):
    assert micros(text) == amount


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "1e12", "1e999999", "12,5", "", None])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(MoneyError):
        micros(text)


@given(st.integers(0, 10**12))
def test_printed_money_reads_back(amount):
    assert micros(dollars(amount)) == amount


def test_money_is_printed_with_cents_and_more_only_where_needed():
    assert [dollars(a) for a in (12_500_000, -1, 0, 5_001_000)] == [
        "12.50",
        "-0.000001",
        "0.00",
        "5.001",
    ]


def test_a_share_is_rounded_down():
    assert share(101, 70) == 70


@given(st.integers(0, 2**48 - 1), st.binary(max_size=40))
def test_an_id_is_a_version_7_uuid_with_its_time_and_the_same_each_time(ms, seed):
    made = id_at(ms, seed)
    assert (made.version, made.variant, unix_ms(made)) == (7, UUID(int=0x8 << 60).variant, ms)
    assert made == id_at(ms, seed)
    assert id_for(made, "hold:1") != id_for(made, "hold:2")
    assert unix_ms(id_for(made, "hold:1")) == ms
