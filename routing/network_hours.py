"""Hours as people write them ("09:00-12:00, 13:00-18:00"), to and from minutes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from market.schedule import Hours, Windows
from routing.network_error import Place, Refused, shown
from routing.network_reading import list_of
from routing.network_values import ident

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
CLOSED = "closed"
NOT = "not "  # Before windows in which it is closed, on a day that is open otherwise.
ZONE = re.compile(r"[A-Z]\w*(/[\w+-]+)*", re.ASCII)  # Not "right/..." or "localtime".
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
KEYS_RIGHT = 'zone, holidays, a day ("mon"), a span of days ("mon-fri") or a date ("2026-12-24")'
DAY_RIGHT = '"09:00-12:00, 13:00-18:00", "22:00-04:00", "not 12:00-13:00" or "closed"'
read_ids = list_of(ident)


def read_hours(found: object, place: Place) -> Hours:
    """Read the table of a target's hours."""
    if not isinstance(found, dict):
        raise place.refuse(found, "a table with a zone and days")
    before = len(place.notes)
    zone = _zone(found.get("zone"), place.at("zone"))
    holidays: tuple[str, ...] = ()
    if "holidays" in found:
        with suppress(Refused):
            holidays = read_ids(found["holidays"], place.at("holidays"))
    days, dates = _read_days(found, place)
    if len(place.notes) == before and not any((*days.values(), *dates.values())):
        place.note("no open hour", "at least one day that is open; a target can be paused instead")
    if len(place.notes) > before:
        raise Refused(place.key)
    return Hours(zone, {day: days[day] for day in sorted(days) if days[day]}, holidays, dates)


def hours_text(hours: Hours) -> dict[str, Any]:
    """Return `hours` as the table that reads back as it."""
    days = {DAYS[day]: _text(hours.open[day]) for day in sorted(hours.open) if hours.open[day]}
    holidays = {"holidays": list(hours.holidays)} if hours.holidays else {}
    dates = {day.isoformat(): _text(windows) for day, windows in sorted(hours.dates.items())}
    return {"zone": hours.zone, **days, **holidays, **dates}


def _read_days(
    found: dict[str, Any], place: Place
) -> tuple[dict[int, Windows], dict[date, Windows]]:
    days: dict[int, Windows] = {}
    dates: dict[date, Windows] = {}
    for key, value in found.items():
        if key in ("zone", "holidays"):
            continue
        here = place.at(key)
        if DATE.fullmatch(key):
            try:
                dates[date.fromisoformat(key)] = read_windows(value, here)
            except ValueError:
                here.note(f'the key "{key}"', "a date that exists, like 2026-12-24")
        else:
            named = list(_days(key, days, here))
            days |= dict.fromkeys(named, read_windows(value, here))
    return days, dates


def _zone(found: object, place: Place) -> str:
    """Return the name of a zone that this machine knows, or "" after a note."""
    try:
        if isinstance(found, str) and ZONE.fullmatch(found):
            return ZoneInfo(found).key
    except (ZoneInfoNotFoundError, OSError, ValueError):  # OSError: "America" is a folder.
        pass
    place.note("nothing" if found is None else shown(found), 'a zone like "America/New_York"')
    return ""


def _days(key: str, named: Iterable[int], place: Place) -> Iterable[int]:
    first, dash, last = key.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        place.note(f'the key "{key}"', KEYS_RIGHT)
        return ()
    start, end = DAYS.index(first), DAYS.index(last or first)
    days = range(start, end + 1)
    if not days:
        place.note(f'the key "{key}"', "a span from an earlier to a later day of the week")
    if set(named) & set(days):
        place.note("a day that another key names too", "each day once")
    return days


def read_windows(found: object, place: Place) -> Windows:
    """Read the windows of a day."""
    if found == CLOSED:
        return ()
    if isinstance(found, str) and found.startswith(NOT):
        return _inverted(_listed(found.removeprefix(NOT), place))
    return _listed(found, place)


def _listed(found: object, place: Place) -> Windows:
    """Return the windows of a day; one that ends by its start ends on the next day."""
    windows = []
    for one in found.split(",") if isinstance(found, str) else [""]:
        match = WINDOW.fullmatch(one.strip())
        if match is None:
            place.note(shown(found), DAY_RIGHT)
            return ()
        start, end = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
        if start == end or end > DAY_MINUTES:
            place.note(f'"{one.strip()}"', 'hours that end after they begin; all day "00:00-24:00"')
            return ()
        windows.append((start, end if end > start else end + DAY_MINUTES))
    windows.sort()
    if any(first[1] > second[0] for first, second in pairwise(windows)):
        place.note(shown(found), "hours that do not overlap")
    return _joined(windows)


def _inverted(closed: Windows) -> Windows:
    """Return the rest of the day; of "not 22:00-04:00" that is 04:00-22:00."""
    cut = [(start, min(end, DAY_MINUTES)) for start, end in closed]
    cut += [(0, end - DAY_MINUTES) for _, end in closed if end > DAY_MINUTES]
    edges = [(0, 0), *_joined(sorted(cut)), (DAY_MINUTES, DAY_MINUTES)]
    return tuple((one[1], two[0]) for one, two in pairwise(edges) if one[1] < two[0])


def _joined(windows: list[tuple[int, int]]) -> Windows:
    """Return the windows of a day in order, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _text(windows: Windows) -> str:
    return ", ".join(f"{_clock(s)}-{_clock(e, end=True)}" for s, e in windows) or CLOSED


def _clock(minute: int, *, end: bool = False) -> str:
    if minute > DAY_MINUTES or (minute == DAY_MINUTES and not end):
        minute -= DAY_MINUTES
    return f"{minute // 60:02d}:{minute % 60:02d}"
