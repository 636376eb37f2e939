"""When a target takes calls: by the wall clock of its zone. Pure: data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

Windows = tuple[tuple[int, int], ...]  # Minutes since midnight; past 24:00 it is the next day.


@dataclass(frozen=True, slots=True)
class Hours:
    """A row a weekday (0 is Monday). A window belongs to the day on which it begins."""

    zone: str  # An IANA name.
    open: Mapping[int, Windows]  # A missing weekday is closed.
    holidays: tuple[str, ...] = ()  # Ids of lists of days on which it is closed.
    dates: Mapping[date, Windows] = field(default_factory=dict)  # Single days; they beat the rest.


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which all targets are closed that name this list."""

    id: str
    dates: tuple[date, ...] = ()
    yearly: tuple[tuple[int, int], ...] = ()  # Month and day, every year.


@dataclass(frozen=True, slots=True)
class Pause:
    """No calls from `begin` on, until `end`: wall clock, without a zone. None: no such end."""

    begin: datetime | None = None
    end: datetime | None = None
