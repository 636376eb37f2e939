"""Commands that the carrier does not do, and what their fields must be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auctiond.sandbox.carrier.leg import Leg

Fields = Mapping[str, Any]


class Refused(Exception):
    """The carrier does not do it: its error code, and a title."""

    def __init__(self, code: str, title: str) -> None:
        super().__init__(title)
        self.code = code
        self.title = title


def wrong(title: str) -> Refused:
    """Return the refusal of a field that is missing or wrong."""
    return Refused("10015", title)


def whole(fields: Fields, name: str, allowed: range) -> int | None:
    """Return a whole number of the command, or None. Raises Refused."""
    found = fields.get(name)
    if found is not None and (type(found) is not int or found not in allowed):
        raise wrong(f"{name} is a whole number from {allowed[0]} to {allowed[-1]}")
    return found


def demand_answered(leg: Leg) -> None:
    """Raise Refused for a leg that nobody has answered."""
    if leg.answered_ms is None:
        raise Refused("90034", "Call not answered yet")
