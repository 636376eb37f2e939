"""Hours as people write them ("09:00-12:00, 13:00-18:00"), to and from minutes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from market.network import Hours
from routing.network_error import Place, Refused, shown

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
CLOSED = "closed"
ZONE = re.compile(r"[A-Z]\w*(/[\w+-]+)*", re.ASCII)  # Not "right/..." or "localtime".
WINDOW = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
KEYS_RIGHT = 'zone, a day ("mon") or a span of days ("mon-fri")'
DAY_RIGHT = '"09:00-12:00, 13:00-18:00", "22:00-04:00" or "closed"'
Windows = tuple[tuple[int, int], ...]


def read_hours(found: object, place: Place) -> Hours:
    """Read the table of a target's hours; windows over midnight become two."""
    if not isinstance(found, dict):
        raise place.refuse(found, "a table with a zone and days")
    before = len(place.notes)
    zone = _zone(found.get("zone"), place.at("zone"))
    day_windows: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    named: set[int] = set()
    for key, value in found.items():
        if key == "zone":
            continue
        days = _days(key, named, place.at(key))
        windows = _windows(value, place.at(key))
        for day in days:
            _put(day_windows, day, windows)
    if len(place.notes) == before and not any(day_windows):
        place.note("no open hour", "at least one day that is open; a target can be paused instead")
    if len(place.notes) > before:
        raise Refused(place.key)
    return Hours(zone, {day: _joined(w) for day, w in enumerate(day_windows) if w})


def hours_text(hours: Hours) -> dict[str, Any]:
    """Return `hours` as the table that reads back as it."""
    days = {DAYS[day]: _text(hours.open[day]) for day in sorted(hours.open) if hours.open[day]}
    return {"zone": hours.zone, **days}


def _zone(found: object, place: Place) -> str:
    """Return the name of a zone that this machine knows, or "" after a note."""
    try:
        if isinstance(found, str) and ZONE.fullmatch(found):
            return ZoneInfo(found).key
    except (ZoneInfoNotFoundError, OSError, ValueError):  # OSError: "America" is a folder.
        pass
    place.note("nothing" if found is None else shown(found), 'a zone like "America/New_York"')
    return ""


def _days(key: str, named: set[int], place: Place) -> Iterable[int]:
    first, dash, last = key.partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        place.note(f'the key "{key}"', KEYS_RIGHT)
        return ()
    start, end = DAYS.index(first), DAYS.index(last or first)
    days = range(start, end + 1)
    if not days:
        place.note(f'the key "{key}"', "a span from an earlier to a later day of the week")
    if named & set(days):
        place.note("a day that another key names too", "each day once")
    named.update(days)
    return days


def _windows(found: object, place: Place) -> Windows:
    """Return the windows of a day; one that ends by its start ends on the next day."""
    if found == CLOSED:
        return ()
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
    return tuple(windows)


def _put(days: list[list[tuple[int, int]]], day: int, windows: Windows) -> None:
    for start, end in windows:
        days[day].append((start, min(end, DAY_MINUTES)))
        if end > DAY_MINUTES:
            days[(day + 1) % len(DAYS)].append((0, end - DAY_MINUTES))


def _joined(windows: list[tuple[int, int]]) -> Windows:
    """Return the windows of a day in order, those that touch made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _text(windows: Windows) -> str:
    return ", ".join(f"{_clock(start)}-{_clock(end)}" for start, end in windows)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
