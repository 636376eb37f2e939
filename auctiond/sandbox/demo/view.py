"""What the person who runs the demo sees: calls as they go, one call explained, the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from market.money import dollars

COLOURS = {
    "sold": "green",
    "unsold": "yellow",
    "under_duration": "yellow",
    "abandoned": "magenta",
    "blocked": "red",
    "live": "cyan",
}
Json = Mapping[str, Any]


class Board:
    """The live display."""

    def __init__(self, calls: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            TextColumn("{task.completed:>4.0f} of {task.total:.0f} calls over"),
            TimeElapsedColumn(),
        )
        self._task: TaskID = self._progress.add_task("calls", total=calls)
        self._state: Json = {"placed": 0, "calls": [], "totals": {}}

    def show(self, state: Json) -> None:
        """Take over a new state."""
        self._state = state
        over = sum(state["ended"].values())
        self._progress.update(self._task, completed=over)

    def __rich__(self) -> RenderableType:
        return Group(self._progress, calls_table(self._state["calls"]), self._money())

    def _money(self) -> RenderableType:
        totals = self._state["totals"]
        if not totals:
            return Text("")
        return Text(
            f"captured {dollars(totals['captured']):>10}   "
            f"payout {dollars(totals['payout']):>10}   "
            f"margin {dollars(totals['margin']):>10}   open holds {totals['open_holds']:>3}"
        )


def calls_table(calls: Sequence[Json]) -> Table:
    """Return a row for each call."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("call", "state", "how it ended", "zip", "buyer"):
        table.add_column(name, no_wrap=True)
    for name in ("legs", "talk s", "price"):
        table.add_column(name, justify="right", no_wrap=True)
    for call in calls:
        price = call["price_micros"]
        table.add_row(
            call["id"][-8:],
            call["state"],
            Text(call["disposition"], COLOURS.get(call["disposition"], "")),
            call["facts"].get("zip", ""),
            call["buyer"] or "",
            str(call["legs"]),
            f"{call['talk_ms'] / 1000:.1f}" if call["talk_ms"] else "",
            dollars(price) if price else "",
        )
    return table


def timeline_table(call: Json) -> Table:
    """Return what happened in a call, in order."""
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    table.add_column("ms", justify="right")
    table.add_column("what happened")
    table.add_column("with")
    for row in call["timeline"]:
        data = {key: value for key, value in row["data"].items() if value not in ("", None)}
        table.add_row(str(row["ms"]), row["kind"], ", ".join(f"{k} {v}" for k, v in data.items()))
    return table


def candidates_table(call: Json) -> Table:
    """Return a row for each candidate, with the reason it got or did not get the call."""
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left")
    for name in ("tier", "rank"):
        table.add_column(name, justify="right")
    table.add_column("target", no_wrap=True)
    for name in ("bid", "ms"):
        table.add_column(name, justify="right")
    for name in ("reason", "who can mend it", "meaning"):
        table.add_column(name)
    for row in call["candidates"]:
        price, ms = row["price_micros"], row["ms"]
        table.add_row(
            str(row["tier"]),
            str(row["rank"] or ""),
            row["target"],
            dollars(price) if price is not None else "",
            f"{ms:.1f}" if ms is not None else "",
            Text(row["reason"], "green" if row["reason"] == "won" else ""),
            row["who"] if row["who"] != "nobody" else "",
            row["text"] + (f" ({row['detail']})" if row["detail"] else ""),
        )
    return table


def money_table(found: Json) -> Table:
    """Return the demo's money and figures."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name in ("captured", "payout", "margin"):
        table.add_row(f"{name}, dollars", dollars(found[f"{name}_micros"]))
    for name in ("calls", "sold", "unsold", "abandoned", "auctions", "pings", "bids", "no_bids"):
        table.add_row(name.replace("_", " "), str(found[name]))
    for name in ("timeouts", "late_bids", "entries", "holds_open", "pii_in_pings"):
        table.add_row(name.replace("_", " "), str(found[name]))
    decision, over = found["decision_ms"], found["overshoot_ms"]
    table.add_row("decision, ms (p50 / p99 / max)", " / ".join(f"{v}" for v in decision.values()))
    table.add_row(f"over the {found['deadline_ms']} ms deadline, ms", f"{over['max']} at most")
    return table
