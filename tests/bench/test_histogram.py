"""A histogram tells every percentile at most 1 % too long, and never too short."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bench.harness import percentile
from bench.tools.histogram import LEAST_MS, WIDTH, Histogram, heard, histogram_of

TIMES = st.lists(st.floats(min_value=0, max_value=1e7), min_size=1, max_size=200)
SHARES = st.floats(min_value=0, max_value=1)


@given(TIMES, SHARES)
def test_a_percentile_is_at_most_one_percent_too_long_and_never_too_short(times, share):
    exact, told = percentile(times, share), histogram_of(times).percentile(share)
    if exact <= LEAST_MS:
        assert told == 0.0
    else:
        assert exact * (1 - 1e-9) <= told <= exact * WIDTH * (1 + 1e-9)


@given(TIMES, TIMES, SHARES)
def test_two_add_up_to_what_one_would_have_counted(some, more, share):
    both = histogram_of(some) + histogram_of(more)
    assert both == histogram_of([*some, *more])
    assert both.count == len(some) + len(more)


@given(TIMES)
def test_it_is_the_same_after_the_way_through_another_process(times):
    found = histogram_of(times)
    assert heard(json.loads(json.dumps(found.told()))) == found


@given(TIMES)
def test_the_longest_is_told_exactly(times):
    assert histogram_of(times).most_ms == max(times)


def test_of_nothing_every_percentile_is_zero():
    assert Histogram().percentile(0.99) == 0.0
    assert Histogram().spectrum() == []


def test_a_spectrum_goes_no_further_than_there_are_values_for():
    thousand = histogram_of(range(1, 1001))
    assert [share for share, _ in thousand.spectrum()] == [0.5, 0.75, 0.9, 0.95, 0.99]
