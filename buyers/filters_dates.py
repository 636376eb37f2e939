"""Filters of dates and times: from ISO or Unix milliseconds to the shape a buyer wants. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from buyers.dates import iso, moment, shape
from buyers.filters import Filter, NoWord, Value, text


def at(value: Value) -> datetime:
    """Return the moment that a value names: Unix milliseconds, or an ISO date or time."""
    try:
        if type(value) is int:
            return datetime.fromtimestamp(value / 1000, UTC)
        return moment(text(value))
    except (ValueError, OverflowError, OSError):
        raise NoWord from None


def zone_of(name: str) -> tzinfo:
    """Return the zone of that IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a zone by its IANA name, like America/New_York") from None


def _written(word: str) -> Filter:
    made = shape(word)
    return lambda value: made.write(at(value))


def _read(word: str) -> Filter:
    made = shape(word)

    def change(value: Value) -> Value:
        try:
            return iso(made.read(text(value), UTC))
        except (ValueError, KeyError, OverflowError):
            raise NoWord from None

    return change


def _in_zone(word: str) -> Filter:
    zone = zone_of(word)

    def change(value: Value) -> Value:
        try:
            return iso(at(value).astimezone(zone))
        except (ValueError, OverflowError):
            raise NoWord from None

    return change


DATE_FILTERS: dict[str, Filter] = {
    "iso": lambda value: iso(at(value)),
    "date": lambda value: at(value).date().isoformat(),
    "epoch_s": lambda value: int(at(value).timestamp()),
    "epoch_ms": lambda value: round(at(value).timestamp() * 1000),
}
DATE_WITH_WORD: dict[str, Callable[[str], Filter]] = {
    "date": _written,
    "from": _read,
    "zone": _in_zone,
}
