"""What a request about money says in its body, read; what is wrong is told by its field. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

import orjson
from quart import Request

from auctiond.returns.notes import NOTE_CHARS_MAX
from auctiond.web.body import read_body
from auctiond.web.problems import Problem
from compliance.opaque import wrong_with_id
from market.money import Micros, MoneyError, micros

WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")  # What the ledger takes for a reason.


async def read_any(request: Request, right: str = "Expected a JSON object.") -> dict[str, Any]:
    """Return the object that a JSON body is; an empty body has no fields."""
    raw = await read_body(request)
    try:
        found = orjson.loads(raw) if raw.strip() else {}
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Problem(400, "JSON", right)
    return found


async def read_fields(request: Request, known: Collection[str]) -> dict[str, Any]:
    """Return the fields of a JSON body, of which none may be unknown; an empty body has none."""
    found = await read_any(request, f"Expected an object with {', '.join(known) or 'no fields'}.")
    if strange := sorted(set(found) - set(known)):
        raise Problem(
            400, strange[0], f"{strange[0]}: unknown; there are {', '.join(known) or 'none'}."
        )
    return found


def amount_in(found: dict[str, Any], name: str = "amount") -> Micros | None:
    """Return an amount of money, or None where there is none."""
    if found.get(name) is None:
        return None
    try:
        if not isinstance(found[name], str):
            raise MoneyError
        return micros(found[name])
    except MoneyError:
        raise Problem(400, name, f'{name}: expected dollars as text, like "50.00".') from None


def word_in(found: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a word of ours: an id, a reason. It goes on record, so it may be nobody's name."""
    value = found.get(name, default)
    if not isinstance(value, str) or not (WORD.fullmatch(value) or value == default):
        raise Problem(400, name, f'{name}: expected a word of a-z, 0-9, - and _, like "goodwill".')
    return value


def opaque_in(found: Mapping[str, Any], name: str) -> str:
    """Return an id that somebody else gave, such as a bank's. It stays readable for years."""
    value = found.get(name)
    if wrong := wrong_with_id(value):
        raise Problem(400, name, f"{name}: {wrong}.")
    return str(value)


def note_in(found: dict[str, Any]) -> str:
    """Return a note, which may be anybody's words; "" for none."""
    value = found.get("note", "")
    if not isinstance(value, str) or len(value) > NOTE_CHARS_MAX:
        raise Problem(400, "note", f"note: expected a text of at most {NOTE_CHARS_MAX} characters.")
    return value.strip()


def flag_in(found: dict[str, Any], name: str) -> bool:
    """Return true or false."""
    value = found.get(name, False)
    if not isinstance(value, bool):
        raise Problem(400, name, f"{name}: expected true or false.")
    return value


def id_in(text: object, name: str) -> UUID:
    """Return the id that `text` is."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Problem(
            400, name, f"{name}: {str(text)[:40]!r} is no id; one looks like a UUID."
        ) from None
