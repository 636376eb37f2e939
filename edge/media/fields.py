"""Read the fields of a command; what does not fit is refused with the field's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = Mapping[str, Any]
WRONG = "10015"  # Telnyx' code for a field that is missing or wrong.


class Refused(Exception):
    """The switch does not do it: an error code of Telnyx', and a title."""

    def __init__(self, title: str, code: str = WRONG) -> None:
        super().__init__(title)
        self.title = title
        self.code = code


def whole(fields: Fields, name: str, allowed: range, usual: int) -> int:
    """Return a whole number, `usual` if it is not there."""
    found = fields.get(name)
    if found is None:
        return usual
    if type(found) is not int or found not in allowed:
        raise Refused(f"{name} is a whole number from {allowed[0]} to {allowed[-1]}")
    return found


def text(fields: Fields, name: str, longest: int, usual: str | None = None) -> str:
    """Return a text; one without `usual` has to be there."""
    found = fields.get(name, usual)
    if not isinstance(found, str) or (usual is None and not found) or len(found) > longest:
        raise Refused(f"{name} is a text of 1 to {longest} characters")
    return found
