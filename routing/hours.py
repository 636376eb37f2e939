"""Whether a target takes calls at a moment, by the wall clock of its zone. Pure.

The wall clock decides: an hour that it skips is no time at all, and one that it shows twice
is open (or closed) twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from market.network import Target
from market.schedule import Holidays, Hours, Pause, Windows

DAY_MINUTES = 24 * 60
ONE_DAY = timedelta(days=1)
ALWAYS: Windows = ((0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours, holidays and pauses of a target, made for asking. Equal ones may share an answer."""

    weekdays: tuple[Windows, ...]  # Seven, from Monday.
    overnight: bool  # Some window goes on past midnight.
    dates: Mapping[date, Windows] = field(hash=False)  # Holidays have no windows.
    yearly: frozenset[tuple[int, int]]
    pauses: tuple[Pause, ...]

    def closed(self, local: datetime) -> str:
        """Return why no call is taken at `local` (in the zone of the hours), or ""."""
        if self.pauses and self._pauses(local.replace(tzinfo=None)):
            return "paused:scheduled"
        today, minute = local.date(), local.hour * 60 + local.minute
        special = self._is_special(today)
        if _inside(self._windows(today) if special else self.weekdays[today.weekday()], minute):
            return ""
        # A special day is that day alone: what began the evening before ends at midnight.
        if self.overnight and not special:
            before = self._windows(today - ONE_DAY)
            if _inside(before, minute + DAY_MINUTES):
                return ""
        return "schedule:holiday" if special else "schedule"

    def _pauses(self, wall: datetime) -> bool:
        return any(
            (one.begin is None or one.begin <= wall) and (one.end is None or wall < one.end)
            for one in self.pauses
        )

    def _is_special(self, day: date) -> bool:
        return day in self.dates or (day.month, day.day) in self.yearly

    def _windows(self, day: date) -> Windows:
        own = self.dates.get(day)
        if own is not None:
            return own
        return () if (day.month, day.day) in self.yearly else self.weekdays[day.weekday()]


def schedule_of(target: Target, holidays: Mapping[str, Holidays]) -> Schedule | None:
    """Return the schedule of `target`, or None when it always takes calls."""
    if target.hours is None:
        return _schedule(ALWAYS_OPEN, (), target.pauses) if target.pauses else None
    named = [holidays[id_] for id_ in target.hours.holidays]
    return _schedule(target.hours, named, target.pauses)


def zone_of(target: Target) -> tzinfo:
    """Return the zone that the hours and the caps of `target` go by."""
    return ZoneInfo(target.hours.zone) if target.hours else UTC


def schedule_for(hours: Hours, holidays: Sequence[Holidays]) -> Schedule:
    """Return the schedule of hours that are no target's."""
    return _schedule(hours, holidays, ())


def _schedule(hours: Hours, holidays: Sequence[Holidays], pauses: tuple[Pause, ...]) -> Schedule:
    closed: dict[date, Windows] = {day: () for one in holidays for day in one.dates}
    dates = {**closed, **hours.dates}
    weekdays = tuple(hours.open.get(day, ()) for day in range(7))
    ends = [end for windows in (*weekdays, *dates.values()) for _, end in windows]
    yearly = frozenset(day for one in holidays for day in one.yearly)
    return Schedule(weekdays, max(ends, default=0) > DAY_MINUTES, dates, yearly, pauses)


def _inside(windows: Windows, minute: int) -> bool:
    for start, end in windows:  # noqa: SIM110  any() costs more than the look.
        if start <= minute < end:
            return True
    return False


ALWAYS_OPEN = Hours("UTC", dict.fromkeys(range(7), ALWAYS))
