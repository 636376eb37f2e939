"""Hours go by the wall clock of their zone, whatever the clock does."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.schedule import Holidays, Hours, Pause
from routing.hours import schedule_of, zone_of
from tests.routing.worlds import MOMENTS, target

ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Australia/Lord_Howe", "UTC")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = st.integers(0, 1439)


def new_york(*windows, day):
    return Hours("America/New_York", {day: windows})


def is_open(hours, moment, holidays=(), pauses=()):
    return closed(hours, moment, holidays, pauses) == ""


def closed(hours, moment, holidays=(), pauses=()):
    one = target("a", hours=hours, pauses=pauses)
    schedule = schedule_of(one, {one.id: one for one in holidays})
    return schedule.closed(moment.astimezone(zone_of(one))) if schedule else ""


def at(text, zone="America/New_York", fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def test_a_window_holds_its_first_minute_and_not_its_last():
    hours = new_york((540, 720), day=0)
    assert is_open(hours, at("2026-11-23T09:00"))
    assert is_open(hours, at("2026-11-23T11:59:59"))
    assert not is_open(hours, at("2026-11-23T12:00"))
    assert not is_open(hours, at("2026-11-23T08:59:59"))
    assert not is_open(hours, at("2026-11-24T10:00"))


def test_the_day_is_that_of_the_zone_and_not_of_utc():
    hours = new_york((1320, 1440), day=0)
    assert is_open(hours, datetime(2026, 11, 24, 3, 30, tzinfo=UTC))  # Monday 22:30 there.
    assert not is_open(hours, datetime(2026, 11, 23, 22, 30, tzinfo=UTC))


def test_an_hour_that_the_clock_shows_twice_is_open_twice():
    hours = new_york((60, 120), day=6)
    first, second = at("2026-11-01T01:30", fold=0), at("2026-11-01T01:30", fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert is_open(hours, first)
    assert is_open(hours, second)


def test_an_hour_that_the_clock_skips_is_no_time_at_all():
    hours = new_york((120, 180), day=6)
    midnight = at("2026-03-08T00:00").astimezone(UTC)
    assert not any(is_open(hours, midnight + timedelta(minutes=m)) for m in range(23 * 60))


@given(MOMENTS, st.sampled_from(ZONES), DAY, st.integers(1, 1440), st.integers(0, 6))
def test_hours_agree_with_a_wall_clock_kept_by_hand(moment, zone, start, minutes, day):
    """The clock kept by hand is UTC plus the zone's offset, and knows no zones."""
    end = start + minutes
    offset = ZoneInfo(zone).utcoffset(moment.astimezone(ZoneInfo(zone)))
    since_monday = (moment + offset - MONDAY) % timedelta(days=7)
    opens, shuts = (timedelta(days=day, minutes=minute) for minute in (start, end))
    in_week = opens <= since_monday < shuts or opens <= since_monday + timedelta(days=7) < shuts
    assert is_open(Hours(zone, {day: ((start, end),)}), moment) == in_week


def test_a_target_without_hours_goes_by_utc():
    assert zone_of(target("a")) == UTC
    assert str(zone_of(target("a", hours=new_york((0, 60), day=0)))) == "America/New_York"


# Each day on which a clock is changed, with windows around the change: how many minutes of
# that day (from its midnight to the next) each is open.
CHANGES = [
    ("America/New_York", "2026-03-08", (0, 1440), 23 * 60),
    ("America/New_York", "2026-03-08", (60, 180), 60),  # 01:00-03:00: two o'clock is skipped.
    ("America/New_York", "2026-03-08", (120, 180), 0),
    ("America/New_York", "2026-03-08", (150, 240), 60),
    ("America/New_York", "2026-11-01", (0, 1440), 25 * 60),
    ("America/New_York", "2026-11-01", (60, 120), 120),
    ("America/New_York", "2026-11-01", (90, 180), 30 + 30 + 60),
    ("America/Phoenix", "2026-03-08", (0, 1440), 24 * 60),
    ("Europe/Berlin", "2026-03-29", (120, 180), 0),
    ("Europe/Berlin", "2026-10-25", (120, 180), 120),
    ("Australia/Lord_Howe", "2026-04-05", (90, 120), 60),  # Half an hour is shown twice.
    ("Australia/Lord_Howe", "2026-10-04", (120, 150), 0),
    ("America/Santiago", "2026-09-06", (0, 60), 0),  # Midnight itself is skipped.
]


@pytest.mark.parametrize(("zone", "day", "window", "minutes"), CHANGES)
def test_on_the_day_of_a_change_the_wall_clock_decides(zone, day, window, minutes):
    first = at(f"{day}T00:00", zone)
    hours = Hours(zone, {first.weekday(): (window,)})
    moments = [first.astimezone(UTC) + timedelta(minutes=m) for m in range(-60, 26 * 60)]
    of_day = [m for m in moments if m.astimezone(ZoneInfo(zone)).date() == first.date()]
    assert sum(is_open(hours, moment) for moment in of_day) == minutes


@pytest.mark.parametrize(
    ("day", "minutes"), [("2026-03-07", 5 * 60), ("2026-10-31", 7 * 60), ("2026-11-07", 6 * 60)]
)
def test_a_night_shift_over_a_change_ends_when_the_clock_says_so(day, minutes):
    hours = Hours("America/New_York", {5: ((1320, 1440 + 240),)})  # Saturday, 22:00 to 04:00.
    noon = at(f"{day}T12:00").astimezone(UTC)
    moments = (noon + timedelta(minutes=minute) for minute in range(24 * 60))
    assert sum(is_open(hours, moment) for moment in moments) == minutes


XMAS = Holidays("us", dates=(date(2026, 11, 26),), yearly=((12, 25), (2, 29)))
DAILY = Hours("America/New_York", dict.fromkeys(range(7), ((540, 1080),)), ("us",))
NIGHTLY = Hours("America/New_York", dict.fromkeys(range(7), ((1320, 1680),)), ("us",))


@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("2026-11-25T10:00", ""),
        ("2026-11-26T10:00", "schedule:holiday"),
        ("2026-11-26T20:00", "schedule:holiday"),
        ("2027-11-26T10:00", ""),  # A date with a year is of that year.
        ("2027-12-25T10:00", "schedule:holiday"),
        ("2031-12-25T10:00", "schedule:holiday"),
        ("2028-02-29T10:00", "schedule:holiday"),
        ("2026-11-25T20:00", "schedule"),
    ],
)
def test_holidays_are_closed_and_say_so(moment, reason):
    assert closed(DAILY, at(moment), [XMAS]) == reason


@pytest.mark.parametrize(
    ("moment", "open_"),
    [
        ("2026-11-25T23:00", True),
        ("2026-11-26T01:00", False),  # What began the evening before ends at midnight.
        ("2026-11-26T23:00", False),
        ("2026-11-27T01:00", False),  # It would have begun on the holiday.
        ("2026-11-27T23:00", True),
        ("2026-11-28T01:00", True),
    ],
)
def test_a_holiday_closes_its_day_and_the_night_that_begins_on_it(moment, open_):
    assert is_open(NIGHTLY, at(moment), [XMAS]) is open_


def test_the_hours_of_a_single_date_beat_weekday_and_holiday():
    hours = replace(DAILY, dates={date(2026, 12, 25): ((600, 720),), date(2026, 12, 24): ()})
    assert is_open(hours, at("2026-12-25T10:30"), [XMAS])
    assert closed(hours, at("2026-12-25T13:00"), [XMAS]) == "schedule:holiday"
    assert closed(hours, at("2026-12-24T13:00"), [XMAS]) == "schedule:holiday"


def test_a_pause_is_from_its_first_minute_until_its_last_by_the_wall_clock():
    pause = (Pause(datetime(2026, 11, 23, 12), datetime(2026, 11, 24, 12)),)  # noqa: DTZ001
    assert is_open(DAILY, at("2026-11-23T11:59:59"), [XMAS], pause)
    assert closed(DAILY, at("2026-11-23T12:00"), [XMAS], pause) == "paused:scheduled"
    assert closed(DAILY, at("2026-11-24T11:59:59"), [XMAS], pause) == "paused:scheduled"
    assert is_open(DAILY, at("2026-11-24T12:00"), [XMAS], pause)


def test_a_pause_may_have_one_end_and_a_target_no_hours():
    noon = datetime(2026, 11, 23, 12)  # noqa: DTZ001
    before, after = at("2026-11-23T11:00", "UTC"), at("2026-11-23T13:00", "UTC")
    assert is_open(None, before, pauses=(Pause(begin=noon),))
    assert not is_open(None, after, pauses=(Pause(begin=noon),))
    assert not is_open(None, before, pauses=(Pause(end=noon),))
    assert is_open(None, after, pauses=(Pause(end=noon),))
