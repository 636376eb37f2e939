"""Payouts as tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from auctiond.show.return_tables import moment
from auctiond.show.tables import grid

Json = dict[str, Any]
COLOURS = {"made": "yellow", "approved": "cyan", "paid": "green", "failed": "red", "open": "yellow"}


def runs_grid(found: Sequence[Json], width: int) -> Table:
    """Return a line for each run."""
    rows: list[list[str | Text]] = [
        [
            str(run["no"]),
            moment(run["made_ms"])[:-3],
            moment(run["until_ms"])[:-3],
            "\n".join(f"{one['amount']} {one['currency']}" for one in run["amounts"]),
            f"{run['paid_count']} of {run['publishers_count']}",
            _state(run),
        ]
        for run in found
    ]
    return grid([">no", "made (UTC)", "sales up to", ">amount", ">paid", "state"], rows, width)


def items_grid(run: Json, width: int) -> Table:
    """Return what a run pays to whom."""
    rows = [
        [
            one["publisher"],
            one["pays"],
            one["currency"],
            str(one["lines"]),
            f"{moment(one['from_ms'])[:10]} to {moment(one['until_ms'])[:10]}",
            _state(one),
            one["ref"],
        ]
        for one in run["publishers"]
    ]
    columns = ["publisher", ">pays", "", ">entries", "earned", "state", "reference"]
    return grid(columns, rows, width)


def due_grid(found: Sequence[Json], width: int) -> Table:
    """Return what publishers are owed."""
    rows = [[one["publisher"], one["owed"], one["due"], one["currency"]] for one in found]
    return grid(["publisher", ">owed", ">due now", ""], rows, width)


def _state(one: Json) -> Text:
    return Text(one["state"], COLOURS.get(one["state"], ""))
