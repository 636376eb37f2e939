"""Reads the table of consents to recordings (TOML); what is wrong is told with its place. Pure."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from compliance.law.places import PLACES
from compliance.law.recording import ConsentRule, RecordingLaw

SHIPPED = Path(__file__).parent / "recording_consent.toml"
KEYS = {"places", "consent", "from", "until", "source", "read"}


class RecordingLawError(ValueError):
    """The table is refused: which key, and what would be right."""

    def __init__(self, key: str, right: str) -> None:
        super().__init__(f"{key}: expected {right}")


def read_recording_law(text: str) -> RecordingLaw:
    """Return the law in the text of a file. Raises RecordingLawError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecordingLawError("the file", f"TOML ({error})") from None
    if unknown := sorted(set(found) - {"rule"}):
        raise RecordingLawError(unknown[0], "[[rule]], nothing else")
    rows = found.get("rule")
    if not isinstance(rows, list) or not rows:
        raise RecordingLawError("rule", "at least one [[rule]]")
    return RecordingLaw(tuple(_rule(row, f"rule[{at}]") for at, row in enumerate(rows)))


def _rule(row: object, key: str) -> ConsentRule:
    if not isinstance(row, dict):
        raise RecordingLawError(key, "a table")
    if unknown := sorted(set(row) - KEYS):
        raise RecordingLawError(f"{key}.{unknown[0]}", f"one of {', '.join(sorted(KEYS))}")
    places = row.get("places")
    if not isinstance(places, list) or not places:
        raise RecordingLawError(f"{key}.places", 'a list of states: ["CA", "WA"]')
    for at, place in enumerate(places):
        if place not in PLACES.of_state:
            raise RecordingLawError(f"{key}.places[{at}]", 'two letters of a state ("CA")')
    if row.get("consent") not in ("all", "one"):
        raise RecordingLawError(f"{key}.consent", '"all" or "one"')
    since, until = _day(row, "from", key), _day(row, "until", key)
    if since and until and until < since:
        raise RecordingLawError(f"{key}.until", "a day after from")
    source, read = row.get("source"), _day(row, "read", key)
    if not isinstance(source, str) or not source or read is None:
        right = "where the rule stands, and read: when it was read there"
        raise RecordingLawError(f"{key}.source", right)
    return ConsentRule(tuple(places), row["consent"], since, until, source, read)


def _day(row: dict[str, Any], name: str, key: str) -> date | None:
    found = row.get(name)
    if found is not None and type(found) is not date:
        raise RecordingLawError(f"{key}.{name}", "a day, like 2026-10-18")
    return found
