"""Recordings for people at a terminal: lists, all about one, and the law. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich.table import Table

from auctiond.show.tables import grid, seconds
from compliance.law.recording import ConsentRule, RecordingLaw

ID_SHOWN = 8  # The end of an id: random, where its beginning is a time.
KB = 1000
STATES = {
    "asked": "the carrier records, or has not told the end",
    "told": "being fetched",
    "kept": "kept",
    "deleting": "being deleted",
    "gone": "deleted",
    "lost": "lost",
}
Json = Mapping[str, Any]


def recordings_grid(found: Sequence[Json], width: int, zone: tzinfo | None = None) -> Table:
    """Return a row for each recording; times are of `zone` (None: this machine's)."""
    rows = [
        [
            one["id"][-ID_SHOWN:],
            time_of(one["began_ms"], zone),
            one["call"][-ID_SHOWN:],
            one["kind"],
            seconds(one["duration_ms"] or 0),
            _size(one["bytes"]),
            one["state"],
            one["why"],
        ]
        for one in found
    ]
    columns = ["recording", "began", "call", "kind", ">s", ">kB", "state", "why"]
    return grid(columns, rows, width)


def recording_grid(one: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return all about one recording, a line for each thing that is known."""
    until = one["kept_until_ms"]
    rows = {
        "recording": one["id"],
        "call": one["call"],
        "what": _kind(one),
        "began": time_of(one["began_ms"], zone),
        "state": STATES[one["state"]] + (f": {one['why']}" if one["why"] else ""),
        "seconds": seconds(one["duration_ms"] or 0),
        "channels": str(one["channels"] or ""),
        "kB": _size(one["bytes"]),
        "file": f"{one['type']} in {one['store']}" if one["store"] else "",
        "kept until": time_of(until, zone) if until else "",
    }
    return grid(["", ""], [line for line in rows.items() if line[1]], width)


def history_grid(one: Json, width: int, zone: tzinfo | None = None) -> Table:
    """Return what happened to a recording, oldest first."""
    rows = [
        [time_of(event["at_ms"], zone), event["what"], event["by"], event["why"]]
        for event in one["events"]
    ]
    return grid(["at", "what", "by", "why"], rows, width)


def law_grid(law: RecordingLaw, width: int) -> Table:
    """Return a row for each rule."""
    rows = [[rule.consent, " ".join(rule.places), _days(rule), rule.source] for rule in law.rules]
    if any(row[2] for row in rows):
        return grid(["must agree", "in", "when", "source"], _folded(rows), width)
    return grid(["must agree", "in", "source"], _folded([[a, b, d] for a, b, _, d in rows]), width)


def _folded(rows: list[list[str]]) -> list[list[str]]:
    """Return rows whose lists of states are of one line each."""
    most, folded = 23, []
    for first, places, *rest in rows:
        lines = [places[at : at + most + 1].strip() for at in range(0, len(places), most + 1)]
        folded.append([first, lines[0], *rest])
        folded += [["", line, *("" for _ in rest)] for line in lines[1:]]
    return folded


def _days(rule: ConsentRule) -> str:
    parts = [
        f"from {rule.since}" if rule.since else "",
        f"until {rule.until}" if rule.until else "",
    ]
    return " ".join(part for part in parts if part)


def _kind(one: Json) -> str:
    if one["kind"] == "message":
        return "a message of the caller"
    return f"a talk, offer {one['leg']}" if one["leg"] else "a call, from its flow on"


def _size(count: int | None) -> str:
    return f"{count / KB:,.0f}" if count else ""


def time_of(at_ms: int, zone: tzinfo | None = None) -> str:
    """Return a moment as people write it."""
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
