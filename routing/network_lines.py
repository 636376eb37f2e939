"""On which line of a network file a key stands: a small search, good enough for a hint. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

HEADER = re.compile(r"\s*(\[\[?)\s*([\w\-. \"]+?)\s*\]")
KEY = re.compile(r"\s*([\w\-.\"]+)\s*=")


def lines_of(text: str) -> dict[str, int]:
    """Return the line (from 1) of every table and key that can be told by its looks."""
    lines: dict[str, int] = {}
    last: dict[str, str] = {}  # "campaign.tier" -> "campaign[0].tier[2]", the last one seen.
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := HEADER.match(line):
            name = header[2].replace('"', "").replace(" ", "")
            table = _inside(name, last)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = f"{table}[{counts[table]}]"
            last[name] = table
            lines.setdefault(table, number)
        elif key := KEY.match(line):
            name = key[1].replace('"', "")
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def line_of(key: str, lines: Mapping[str, int]) -> int | None:
    """Return the line of `key`, or of what is around it, or None."""
    while key:
        if key in lines:
            return lines[key]
        key = key[: max(key.rfind("."), key.rfind("["), 0)]
    return None


def _inside(name: str, last: Mapping[str, str]) -> str:
    """Return the full path of a header, with the numbers of the lists it stands in."""
    outer, dot, inner = name.rpartition(".")
    return f"{last.get(outer, outer)}.{inner}" if dot else name
