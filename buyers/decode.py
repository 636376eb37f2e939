"""Read an answer's bytes as JSON, and as nothing else. Pure. In doubt it is no answer.

orjson reads it: it refuses NaN, broken UTF-8 and endless nesting. Its numbers are floats, whose
shortest decimal is what the buyer wrote, up to 15 digits; see price.py. Two things it takes that we
do not: a key that stands twice (which of the two is meant?) is looked for before a bid counts.
"""

from __future__ import annotations

import json

import orjson

BODY_MAX = 64 * 1024  # As many bytes as the wire reads. A bid has a few hundred.
BOM = b"\xef\xbb\xbf"

Json = object


class Unreadable(ValueError):
    """The bytes are no answer; says why, and never what they were."""


def decode(body: bytes) -> Json:
    """Return the JSON object or array in `body`. Raises Unreadable."""
    if len(body) > BODY_MAX:
        raise Unreadable("too long")
    try:
        value: Json = orjson.loads(body.removeprefix(BOM))
    except orjson.JSONDecodeError:
        raise Unreadable("not JSON" if body.strip() else "empty") from None
    if type(value) is not dict and type(value) is not list:
        raise Unreadable("not an object")
    return value


def has_key_twice(body: bytes, value: Json) -> bool:
    """Return whether an object of the answer says the same key twice.

    A key that was lost took its colon along, so colons are counted, which costs 1 us; only
    where that proves nothing (a colon written as \\u003a) is the answer read again, slowly.
    """
    try:
        lossless = orjson.dumps(value).count(b":") == body.count(b":")
    except orjson.JSONEncodeError:
        return True  # Nested deeper than we would ever write: nonsense.
    if lossless and b"\\u003" not in body:
        return False
    try:
        json.loads(body.removeprefix(BOM), object_pairs_hook=_single)
    except (ValueError, RecursionError):
        return True
    return False


def _single(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key twice")
    return members
