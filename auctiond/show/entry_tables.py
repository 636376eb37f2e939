"""Entries of the ledger, and holds, as tables. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.table import Table

from auctiond.show.call_tables import ID_SHOWN
from auctiond.show.return_tables import moment
from auctiond.show.tables import grid

Json = dict[str, Any]


def entries_grid(found: Sequence[Json], width: int) -> Table:
    """Return a line for each account that an entry moved, the entry's own words on its first."""
    rows = []
    for one in found:
        head = [moment(one["at_ms"])[5:], one["kind"], (one["call"] or "")[-ID_SHOWN:]]
        why = " ".join(filter(None, (one.get("ref"), one.get("reason"), one.get("actor"))))
        for line in one["lines"]:
            rows.append([*head, _amount(line), line["account"], why])
            head, why = ["", "", ""], ""
    columns = ["at (UTC)", "what", "call", ">amount", "account", "for"]
    return grid(columns, rows, width)


def holds_grid(found: Sequence[Json], width: int) -> Table:
    """Return a line for each hold: what of which wallet, for which call, since when."""
    rows = [
        [one["call"][-ID_SHOWN:], str(one["leg"]), f"{one['age_s']:,.0f}", _amount(line), whose]
        for one in found
        for line, whose in _wallets(one)
    ]
    return grid(["call", ">leg", ">age s", ">held", "wallet"], rows, width)


def _wallets(hold: Json) -> Iterator[tuple[Json, str]]:
    for line in hold["lines"]:
        if line["account"].startswith("wallet:"):
            yield line, line["account"].removeprefix("wallet:")


def _amount(line: Json) -> str:
    word = next((each for each in ("held", "released") if each in line), "")
    amount = f"{word} {line[word]}" if word else str(line["amount"])
    return f"{amount} {line.get('currency') or line.get('unit', '')}".strip()
