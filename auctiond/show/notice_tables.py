"""Notices as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from auctiond.show.tables import grid


def notices_grid(found: Sequence[dict[str, Any]], width: int) -> Table:
    """Return a line for each channel of each notice."""
    rows = []
    for one in found:
        at = datetime.fromtimestamp(one["at_ms"] / 1000, UTC)
        head = [str(one["no"]), f"{at:%m-%d %H:%M:%S}", one["kind"], one["party"]]
        for channel in one["channels"] or [{}]:
            how = channel.get("outcome", "waiting")
            reason = channel.get("reason") or ""
            name = channel.get("channel") or "-"
            rows.append([*head, name, str(channel.get("tries", 0)), f"{how} {reason}".strip()])
            head = [""] * len(head)
    columns = [">no", "at (UTC)", "kind", "party", "channel", ">tries", "how"]
    return grid(columns, rows, width)
