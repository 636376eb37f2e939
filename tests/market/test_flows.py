"""What is paid when a winner confirms at another price: by policy, and never over the hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.flows import PriceChange, agree, set_aside
from market.money import micros

AS_IT_IS, BENDS = PriceChange(), PriceChange(least_percent=90, most_percent=120)
amounts = st.integers(1, 10**9)
changes = st.builds(PriceChange, st.integers(1, 100), st.integers(100, 200))


@pytest.mark.parametrize(
    ("change", "said", "paid"),
    [
        (AS_IT_IS, "20", "20"),
        (AS_IT_IS, "19.99", None),
        (AS_IT_IS, "25", "20"),
        (BENDS, "18", "18"),
        (BENDS, "17.999999", None),
        (BENDS, "24", "24"),
        (BENDS, "24.01", "24"),
        (BENDS, "0", None),
        (BENDS, "31", None),  # Over the ceiling: a mistake.
    ],
)
def test_what_is_paid_for_a_bid_of_twenty(change, said, paid):
    found = agree(change, micros(20), micros(said), least=micros(1), ceiling=micros(30))
    assert found == (paid if paid is None else micros(paid))


def test_nothing_is_sold_under_the_reserve():
    assert agree(BENDS, micros(20), micros(19), least=micros("19.5"), ceiling=micros(30)) is None


def test_no_more_is_set_aside_than_the_ceiling_or_the_bid_itself():
    assert set_aside(BENDS, micros(20), micros(22)) == micros(22)
    assert set_aside(BENDS, micros(20), micros(5)) == micros(20)


@given(changes, amounts, amounts, amounts, amounts)
def test_what_is_agreed_is_covered_by_what_is_set_aside(change, price, said, least, ceiling):
    paid = agree(change, price, said, least=least, ceiling=ceiling)
    assert paid is None or least <= paid <= min(said, set_aside(change, price, ceiling))
