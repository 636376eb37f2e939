"""What the gate prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from bench.gate.compare import Verdict
from bench.gate.counts import Counted


def print_counts(console: Console, counted: Sequence[Counted]) -> None:
    """Print each count beside its bound."""
    table = Table("count", "found", "at most", "", title="Counts", title_justify="left")
    for one in counted:
        most = "-" if one.most is None else f"{one.most:g}"
        style = "bold red" if one.grown else None
        table.add_row(one.name, f"{one.found:g}", most, one.note, style=style)
    console.print(table)


def print_verdicts(
    console: Console, verdicts: Mapping[str, Verdict], against: str, commit: str
) -> None:
    """Print head beside base."""
    title = f"CPU, microseconds each, against {commit[:10]} ({against})"
    table = Table("", "base", "head", "ratio", "95 % interval", "", title=title)
    table.title_justify = "left"
    for name, one in verdicts.items():
        said = f"slower than {one.bound:g}" if one.slower else ""
        interval = f"{one.low:.3f} to {one.high:.3f}"
        row = (name, f"{one.base_us:.1f}", f"{one.head_us:.1f}", f"{one.ratio:.3f}", interval, said)
        table.add_row(*row, style="bold red" if one.slower else None)
    console.print(table)
