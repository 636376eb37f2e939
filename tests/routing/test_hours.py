"""Hours go by the wall clock of their zone, whatever the clock does."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.network import Hours
from routing.hours import is_open, zone_of
from tests.routing.worlds import MOMENTS, target

ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Australia/Lord_Howe", "UTC")
MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = st.integers(0, 1439)


def new_york(*windows, day):
    return Hours("America/New_York", {day: windows})


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


@given(MOMENTS, st.sampled_from(ZONES), DAY, DAY, st.integers(0, 6))
def test_hours_agree_with_a_wall_clock_kept_by_hand(moment, zone, one, other, day):
    """The clock kept by hand is UTC plus the zone's offset, and knows no zones."""
    start, end = min(one, other), max(one, other) + 1
    offset = ZoneInfo(zone).utcoffset(moment.astimezone(ZoneInfo(zone)))
    since_monday = (moment + offset - MONDAY) % timedelta(days=7)
    opens, shuts = (timedelta(days=day, minutes=minute) for minute in (start, end))
    assert is_open(Hours(zone, {day: ((start, end),)}), moment) == (opens <= since_monday < shuts)


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        is_open(new_york((0, 1440), day=0), datetime(2026, 11, 23, 12))  # noqa: DTZ001


def test_a_target_without_hours_goes_by_utc():
    assert zone_of(target("a")) == UTC
    assert str(zone_of(target("a", hours=new_york((0, 60), day=0)))) == "America/New_York"
