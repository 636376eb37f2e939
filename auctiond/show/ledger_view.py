"""The ledger for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.table import Table

from auctiond.pg.ledger_check import PROBLEMS_MAX, Report
from auctiond.show.tables import amounts, grid
from ledger.accounts import CALLS, unit_of
from ledger.seals import Seals

PROBLEMS_SHOWN = 50  # Who has more must look into the database anyway.


def balance_table(found: Mapping[str, tuple[int, int]], width: int) -> Table:
    """Return a row for each account: what it has, what of it is held, what is free."""
    columns: list[list[str]] = []
    for pick in (_posted, _held, _free):
        # Calls and money do not line up with each other: each is shown as what it is.
        money = iter(amounts([pick(both) for name, both in found.items() if not _counts(name)]))
        columns.append(
            [f"{pick(both):,}" if _counts(name) else next(money) for name, both in found.items()]
        )
    rows = [list(cells) for cells in zip(found, *columns, strict=True)]
    return grid(["account", ">posted", ">held", ">free"], rows, width)


def verify_lines(report: Report, path: Path, seals: Seals) -> Iterator[str]:
    """Yield what was checked, and how that went."""
    rate = report.entries / report.took_s if report.took_s else 0.0
    yield (
        f"Checked {report.entries:,} entries of {report.accounts:,} accounts, "
        f"{report.transfers:,} moves and {report.lines:,} lines in {report.took_s:.1f} s "
        f"({rate:,.0f} entries/s)."
    )
    if report.kept_from:
        yield (
            f"The months before {report.kept_from:%Y-%m} are in their files (auctiond ledger "
            "months); chains begin with what was carried over."
        )
    if report.seals:
        noun = "seal" if report.seals == 1 else "seals"
        yield f"Compared with {report.seals:,} {noun} in {path}."
        if seals.until:
            yield (
                f"All moves until {seals.until:%Y-%m-%d %H:%M} are signed, with the key "
                f"{seals.keys[-1][:16]}."
            )
    else:
        yield (
            f"There are no seals in {path}: a cut end, or a history written anew, "
            "would not be noticed."
        )
    if report.ok:
        yield "Everything is as it was written."


def checked_table(report: Report, width: int) -> Table:
    """Return a row for each thing that was checked: how many rows, and how long it took."""
    rows = [[one.what, f"{one.rows:,}", f"{one.took_s:.1f}"] for one in report.checked]
    return grid(["checked", ">rows", ">seconds"], rows, width)


def problem_lines(report: Report) -> Iterator[str]:
    """Yield what is not as it was written."""
    if report.ok:
        return
    count = len(report.problems)
    more = " or more" if count >= PROBLEMS_MAX else ""
    yield f"NOT as it was written, in {count:,}{more} {'place' if count == 1 else 'places'}:"
    for problem in report.problems[:PROBLEMS_SHOWN]:
        yield f"  {problem.place}: {problem.what}"
    if count > PROBLEMS_SHOWN:
        yield f"  and {count - PROBLEMS_SHOWN:,} more"


def _counts(account: str) -> bool:
    return unit_of(account) == CALLS


def _posted(both: tuple[int, int]) -> int:
    return both[0]


def _held(both: tuple[int, int]) -> int:
    return both[1]


def _free(both: tuple[int, int]) -> int:
    return both[0] - both[1]
