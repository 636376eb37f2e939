"""What a request asks for, read from its path and query; what is wrong is told in words. Pure."""

from __future__ import annotations

from uuid import UUID

from quart import Request

from auctiond.web.problems import Problem

PAGE_MAX = 500  # Calls in one answer; more is an export.
VERSION_MAX = 2**31 - 1  # What the database can count to.
WHOLE_CHARS_MAX = 9  # No number that we are given is larger; reading a huge one takes long.


def call_id_in(text: str) -> UUID:
    """Return the id that `text` is."""
    try:
        return UUID(text)
    except ValueError:
        raise Problem(400, "call id", f"{text!r} is no call id; one looks like a UUID.") from None


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """Return a number of the query, from 1 to `most`."""
    text = request.args.get(name, str(default))
    if not is_whole(text) or not 1 <= int(text) <= most:
        raise Problem(400, name, f"{name}: expected 1 to {most}, got {text[:20]!r}.")
    return int(text)


def is_whole(text: str) -> bool:
    """Tell whether `text` is a whole number that may be read."""
    return text.isascii() and text.isdecimal() and len(text) <= WHOLE_CHARS_MAX
