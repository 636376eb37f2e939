"""Read when a bid runs out, from seconds, epochs or times, as Unix milliseconds. Pure."""

from __future__ import annotations

from datetime import tzinfo

from buyers.dates import moment
from buyers.filters import NUMBER
from buyers.format import Expiry

KEPT_MAX_MS = 24 * 3600 * 1000  # No call waits a day: a later end is as good as this one.
RELATIVE_MS = {"seconds": 1000, "minutes": 60_000, "ms": 1}
EPOCH_MS = {"epoch_s": 1000, "epoch_ms": 1}


class BadTime(ValueError):
    """There is something, and it is no time. Then it is no bid: we cannot keep to its terms."""


def read_number(value: object) -> float | None:
    """Return a number, or the number in a text; None for anything else."""
    if type(value) is int or type(value) is float:
        return value
    if type(value) is str and NUMBER.fullmatch(value.strip()):
        return float(value)
    return None


def expires_ms(expiry: Expiry, value: object, now_ms: int) -> int:
    """Return when a bid runs out that says `value`. Raises BadTime."""
    if expiry.kind in ("iso", "date"):
        at = _time_ms(expiry, value)
    else:
        at = _number_ms(expiry.kind, value, now_ms)
    return int(min(max(at, 0), now_ms + KEPT_MAX_MS))


def _number_ms(kind: str, value: object, now_ms: int) -> float:
    number = read_number(value)
    if number is None:
        raise BadTime(kind)
    if kind in RELATIVE_MS:
        return now_ms + number * RELATIVE_MS[kind]
    return number * EPOCH_MS[kind]


def _time_ms(expiry: Expiry, value: object) -> float:
    if type(value) is not str:
        raise BadTime("no text")
    zone: tzinfo | None = expiry.zone
    try:
        at = expiry.shape.read(value, zone) if expiry.shape else moment(value, zone)
        if at.tzinfo is None:
            raise BadTime("no zone")
        return at.timestamp() * 1000
    except (ValueError, KeyError, OverflowError):
        raise BadTime("no time") from None
