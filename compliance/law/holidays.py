"""Holidays as rules of the calendar: a date, the 4th Thursday of a month, Easter. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

LAST = -1
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Holiday:
    """`kind` says which of the others count."""

    kind: Literal["date", "nth", "easter"]
    month: int = 0
    day: int = 0
    nth: int = 0  # 1 to 4, or LAST.
    weekday: int = 0  # 0 is Monday.
    days: int = 0  # From Easter Sunday.

    def day_in(self, year: int) -> date:
        """Return the day of `year` on which it is."""
        if self.kind == "date":
            return date(year, self.month, self.day)
        if self.kind == "easter":
            return easter(year) + timedelta(days=self.days)
        if self.nth == LAST:
            end = date(year + self.month // 12, self.month % 12 + 1, 1) - ONE_DAY
            return end - ((end.weekday() - self.weekday) % 7) * ONE_DAY
        first = date(year, self.month, 1)
        return first + ((self.weekday - first.weekday()) % 7 + 7 * (self.nth - 1)) * ONE_DAY


def is_kept(holiday: Holiday, day: date) -> bool:
    """Tell whether `day` is the holiday, or is kept in its place.

    One on a Saturday is kept on the Friday before, one on a Sunday on the Monday after: laws
    differ on which of both days counts, so both do.
    """
    days = [day]
    if day.weekday() == 4:
        days.append(day + ONE_DAY)
    if day.weekday() == 0:
        days.append(day - ONE_DAY)
    return any(holiday.day_in(one.year) == one for one in days)


def easter(year: int) -> date:
    """Return Easter Sunday of `year` (western), by the tables of Gauss as corrected later."""
    century, moon = year // 100, year % 19
    shift = (century - century // 4 - (8 * century + 13) // 25 + 19 * moon + 15) % 30
    shift -= (shift // 28) * (1 - (29 // (shift + 1)) * ((21 - moon) // 11))
    weekday = (year + year // 4 + shift + 2 - century + century // 4) % 7
    offset = shift - weekday
    month = 3 + (offset + 40) // 44
    return date(year, month, offset + 28 - 31 * (month // 4))
