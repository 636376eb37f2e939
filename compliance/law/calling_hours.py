"""May this person be called at this moment, and if not, when? In every zone it could be. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from compliance.law.places import Place
from compliance.law.rules import EVERYWHERE, Law

AHEAD_DAYS = 15  # No law closes for longer; who finds nothing by then has a wrong table.
DAY_MINUTES = 24 * 60


def refusal(law: Law, place: Place, at: datetime, ring_s: float = 0.0) -> str:
    """Return "" if calls are allowed at `at` (aware) and while it rings; else "hours:PLACE".

    Allowed is what every rule allows by the clock of every zone where the person may be.
    """
    for moment in (at, at + timedelta(seconds=ring_s)):
        for zone in sorted(place.zones):
            local = moment.astimezone(ZoneInfo(zone))
            if closed := _closed(law, place, local):
                return f"hours:{closed}"
    return ""


def next_opening(law: Law, place: Place, after: datetime, ring_s: float = 0.0) -> datetime | None:
    """Return the first moment from `after` on at which calls are allowed; None: there is none.

    It can only be `after` itself, or the beginning of some rule's window in some zone.
    """
    begins = (
        moment
        for zone in place.zones
        for moment in _begins(law, place, after, ZoneInfo(zone))
        if moment >= after
    )
    for moment in (after, *sorted(begins)):
        if not refusal(law, place, moment, ring_s):
            return moment
    return None


def calls_per_day(law: Law, place: Place, at: datetime) -> int | None:
    """Return how many calls within 24 hours the strictest rule allows; None: no rule says."""
    days = {at.astimezone(ZoneInfo(zone)).date() for zone in place.zones}
    told = [rule.calls_per_day for day in days for rule in law.of(place.states, day)]
    return min((one for one in told if one is not None), default=None)


def _closed(law: Law, place: Place, local: datetime) -> str:
    """Return which place's rule does not allow a call at `local`, or ""."""
    day, minute = local.date(), local.hour * 60 + local.minute
    rules = law.of(place.states, day)
    if not any(rule.place == EVERYWHERE for rule in rules):
        return EVERYWHERE  # Without the rule for all nobody knows.
    for rule in rules:
        if not any(start <= minute < end for start, end in law.windows(rule, day)):
            return rule.place
    return ""


def _begins(law: Law, place: Place, after: datetime, zone: tzinfo) -> Iterator[datetime]:
    today = after.astimezone(zone).date()
    for day in _days(today):
        for rule in law.of(place.states, day):
            for start, _ in law.windows(rule, day):
                wall = datetime(day.year, day.month, day.day, *divmod(start, 60), tzinfo=zone)
                yield wall.astimezone(UTC)


def _days(first: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range(AHEAD_DAYS))
