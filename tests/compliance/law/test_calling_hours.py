"""Calling hours: allowed is what every rule allows in every zone where a person may be."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.law.calling_hours import calls_per_day, next_opening, refusal
from compliance.law.holidays import easter
from compliance.law.hours_file import SHIPPED, read_law
from compliance.law.places import PLACES, place_of
from routing.geo import AREA_CODES

LAW = read_law(SHIPPED.read_text())
NEW_YORK, PANHANDLE, TEXAS = "+12125550123", "+18505550123", "+15125550123"


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_area_code_that_we_know_has_a_state_and_a_zone():
    assert {code: {state} for code, state in AREA_CODES.items()} == {
        code: set(place.states) for code, place in PLACES.of_code.items()
    }


@pytest.mark.parametrize(
    ("number", "utc", "reason"),
    [
        (NEW_YORK, "2026-11-24 12:59", "hours:US"),  # 07:59 in New York.
        (NEW_YORK, "2026-11-24 13:00", ""),
        (NEW_YORK, "2026-11-25 01:59", ""),  # 20:59.
        (NEW_YORK, "2026-11-25 02:00", "hours:US"),
        (NEW_YORK, "2026-07-01 12:00", ""),  # Summer time: 08:00 is an hour earlier in UTC.
        (NEW_YORK, "2026-07-01 11:59", "hours:US"),
        (PANHANDLE, "2026-11-24 13:00", "hours:US"),  # 08:00 in New York, but 07:00 in Pensacola.
        (PANHANDLE, "2026-11-24 14:00", ""),
        (PANHANDLE, "2026-11-25 01:00", "hours:FL"),  # 20:00 on its eastern side.
        (TEXAS, "2026-11-22 17:59", "hours:TX"),  # A Sunday, 11:59.
        (TEXAS, "2026-11-22 18:00", ""),
        ("+12055550123", "2026-11-22 18:00", "hours:AL"),  # No Sundays.
        ("+12055550123", "2026-11-26 18:00", "hours:AL"),  # Thanksgiving.
        ("+12055550123", "2026-07-03 18:00", "hours:AL"),  # Independence Day is kept on Friday.
        ("+15045550123", "2026-02-17 18:00", "hours:LA"),  # Mardi Gras.
        ("+12155550123", "2026-10-11 18:30", ""),  # A Sunday before the law changed ...
        ("+12155550123", "2026-10-18 18:30", "hours:PA"),  # ... and the first one after.
        ("+16055550123", "2026-11-24 14:30", "hours:US"),  # Half of South Dakota: 07:30.
        ("+18085550123", "2026-11-25 06:59", ""),  # Hawaii, 20:59.
    ],
)
def test_the_law_of_the_place_decides(number, utc, reason):
    place = place_of(number)
    assert place is not None
    assert refusal(LAW, place, at(utc)) == reason


def test_a_phone_that_would_ring_into_the_night_is_not_called():
    place = place_of(NEW_YORK)
    assert refusal(LAW, place, at("2026-11-25 01:59:30"), ring_s=25) == ""
    assert refusal(LAW, place, at("2026-11-25 01:59:40"), ring_s=25) == "hours:US"


def test_a_zip_or_a_state_only_adds_places():
    alone, both = place_of(NEW_YORK), place_of(NEW_YORK, ["CA"])
    assert both.zones == alone.zones | {"America/Los_Angeles"}
    assert refusal(LAW, both, at("2026-11-24 15:59")) == "hours:US"  # 07:59 in California.
    assert refusal(LAW, both, at("2026-11-24 16:00")) == ""


@pytest.mark.parametrize("number", ["+18005550123", "+14165550123", "+442071234567", "", "+1212"])
def test_a_number_without_a_place_in_the_country_has_none(number):
    assert place_of(number) is None


def test_a_state_that_is_none_makes_the_place_unknown():
    assert place_of(NEW_YORK, ["XX"]) is None


def test_out_of_hours_the_next_opening_is_told():
    evening = at("2026-11-25 03:00")  # Tuesday, 22:00 in New York.
    assert next_opening(LAW, place_of(NEW_YORK), evening) == at("2026-11-25 13:00")
    alabama = place_of("+12055550123")
    assert next_opening(LAW, alabama, at("2026-11-26 03:00")) == at("2026-11-27 14:00")
    assert next_opening(LAW, alabama, at("2026-11-29 03:00")) == at("2026-11-30 14:00")


def test_the_strictest_number_of_calls_within_a_day_counts():
    moment = at("2026-11-24 15:00")
    assert calls_per_day(LAW, place_of(NEW_YORK), moment) is None
    assert calls_per_day(LAW, place_of(NEW_YORK, ["FL"]), moment) == 3


def test_easter_is_when_it_is():
    days = [easter(year) for year in (1961, 2000, 2024, 2025, 2026, 2038)]
    assert days == [
        date(1961, 4, 2),
        date(2000, 4, 23),
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2038, 4, 25),
    ]


NUMBERS = st.sampled_from(sorted(PLACES.of_code)).map(lambda code: f"+1{code}5550123")
STATES = st.lists(st.sampled_from(sorted(PLACES.of_state)), max_size=2)
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31)).map(  # noqa: DTZ001
    lambda one: one.replace(tzinfo=UTC)
)


@given(NUMBERS, STATES, MOMENTS)
def test_at_the_next_opening_calls_are_allowed_and_never_before_eight_or_after_nine(
    number, states, moment
):
    place = place_of(number, states)
    opens = next_opening(LAW, place, moment, ring_s=25)
    if opens is None:
        assert len(place.zones) > 1  # Guam's morning is California's night.
        return
    assert opens >= moment
    assert refusal(LAW, place, opens, ring_s=25) == ""
    for zone in place.zones:
        assert 8 <= opens.astimezone(ZoneInfo(zone)).hour < 21
    if opens > moment:
        assert refusal(LAW, place, opens - timedelta(minutes=1), ring_s=25)
