"""Whether a target takes calls at a moment, by the wall clock of its zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from market.network import Hours, Target


def zone_of(target: Target) -> tzinfo:
    """Return the zone that the hours and the caps of `target` go by."""
    return ZoneInfo(target.hours.zone) if target.hours else UTC


def is_open(hours: Hours, at: datetime) -> bool:
    """Tell whether `at` (aware) is inside `hours`; a window ends before its last minute begins.

    Wall clock decides: an hour that the clock skips is no time at all, and one that it
    shows twice is open (or closed) twice.
    """
    if at.tzinfo is None:
        raise ValueError("a moment without a zone is no moment")
    return is_open_by_wall(hours, at.astimezone(ZoneInfo(hours.zone)))


def is_open_by_wall(hours: Hours, local: datetime) -> bool:
    """Tell the same of a moment that is in the zone of `hours` already."""
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.open.get(local.weekday(), ()))
