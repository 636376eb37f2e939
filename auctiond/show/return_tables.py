"""Returns as tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from auctiond.show.call_tables import ID_SHOWN
from auctiond.show.tables import grid

Json = dict[str, Any]
COLOURS = {"pending": "yellow", "approved": "green", "partial": "green", "rejected": "red"}


def returns_grid(found: Sequence[Json], width: int) -> Table:
    """Return a line for each return."""
    columns = [">no", "call", "at (UTC)", "buyer", "reason", ">charged", ">back", "state"]
    rows = [
        [
            str(one["no"]),
            one["call"][-ID_SHOWN:],
            moment(one["at_ms"])[5:-3],
            one["buyer"],
            one["reason"],
            one["charged"],
            one["back"],
            state(one),
        ]
        for one in found
    ]
    return grid(columns, rows, width)


def return_grid(one: Json, width: int) -> Table:
    """Return one return, a line for each thing that is known."""
    rows = {
        "return": f"{one['no']}  {one['id']}",
        "call": one["call"],
        "buyer": f"{one['buyer']} ({one['target']})",
        "publisher": one["publisher"],
        "reason": one["reason"],
        "charged": f"{one['charged']} {one['currency']}",
        "asked": one["asked"],
        "given back": f"{one['back']}, of which {one['from_publisher']} from the publisher",
        "state": state(one),
    }
    return grid(["", ""], [(Text(name, "bold"), what) for name, what in rows.items()], width)


def acts_grid(one: Json, width: int) -> Table:
    """Return what was done to a return, and by whom."""
    rows = [
        [moment(act["at_ms"]), act["act"], act["amount"], act["reason"], act["by"]]
        for act in one["acts"]
    ]
    return grid(["at (UTC)", "what", ">amount", "reason", "by"], rows, width)


def notes_grid(notes: Sequence[Json], width: int) -> Table:
    """Return the notes, in order."""
    rows = [[moment(note["at_ms"]), note["by"], note["text"]] for note in notes]
    return grid(["at (UTC)", "by", "note"], rows, width)


def state(one: Json) -> Text:
    """Return the state of a return."""
    return Text(one["state"], COLOURS.get(one["state"], ""))


def moment(at_ms: int) -> str:
    """Return a moment for people."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M:%S}"
