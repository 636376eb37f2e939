"""The ledger for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.table import Table

from auctiond.pg.ledger_book import StatementLine
from auctiond.pg.ledger_check import PROBLEMS_MAX, Report
from auctiond.show.tables import amounts, grid
from ledger.accounts import CALLS, unit_of

PROBLEMS_SHOWN = 50  # Who has more must look into the database anyway.
KINDS = {"topup": "top-up", "expire": "expired"}


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


def statement_table(account: str, lines: Sequence[StatementLine], width: int) -> Table:
    """Return a row for each change of an account, and the call or payment that it was for."""
    bounded = lines[0].posted is not None
    columns = [_shown(account, [line.posted_change for line in lines])]
    names = [">change"]
    if bounded:
        columns.append(_shown(account, [line.held_change for line in lines]))
        columns.append(_shown(account, [line.posted for line in lines]))
        names += [">held change", ">balance"]
    rows = [
        [f"{line.at:%Y-%m-%d %H:%M:%S}", KINDS.get(line.kind, line.kind), *cells, _cause(line)]
        for line, *cells in zip(lines, *columns, strict=True)
    ]
    return grid(["at (UTC)", "what", *names, "for"], rows, width)


def verify_lines(report: Report, seals: Path) -> Iterator[str]:
    """Yield what was checked, and how that went."""
    rate = report.entries / report.took_s if report.took_s else 0.0
    yield (
        f"Checked {report.entries:,} entries of {report.accounts:,} accounts, "
        f"{report.transfers:,} moves and {report.lines:,} lines in {report.took_s:.1f} s "
        f"({rate:,.0f} entries/s)."
    )
    if report.seals:
        noun = "seal" if report.seals == 1 else "seals"
        yield f"Compared with {report.seals:,} {noun} in {seals}."
    else:
        yield (
            f"There are no seals in {seals}: a cut end, or a history written anew, "
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


def _shown(account: str, values: Iterable[int | None]) -> list[str]:
    if _counts(account):
        return ["" if value is None else f"{value:,}" for value in values]
    return amounts(values)


def _counts(account: str) -> bool:
    return unit_of(account) == CALLS


def _cause(line: StatementLine) -> str:
    return f"call {line.call_id}" if line.call_id else f"payment {line.ref}"


def _posted(both: tuple[int, int]) -> int:
    return both[0]


def _held(both: tuple[int, int]) -> int:
    return both[1]


def _free(both: tuple[int, int]) -> int:
    return both[0] - both[1]
