"""How targets do, as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from auctiond.show.tables import grid

HEADS = ("target", "buyer", ">failing", ">limit", ">usual ms", ">unanswered", "throttle", "paused")


def health_grid(targets: Sequence[Mapping[str, Any]], width: int) -> Table:
    """Return a row for each target, with what is known of it."""
    return grid(HEADS, [_row(target) for target in targets], width)


def _row(target: Mapping[str, Any]) -> list[str]:
    usual, limit = target["usual_ms"], target["ping_limit"]
    return [
        target["target"],
        target["buyer"],
        f"{target['failing']:.0%}",
        "" if limit is None else str(limit),
        "" if usual is None else f"{usual:.0f}",
        f"{target['unanswered_hour']}/h {target['unanswered_day']}/d",
        target["throttle"],
        _pause(target),
    ]


def _pause(target: Mapping[str, Any]) -> str:
    if not target["auto_paused"]:
        return ""
    if target["until_ms"] is None:
        return "until resumed"
    until = datetime.fromtimestamp(target["until_ms"] // 1000, UTC)
    return f"until {until:%Y-%m-%d %H:%M} UTC"
