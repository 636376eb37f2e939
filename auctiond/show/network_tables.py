"""Versions of the network, what is staged, and who did what, for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table

from auctiond.show.tables import grid

Json = Mapping[str, Any]


def versions_table(versions: Sequence[Json], width: int) -> Table:
    """Return a row for each version."""
    rows = [
        [
            str(one["version"]),
            local(one["applied_at"]),
            one["applied_by"],
            str(one["changes"] or ""),
            one["note"],
        ]
        for one in versions
    ]
    return grid([">version", "applied", "by the key", ">changes", "why"], rows, width)


def stage_lines(stage: Json) -> Iterator[str]:
    """Yield what there is to say of what is staged."""
    if stage.get("stage") is None:
        return
    count = len(stage["changes"])
    what = f"{count} change{'' if count == 1 else 's'} to version {stage['based_on']}"
    yield f"Staged by {stage['staged_by']} at {local(stage['staged_at'])}: {what}"
    if stage["note"]:
        yield f"  {stage['note']}"
    if stage["due"]:
        yield f"  comes into force at {local(stage['due'])}, as {stage['due_by']} said"
    yield ""


def acts_table(acts: Sequence[Json], width: int, *, changes: bool) -> Table:
    """Return a row for each act, and below it, if wanted, what it changed."""
    rows: list[list[str]] = []
    for act in acts:
        version = str(act["version"] or "")
        row = [local(act["at"]), act["act"].replace("_", " "), version, act["by"], _why(act)]
        rows.append(row)
        rows += [["", "", "", "", f"  {change}"] for change in act["changes"] if changes]
    return grid(["when", "what", ">version", "by the key", "why"], rows, width)


def local(written: str) -> str:
    """Return a moment by this machine's clock."""
    return f"{datetime.fromisoformat(written).astimezone():%Y-%m-%d %H:%M:%S %Z}"


def _why(act: Json) -> str:
    due = f"for {local(act['due'])}" if act["due"] else ""
    return "; ".join(one for one in (due, act["note"]) if one)
