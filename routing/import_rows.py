"""Lists of targets from other systems, as rows of plain texts: JSON or CSV. Pure.

JSON may be nested, as systems' interfaces answer it: only the innermost name of a value counts,
and of two the outer one. Names are compared by their letters and digits: "Daily Cap" is dailyCap.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOT_NAMES = re.compile(r"[^a-z0-9]")


class ImportFault(ValueError):
    """The list cannot be taken over; `problems` says all of why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Row:
    no: int  # From 1, without headings.
    values: Mapping[str, Any]  # By simple names; texts, but for lists of JSON.

    def text(self, *names: str) -> str:
        """Return the first of these values that is there, or ""."""
        found = (self.values.get(name) for name in names)
        return next((str(one).strip() for one in found if _is_plain(one)), "")


def rows_of(text: str, *, is_json: bool) -> list[Row]:
    """Return the rows of `text`. Raises ImportFault."""
    found = _of_json(text) if is_json else _of_csv(text)
    if not found:
        raise ImportFault(["no targets in it: expected a list of at least one"])
    return [Row(no, row) for no, row in enumerate(found, 1)]


def _of_json(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ImportFault([f"it is no JSON: {error}"]) from None
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else document
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise ImportFault(["expected a list of targets, or an object with just one list"])
    return [_flat(one) for one in document]


def _of_csv(text: str) -> list[dict[str, Any]]:
    try:
        reader = csv.DictReader(text.removeprefix("\ufeff").splitlines(), strict=True)
        return [{_simple(str(k)): v for k, v in row.items()} for row in reader]
    except csv.Error as error:
        raise ImportFault([f"it is no CSV: {error}"]) from None


def _flat(table: Mapping[str, Any]) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    own = {_simple(k): v for k, v in table.items() if not isinstance(v, dict)}
    for value in table.values():
        if isinstance(value, dict):
            inner = {**_flat(value), **inner}
    return {**inner, **own}


def _simple(name: str) -> str:
    return NOT_NAMES.sub("", name.lower())


def _is_plain(value: object) -> bool:
    return value is not None and not isinstance(value, list | dict) and str(value).strip() != ""
