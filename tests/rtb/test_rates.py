"""How often somebody may come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auctiond.rtb.rates import Rates


def test_as_many_as_allowed_at_once_and_then_as_time_goes_by():
    rates = Rates()
    assert [rates.take("a", 0.0, 3, 60.0) for _ in range(5)] == [True, True, True, False, False]
    assert not rates.take("a", 19.0, 3, 60.0)
    assert rates.take("a", 40.0, 3, 60.0)
    assert rates.take("b", 0.0, 3, 60.0)


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 9))
def test_no_window_ever_holds_more_than_twice_what_is_allowed(gaps, most):
    rates, now_s, taken = Rates(), 0.0, []
    for gap in gaps:
        now_s += gap
        if rates.take("a", now_s, most, 10.0):
            taken.append(now_s)
    for start in taken:
        assert sum(start <= one < start + 10 for one in taken) <= 2 * most


def test_those_who_were_not_seen_for_longest_are_forgotten():
    rates = Rates(keys_max=2)
    for key in ("a", "b", "a", "c"):
        rates.take(key, 0.0, 2, 60.0)
    assert rates.take("b", 0.0, 1, 60.0)  # Forgotten, so as new.
    assert not rates.take("c", 0.0, 1, 60.0)
