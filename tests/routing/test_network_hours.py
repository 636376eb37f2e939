"""Hours are written as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.network import Hours
from routing.network_error import Place, Refused
from routing.network_hours import hours_text, read_hours

CLOCK = st.integers(0, 1440)


def read(**days):
    return read_hours({"zone": "America/New_York", **days}, Place("hours", [])).open


def wrong(days):
    place = Place("hours", [])
    with pytest.raises(Refused):
        read_hours({"zone": "America/New_York", **days}, place)
    return {note.key: note for note in place.notes}


def test_days_have_windows_and_spans_of_days_share_them():
    opened = read(**{"mon-wed": "09:00-12:00, 13:00-18:00", "sat": "closed", "sun": "00:00-24:00"})
    assert opened == {
        **dict.fromkeys((0, 1, 2), ((540, 720), (780, 1080))),
        6: ((0, 1440),),
    }


def test_hours_over_midnight_go_on_in_the_next_day():
    assert read(mon="22:00-04:00") == {0: ((1320, 1440),), 1: ((0, 240),)}
    assert read(sun="22:00-04:00") == {6: ((1320, 1440),), 0: ((0, 240),)}
    assert read(mon="22:00-00:00") == {0: ((1320, 1440),)}


def test_hours_that_touch_or_meet_after_midnight_are_one_window():
    assert read(mon="09:00-12:00, 12:00-18:00") == {0: ((540, 1080),)}
    assert read(mon="22:00-04:00", tue="03:00-12:00")[1] == ((0, 720),)


@pytest.mark.parametrize(
    ("days", "key"),
    [({"mon": "25:00-26:00"}, "mon"), ({"mon": "09:00-24:30"}, "mon"), ({"mon": "9-12"}, "mon"),
     ({"mon": "09:00-09:00"}, "mon"), ({"mon": "09:60-10:00"}, "mon"), ({"mon": ""}, "mon"),
     ({"mon": "09:00-12:00, 11:00-13:00"}, "mon"), ({"mon": 9}, "mon"), ({"mon": []}, "mon"),
     ({"monday": "09:00-12:00"}, "monday"), ({"fri-mon": "09:00-12:00"}, "fri-mon"),
     ({"mon-": "09:00-12:00"}, "mon-"), ({"mon-fri": "09:00-12:00", "tue": "closed"}, "tue"),
     ({"zone": "Mars/Olympus", "mon": "09:00-10:00"}, "zone"), ({"zone": 5}, "zone")],
)  # fmt: skip
def test_impossible_hours_are_refused(days, key):
    note = wrong(days)[f"hours.{key}"]
    assert note.found
    assert note.right


def test_a_target_that_is_never_open_is_refused():
    assert "paused" in wrong({"mon": "closed"})["hours"].right


@given(st.dictionaries(st.integers(0, 6), st.tuples(CLOCK, CLOCK), min_size=1))
def test_what_is_written_reads_back_equal(days):
    windows = {day: ((min(w), max(w)),) for day, w in days.items() if w[0] != w[1]}
    if windows:
        hours = Hours("Europe/Berlin", windows)
        assert read_hours(hours_text(hours), Place("", [])) == hours
