"""Read when a bid runs out, from seconds, epochs or ISO times, as Unix milliseconds. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo

from buyers.filters import NUMBER

KEPT_MAX_MS = 24 * 3600 * 1000  # No call waits a day: a later end is as good as this one.


class BadTime(ValueError):
    """There is something, and it is no time. Then it is no bid: we cannot keep to its terms."""


def read_number(value: object) -> float | None:
    """Return a number, or the number in a text; None for anything else."""
    if type(value) is int or type(value) is float:
        return value
    if type(value) is str and NUMBER.fullmatch(value.strip()):
        return float(value)
    return None


def expires_ms(kind: str, value: object, zone: tzinfo | None, now_ms: int) -> int:
    """Return when a bid runs out that says `value`. Raises BadTime."""
    at = _iso_ms(value, zone) if kind == "iso" else _number_ms(kind, value, now_ms)
    return int(min(max(at, 0), now_ms + KEPT_MAX_MS))


def _number_ms(kind: str, value: object, now_ms: int) -> float:
    number = read_number(value)
    if number is None:
        raise BadTime(kind)
    if kind == "seconds":
        return now_ms + number * 1000
    return number if kind == "epoch_ms" else number * 1000


def _iso_ms(value: object, zone: tzinfo | None) -> float:
    if type(value) is not str:
        raise BadTime("iso")
    try:
        at = datetime.fromisoformat(value.strip())
        at = at if at.tzinfo else at.replace(tzinfo=zone)
        if at.tzinfo is None:
            raise BadTime("no zone")
        return at.timestamp() * 1000
    except (ValueError, OverflowError):
        raise BadTime("iso") from None
