"""Read fields out of a webhook's JSON; what does not fit is a MalformedWebhook. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from telephony._neutral import MalformedWebhook

BODY_MAX = 256 * 1024  # Bytes. Webhooks are about 1 kB; a long transcript may be some tens.
TEXT_MAX = 256  # Characters. The longest handle seen has 90.
YEARS = range(2015, 2100)  # A time outside is a clock that was never set.
EPOCH, MS = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
A_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)",
    re.ASCII,
)

Json = Mapping[str, Any]


def read_object(body: bytes) -> Json:
    """Return the JSON object in `body`."""
    if len(body) > BODY_MAX:
        raise MalformedWebhook("body", f"at most {BODY_MAX} bytes")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise MalformedWebhook("body", "JSON") from None
    if not isinstance(found, dict):
        raise MalformedWebhook("body", "a JSON object")
    return found


def inner(holder: Json, name: str, place: str) -> Json:
    """Return the object `name` of `holder`, which stands at `place`."""
    found = holder.get(name)
    if not isinstance(found, dict):
        raise MalformedWebhook(place + name, "an object")
    return found


def handle(holder: Json, name: str, place: str) -> str:
    """Return an identifier: printable ASCII, so that it may stand in a URL and a log."""
    found = holder.get(name)
    if not is_handle(found):
        raise MalformedWebhook(place + name, f"1 to {TEXT_MAX} printable ASCII characters")
    return str(found)


def is_handle(found: object) -> bool:
    """Tell whether `found` may be an identifier."""
    if not isinstance(found, str) or not 0 < len(found) <= TEXT_MAX:
        return False
    return found.isascii() and found.isprintable()


def text(holder: Json, name: str, place: str) -> str:
    """Return a text, or "" when it is absent or null."""
    found = holder.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise MalformedWebhook(place + name, "a text, or null")
    return found


def time_ms(holder: Json, name: str, place: str) -> int:
    """Return an ISO 8601 time with a zone as Unix milliseconds, rounded down, exactly."""
    found = holder.get(name)
    ms = as_ms(found) if isinstance(found, str) else None
    if ms is None:
        raise MalformedWebhook(place + name, "a time such as 2026-11-23T09:00:00.123456Z")
    return ms


def as_ms(written: str) -> int | None:
    """Return the Unix milliseconds of an ISO 8601 time, or None."""
    if not A_TIME.fullmatch(written):
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    if moment.year not in YEARS:
        return None
    return (moment - EPOCH) // MS  # Whole numbers: a float would round.
