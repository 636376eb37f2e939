"""What the person who runs the demo sees: calls as they go, and at the end the money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from auctiond.show.call_tables import COLOURS, LIVE, calls_table
from auctiond.show.tables import amounts, grid

FRAME_ROWS = 5  # Of the live display: the bar, two lines of sums, a header, a line of air.
SIDE_BY_SIDE = 84  # Columns that figures and wallets need beside each other.
COUNTS = (
    *("calls", "sold", "unsold", "abandoned"),
    *("auctions", "pings", "bids", "no_bids", "timeouts", "late_bids", "posts", "entries"),
)
Json = Mapping[str, Any]


class Board:
    """The live display."""

    def __init__(self, calls: int) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} calls over"),
            TimeElapsedColumn(),
            expand=True,
        )
        self._task: TaskID = self._progress.add_task("calls", total=calls)
        self._state: Json = {"placed": 0, "live": 0, "ended": {}, "calls": [], "totals": {}}

    def show(self, state: Json) -> None:
        """Take over a new state."""
        self._state = state
        over = sum(state["ended"].values())
        self._progress.update(self._task, completed=over)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        rows = max(1, (options.height or console.height) - FRAME_ROWS)
        shown = self._state["calls"][:rows]
        table = calls_table(shown, min(options.max_width, console.width))
        yield Group(self._progress, self._ends(), self._money(), Text(), table)

    def _ends(self) -> Text:
        counts = {"on the line": self._state["live"]} | dict(self._state["ended"])
        colours = {"on the line": LIVE} | COLOURS
        parts = [
            Text(f"{count} {name.replace('_', ' ')}", colours.get(name, ""))
            for name, count in counts.items()
        ]
        return Text("   ").join(parts)

    def _money(self) -> Text:
        totals = self._state["totals"]
        if not totals:
            return Text()
        names = ("captured", "payout", "margin")
        values = amounts(totals[name] for name in names)
        told = [f"{name} {value}" for name, value in zip(names, values, strict=True)]
        return Text("   ".join([*told, f"open holds {totals['open_holds']}"]))


def statement(found: Json, spent: Sequence[Json], width: int) -> Table:
    """Return the money and the figures, and beside or under them the wallets."""
    left, right = figures_table(found, width), wallets_table(spent, width)
    both = Table.grid(padding=(0, 4, 0, 0))
    if width >= SIDE_BY_SIDE:
        both.add_row(left, right)
    else:
        both.add_row(left)
        both.add_row("")
        both.add_row(right)
    return both


def figures_table(found: Json, width: int) -> Table:
    """Return the demo's money and figures."""
    names = ("captured", "payout", "margin")
    money = amounts(found[f"{name}_micros"] for name in names)
    meaning = ("captured from buyers", "payout to publishers", "margin")
    rows = list(zip(meaning, money, strict=True))
    rows += [(name.replace("_", " "), f"{found[name]:,}") for name in COUNTS]
    decision, over = found["decision_ms"], found["overshoot_ms"]
    rows.append(("decision, ms, half the time", f"{decision['p50']:,.1f}"))
    rows.append(("decision, ms, at most", f"{decision['max']:,.1f}"))
    rows.append((f"over the {found['deadline_ms']} ms deadline", f"{over['max']:,.1f}"))
    cards = amounts([found["card_paid_micros"], found["recharged_micros"]])
    rows += zip(("topped up by card, on a page", "recharged by itself"), cards, strict=True)
    out = amounts(found[f"{name}_micros"] for name in ("returned", "paid_out"))
    rows += zip(("a return, half of a sale", "paid out to publishers"), out, strict=True)
    if found.get("recordings"):
        rows.append(("recordings, kept sealed", f"{found['recordings']:,}"))
    return grid(["all calls", ">"], rows, width)


def wallets_table(spent: Sequence[Json], width: int) -> Table:
    """Return a row for each buyer who bought, and one for all others."""
    active = [row for row in spent if row["spent_micros"]]
    idle = len(spent) - len(active)
    names = ("paid_in_micros", "spent_micros", "left_micros")
    columns = [amounts(row[name] for row in active) for name in names]
    rows = [
        [row["buyer"], str(row["calls"]), *cells]
        for row, *cells in zip(active, *columns, strict=True)
    ]
    if idle:
        rows.append([f"{idle} more", "0", "", amounts([0])[0], ""])
    return grid(["buyer", ">calls", ">paid in", ">spent", ">left"], rows, width)


def checks_table(found: Json, wrong: Sequence[str], width: int) -> Table:
    """Return what was checked, and what was found wrong."""
    good = {
        f"all {found['calls']} calls are accounted for": "accounted",
        "no hold is open": "hold",
        f"the ledger verifies, {found['entries']} entries": "ledger",
        "captured is payout and margin, and what the wallets lost": "add up",
        f"publishers got what was agreed, and for {found['promised_calls']} calls what was "
        "promised": "promised",
        "wallets have what the card processor charged": "cards were charged",
        "the return went back into the wallet": "the wallet got back",
        "publishers were paid out what they had earned, less the return": "were not paid out",
        f"no personal data in {found['pings']} pings, searched by the buyers": "personal",
        "no lead left before the connect": "before",
        "nobody paid for a talk that was too short": "without the talk",
    }
    if found.get("recordings"):
        told = f"{found['recordings']} recordings, of callers who had agreed, all sealed"
        good[told] = "recordings"
    rows = [
        (Text("ok", "green"), text)
        for text, word in good.items()
        if not any(word in line for line in wrong)
    ]
    bad = [(Text("WRONG", "bold red"), Text(line, "bold red")) for line in wrong]
    return grid(["", ""], [*rows, *bad], width)
