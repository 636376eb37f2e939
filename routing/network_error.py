"""What is wrong with a network file: all of it at once, each with its place. Pure.

A reader that meets something wrong notes it at its `Place` and raises `Refused`; whoever
reads the table around it goes on with the next key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FOUND_MOST = 60  # Characters of a value that a problem shows; the file has the rest.


@dataclass(frozen=True, slots=True)
class Problem:
    file: str
    line: int | None  # From 1; None where it cannot be told.
    key: str  # "target[3].hours.mon", counted from 0.
    found: str
    right: str  # What would be right.

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.key}: found {self.found}; expected {self.right}"


class NetworkError(ValueError):
    """The network is refused whole; `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class Refused(Exception):
    """A value cannot be used, and that is noted already."""


@dataclass(frozen=True, slots=True)
class Note:
    """A problem before its file and line are known."""

    key: str
    found: str
    right: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file we are, and the notes that all places share."""

    key: str
    notes: list[Note]

    def at(self, name: str) -> Place:
        """Return the place of the key `name` of this table."""
        return Place(f"{self.key}.{name}" if self.key else name, self.notes)

    def item(self, index: int) -> Place:
        """Return the place of one item of this list."""
        return Place(f"{self.key}[{index}]", self.notes)

    def note(self, found: str, right: str) -> None:
        """Note a problem with something described in words."""
        self.notes.append(Note(self.key, found, right))

    def refuse(self, found: object, right: str, *, hide: bool = False) -> Refused:
        """Note a problem with the value `found`; raise what this returns."""
        self.note("something else (not shown)" if hide else shown(found), right)
        return Refused(self.key)


def shown(found: object) -> str:
    """Return a value of a TOML file as a person would write it, cut short."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, dict):
        return "a table"
    if isinstance(found, list):
        return "a list" if found else "an empty list"
    text = f'"{found}"' if isinstance(found, str) else str(found)
    return text if len(text) <= FOUND_MOST else f"{text[:FOUND_MOST]}..."
