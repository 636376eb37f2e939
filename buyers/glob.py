"""Patterns in which * is any text and case does not count. Pure; one walk along the text each."""

from __future__ import annotations

from collections.abc import Callable

Matches = Callable[[str], bool]


def glob(written: str) -> Matches:
    """Return the function that tells whether a whole text is like `written`."""
    first, *rest = written.strip().casefold().split("*")
    if not rest:
        return lambda text: text.strip().casefold() == first
    *middle, last = rest

    def matches(text: str) -> bool:
        said = text.strip().casefold()
        at, end = len(first), len(said) - len(last)
        if at > end or not said.startswith(first) or not said.endswith(last):
            return False
        for part in middle:
            found = said.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return matches
