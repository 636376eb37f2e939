"""Callbacks for people at a terminal: lists, and all about one. Pure.

What comes in is what /v1/callbacks and /v1/suppressions answer. Nothing in it is personal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.table import Table

from auctiond.show.tables import grid, seconds
from compliance.law.rules import Law, Rule
from market.reasons import reason_of
from market.schedule import Windows

ID_SHOWN = 8  # The end of an id: random, where its beginning is a time.
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Json = Mapping[str, Any]


def callbacks_grid(found: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each callback; times are of `zone` (None: this machine's)."""
    rows = [
        [
            one["id"][-ID_SHOWN:],
            _time(one["asked_ms"], zone),
            one["campaign"],
            one["state"],
            str(one["attempts_made"]),
            seconds(one["speed_to_lead_ms"] or 0),
            _why(one, zone),
        ]
        for one in found
    ]
    columns = ["callback", "asked", "campaign", "state", ">calls", ">first after s", "why"]
    return grid(columns, rows, width)


def callback_grid(one: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return all about one callback, a line for each thing that is known."""
    rows = {
        "callback": one["id"],
        "asked": _time(one["asked_ms"], zone) + f", by {one['source']}",
        "campaign": one["campaign"],
        "publisher": one["publisher"],
        "known": ", ".join(f"{name} {value}" for name, value in one["facts"].items()),
        "state": one["state"],
        "why": _text(one["reason"]),
        "to mend by": one["who"] or "",
        "due": _time(one["due_ms"], zone) if one["due_ms"] else "",
        "first after": _after(one["speed_to_lead_ms"]),
        "call": one["call"] or "",
    }
    return grid(["", ""], [line for line in rows.items() if line[1]], width)


def events_grid(one: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return what happened to a callback, a row for each thing."""
    rows = [[_time(row["at_ms"], zone), row["what"], _text(row["reason"])] for row in one["events"]]
    return grid(["at", "what", "why"], rows, width)


def lists_grid(found: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each list of whom we do not call."""
    rows = [[f"{one['count']:,}", _time(one["newest_ms"], zone), one["list"]] for one in found]
    return grid([">numbers", "newest", "list"], rows, width)


def rules_grid(law: Law, width: int) -> Table:
    """Return a row for each rule of the calling hours."""
    rows = [[rule.place, _hours(rule), _more(rule), rule.source] for rule in law.rules]
    return grid(["place", "hours", "also", "source"], rows, width)


def _hours(rule: Rule) -> str:
    """Return the hours of a week, days alike together: "mon-sat 08:00-20:00, sun closed"."""
    parts: list[tuple[int, int]] = []
    for day in range(7):
        if parts and rule.open[parts[-1][0]] == rule.open[day]:
            parts[-1] = (parts[-1][0], day)
        else:
            parts.append((day, day))
    return ", ".join(f"{_span(*part)} {_windows(rule.open[part[0]])}".strip() for part in parts)


def _span(first: int, last: int) -> str:
    if (first, last) == (0, 6):
        return ""
    return DAYS[first] if first == last else f"{DAYS[first]}-{DAYS[last]}"


def _windows(windows: Windows) -> str:
    if not windows:
        return "closed"
    return " ".join(
        f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}" for start, end in windows
    )


def _more(rule: Rule) -> str:
    parts = [
        "no holidays" if rule.holidays else "",
        f"{rule.calls_per_day} calls a day" if rule.calls_per_day is not None else "",
        f"from {rule.since}" if rule.since else "",
        f"until {rule.until}" if rule.until else "",
    ]
    return ", ".join(part for part in parts if part)


def _why(one: Json, zone: tzinfo | None) -> str:
    due = f", due {_time(one['due_ms'], zone)}" if one["due_ms"] else ""
    return (one["reason"] or "") + due if one["reason"] else due.removeprefix(", ")


def _text(reason: str) -> str:
    return f"{reason}: {reason_of(reason).text}" if reason else ""


def _after(speed_ms: int | None) -> str:
    return f"{speed_ms / 1000:,.1f} s" if speed_ms is not None else ""


def _time(at_ms: int, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
