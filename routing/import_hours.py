"""Hours as Ringba writes them, in ours, where all days are alike. Pure.

Its list of seven days does not say which is the first, and a wrong guess would ring closed
offices. So hours that differ from day to day are left to a person.
"""

from __future__ import annotations

from typing import Any

from market.schedule import Hours
from routing.network_error import Place, Refused
from routing.network_hours import read_hours

ZONES = {  # Windows' names for the zones of the United States.
    "Eastern Standard Time": "America/New_York",
    "US Eastern Standard Time": "America/Indiana/Indianapolis",
    "Central Standard Time": "America/Chicago",
    "Mountain Standard Time": "America/Denver",
    "US Mountain Standard Time": "America/Phoenix",
    "Pacific Standard Time": "America/Los_Angeles",
    "Alaskan Standard Time": "America/Anchorage",
    "Hawaiian Standard Time": "Pacific/Honolulu",
    "UTC": "UTC",
}


def hours_of(days: object, zone: str) -> Hours | None:
    """Return the hours that `days` say of every day; None: they cannot be taken over."""
    if not isinstance(days, list) or not days or any(day != days[0] for day in days):
        return None
    text = _text(days[0])
    if text is None:
        return None
    try:
        return read_hours({"zone": ZONES.get(zone, zone), "mon-sun": text}, Place("", []))
    except Refused:
        return None


def _text(day: Any) -> str | None:  # noqa: ANN401  JSON of others.
    if not isinstance(day, dict) or day.get("isClosed"):
        return None
    window = _window(day)
    if window is None or (day.get("inverted") and day.get("breaks")):
        return None
    if day.get("inverted"):
        return f"not {window}"
    breaks = [_window(one) for one in day.get("breaks") or ()]
    return _without(window, breaks)


def _without(window: str, breaks: list[str | None]) -> str | None:
    """Return a window less its breaks, each of which is inside it and after the one before."""
    begin, end = window.split("-")
    parts = []
    for one in sorted(one or "" for one in breaks):
        first, _, last = one.partition("-")
        if not begin < first < last < end:
            return None
        parts.append(f"{begin}-{first}")
        begin = last
    return ", ".join([*parts, f"{begin}-{end}"])


def _window(found: object) -> str | None:
    if not isinstance(found, dict):
        return None
    ends = [_clock(found.get(name)) for name in ("openTime", "closeTime")]
    return f"{ends[0]}-{ends[1]}" if all(ends) else None


def _clock(found: object) -> str | None:
    if not isinstance(found, dict):
        return None
    hour, minute = found.get("hour"), found.get("minute", 0)
    if not isinstance(hour, int) or not isinstance(minute, int):
        return None
    return f"{hour:02d}:{minute:02d}"
