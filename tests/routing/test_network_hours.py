"""Hours are written as people say them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.schedule import Holidays, Hours
from routing.network_error import Place, Refused
from routing.network_file import read_network, write_network
from routing.network_hours import hours_text, read_hours
from tests.routing.small_file import SMALL, problems

START, MINUTES = st.integers(0, 1439), st.integers(1, 1439)


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


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin():
    assert read(mon="22:00-04:00") == {0: ((1320, 1680),)}
    assert read(sun="22:00-04:00") == {6: ((1320, 1680),)}
    assert read(mon="22:00-00:00") == {0: ((1320, 1440),)}


def test_hours_that_touch_are_one_window():
    assert read(mon="09:00-12:00, 12:00-18:00") == {0: ((540, 1080),)}


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("not 12:00-13:00", ((0, 720), (780, 1440))),
        ("not 22:00-04:00", ((240, 1320),)),
        ("not 00:00-09:00, 17:00-24:00", ((540, 1020),)),
        ("not 22:00-05:00, 01:00-02:00", ((300, 1320),)),
        ("not 00:00-12:00, 12:00-23:00", ((1380, 1440),)),
    ],
)
def test_inverted_hours_are_the_rest_of_the_day(text, windows):
    assert read(mon=text) == {0: windows}


def test_a_day_that_is_closed_by_inversion_has_no_windows():
    assert read(mon="not 00:00-24:00", tue="09:00-10:00") == {1: ((540, 600),)}


def test_single_dates_and_lists_of_holidays_are_read():
    found = {"mon": "09:00-10:00", "2026-12-24": "09:00-12:00", "2026-12-25": "closed"}
    hours = read_hours({"zone": "UTC", "holidays": ["us"], **found}, Place("hours", []))
    assert hours.holidays == ("us",)
    assert hours.dates == {date(2026, 12, 24): ((540, 720),), date(2026, 12, 25): ()}


def pauses_and_holidays(text):
    network = read_network(SMALL + text, "net.toml")
    assert read_network(write_network(network), "export") == network
    return network


def test_pauses_and_holidays_are_read_from_text_or_as_toml_has_them():
    network = pauses_and_holidays("""
[[target.pause]]
from = "2026-12-24 18:00"
until = 2026-12-26T08:00:00

[[target.pause]]
from = 2027-01-01 00:00:00

[[holidays]]
id = "us"
dates = ["2026-11-26", 2027-01-01, "12-25"]
""")
    assert [str(one.begin) for one in network.targets[1].pauses] == [
        "2026-12-24 18:00:00", "2027-01-01 00:00:00"]  # fmt: skip
    assert str(network.targets[1].pauses[0].end) == "2026-12-26 08:00:00"
    expected = Holidays("us", (date(2026, 11, 26), date(2027, 1, 1)), ((12, 25),))
    assert network.holidays == (expected,)


@pytest.mark.parametrize(
    ("text", "key", "found"),
    [
        ("[[target.pause]]", "target[1].pause[0]", "without from and until"),
        ('[[target.pause]]\nfrom = "2026-12-24"', "target[1].pause[0].from", "2026-12-24"),
        ('[[target.pause]]\nfrom = "2026-13-24 10:00"', "target[1].pause[0].from", "2026-13"),
        ("[[target.pause]]\nfrom = 2026-12-24T18:00:00Z", "target[1].pause[0].from", "2026"),
        ("[[target.pause]]\nfrom = 2026-12-24T18:00:00\nuntil = 2026-12-24T18:00:00",
         "target[1].pause[0].until", "2026-12-24 18:00"),
        ('[[holidays]]\nid = "us"\ndates = ["13-25"]', "holidays[0].dates[0]", "13-25"),
        ('[[holidays]]\nid = "us"\ndates = ["2026-02-29"]', "holidays[0].dates[0]", "2026-02-29"),
        ('[[holidays]]\nid = "us"', "holidays[0].dates", "nothing"),
        ('[target.hours]\nzone = "UTC"\nmon = "09:00-10:00"\nholidays = ["xx"]',
         "target[1].hours.holidays[0]", "xx"),
    ],
)  # fmt: skip
def test_wrong_pauses_and_holidays_are_refused(text, key, found):
    (problem,) = problems(SMALL + text)
    assert (problem.key, found in problem.found, problem.line is not None) == (key, True, True)


@pytest.mark.parametrize(
    ("days", "key"),
    [({"mon": "25:00-26:00"}, "mon"), ({"mon": "09:00-24:30"}, "mon"), ({"mon": "9-12"}, "mon"),
     ({"mon": "09:00-09:00"}, "mon"), ({"mon": "09:60-10:00"}, "mon"), ({"mon": ""}, "mon"),
     ({"mon": "09:00-12:00, 11:00-13:00"}, "mon"), ({"mon": 9}, "mon"), ({"mon": []}, "mon"),
     ({"monday": "09:00-12:00"}, "monday"), ({"fri-mon": "09:00-12:00"}, "fri-mon"),
     ({"mon-": "09:00-12:00"}, "mon-"), ({"mon-fri": "09:00-12:00", "tue": "closed"}, "tue"),
     ({"zone": "Mars/Olympus", "mon": "09:00-10:00"}, "zone"), ({"zone": 5}, "zone"),
     ({"2026-02-30": "closed"}, "2026-02-30"), ({"mon": "not closed"}, "mon"),
     ({"mon": "not 9-12"}, "mon"), ({"holidays": "us"}, "holidays")],
)  # fmt: skip
def test_impossible_hours_are_refused(days, key):
    note = wrong(days)[f"hours.{key}"]
    assert note.found
    assert note.right


def test_a_target_that_is_never_open_is_refused():
    assert "paused" in wrong({"mon": "closed"})["hours"].right


@given(st.dictionaries(st.integers(0, 6), st.tuples(START, MINUTES), min_size=1))
def test_what_is_written_reads_back_equal(days):
    windows = {day: ((start, start + minutes),) for day, (start, minutes) in days.items()}
    dates = {date(2026, 12, 24 + day): found for day, found in windows.items()}
    hours = Hours("Europe/Berlin", windows, ("us",), {**dates, date(2027, 1, 1): ()})
    assert read_hours(hours_text(hours), Place("", [])) == hours
