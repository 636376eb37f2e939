"""Holidays and pauses of a network file. Pure."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from market.schedule import Holidays, Pause
from routing import network_values as v
from routing.network_error import Place, Refused
from routing.network_reading import Found, Key, list_of, read_table

DATE = re.compile(r"(\d{4}-)?\d\d-\d\d", re.ASCII)
DATE_RIGHT = '"2026-12-25", or "12-25" for every year'
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d", re.ASCII)
MOMENT_RIGHT = 'a wall clock\'s date and time, like "2026-12-24 18:00"'
SOME_LEAP_YEAR = 2024  # In which 02-29 is a day.


def _day(found: object, place: Place) -> date | tuple[int, int]:
    """Read a date; without a year it is a month and a day."""
    if isinstance(found, date) and not isinstance(found, datetime):
        return found  # TOML has dates of its own.
    if not isinstance(found, str) or not DATE.fullmatch(found):
        raise place.refuse(found, DATE_RIGHT)
    yearly = len(found) == len("12-25")
    try:
        day = date.fromisoformat(f"{SOME_LEAP_YEAR}-{found}" if yearly else found)
    except ValueError:
        raise place.refuse(found, DATE_RIGHT) from None
    return (day.month, day.day) if yearly else day


def moment(found: object, place: Place) -> datetime:
    """Read a moment of a wall clock."""
    if isinstance(found, datetime) and found.tzinfo is None:
        return found.replace(second=0, microsecond=0)  # As TOML writes it.
    if not isinstance(found, str) or not MOMENT.fullmatch(found):
        raise place.refuse(found, MOMENT_RIGHT)
    try:
        return datetime.fromisoformat(found)
    except ValueError:
        raise place.refuse(found, MOMENT_RIGHT) from None


HOLIDAYS = {"id": Key(v.ident, needed=True), "dates": Key(list_of(_day, least=1), needed=True)}
PAUSE = {"from": Key(moment, into="begin"), "until": Key(moment, into="end")}


def read_holidays(found: object, place: Place) -> Holidays:
    """Read a list of days."""
    before = len(place.notes)
    fields = read_table(found, place, HOLIDAYS)
    if len(place.notes) > before:
        raise Refused(place.key)
    days = fields["dates"]
    return Holidays(
        fields["id"],
        tuple(day for day in days if isinstance(day, date)),
        tuple(day for day in days if not isinstance(day, date)),
    )


def check_pause(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note a pause without an end on either side, or one that ends before it begins."""
    if "from" not in found and "until" not in found:
        place.note("a pause without from and until", "one of them, or paused = true")
    begin, end = fields.get("begin"), fields.get("end")
    if begin is not None and end is not None and end <= begin:
        place.at("until").note(_text(end), f"a moment after {_text(begin)}")


def holidays_document(holidays: Holidays) -> dict[str, Any]:
    """Return `holidays` as the table that reads back as it."""
    yearly = [f"{month:02d}-{day:02d}" for month, day in holidays.yearly]
    return {"id": holidays.id, "dates": [day.isoformat() for day in holidays.dates] + yearly}


def pause_document(pause: Pause) -> dict[str, Any]:
    """Return `pause` as the table that reads back as it."""
    ends = {"from": pause.begin, "until": pause.end}
    return {name: _text(end) for name, end in ends.items() if end is not None}


def _text(at: datetime) -> str:
    return at.isoformat(" ", "minutes")
