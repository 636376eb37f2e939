"""Caps count in windows of the target's own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import micros
from market.network import Cap
from market.schedule import Hours
from routing.caps import CapUse, cap_uses, window
from tests.routing.worlds import MOMENTS, NOON, target

NEW_YORK = ZoneInfo("America/New_York")
OPEN = Hours("America/New_York", dict.fromkeys(range(7), ((0, 1440),)))


def windows_of(period, first, hours):
    """Return each window of `hours` hours from `first`, with its length in minutes."""
    counts = {}
    for minute in range(hours * 60):
        local = (first.astimezone(UTC) + timedelta(minutes=minute)).astimezone(NEW_YORK)
        name = window(period, local)
        counts[name] = counts.get(name, 0) + 1
    return counts


def test_every_cap_and_the_slot_is_an_account_with_its_limit():
    caps = (Cap("calls", "day", 5), Cap("money", "hour", micros(100)))
    one = target("west", caps=caps, concurrency=3, hours=OPEN)
    assert cap_uses(one, NOON) == (
        CapUse("cap:west:calls/day:2026-11-23", "one", 5, "cap:calls/day"),
        CapUse("cap:west:money/hour:2026-11-23T07-0500", "price", micros(100), "cap:money/hour"),
        CapUse("slot:west", "one", 3, "concurrency"),
    )


def test_a_target_without_limits_uses_nothing():
    assert cap_uses(target("west"), NOON) == ()


def test_without_hours_the_windows_are_of_utc():
    (use,) = cap_uses(target("west", caps=(Cap("calls", "hour", 1),)), NOON)
    assert use.account == "cap:west:calls/hour:2026-11-23T12+0000"


def test_weeks_are_iso_weeks_also_around_new_year():
    def week(year, month, day):
        return window("week", datetime(year, month, day, tzinfo=UTC))

    assert week(2026, 11, 22) == "2026-W47"  # A Sunday.
    assert week(2026, 11, 23) == "2026-W48"
    assert week(2027, 1, 3) == "2026-W53"
    assert week(2024, 12, 30) == "2025-W01"


def test_months_and_ever():
    assert window("month", NOON) == "2026-11"
    assert window("ever", NOON) == "ever"


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-23", 24)]
)
def test_a_day_has_as_many_hours_as_the_clock_gives_it(day, hours):
    midnight = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)
    assert windows_of("day", midnight, hours) == {day: hours * 60}
    of_hours = windows_of("hour", midnight, hours)
    assert set(of_hours.values()) == {60}
    assert len(of_hours) == hours


def test_the_hour_that_comes_twice_is_two_windows():
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK)
    assert window("hour", first) == "2026-11-01T01-0400"
    assert window("hour", first.replace(fold=1)) == "2026-11-01T01-0500"


@given(
    MOMENTS,
    st.sampled_from(["hour", "day", "week", "month"]),
    st.integers(1, 1500),
)
def test_a_window_never_comes_back(moment, period, minutes):
    """Between two moments of the same window there is no moment of another."""
    later = moment + timedelta(minutes=minutes)
    between = moment + timedelta(minutes=minutes // 2)
    names = [window(period, at.astimezone(NEW_YORK)) for at in (moment, between, later)]
    if names[0] == names[2]:
        assert names[1] == names[0]


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        cap_uses(target("west"), datetime(2026, 11, 23))  # noqa: DTZ001
