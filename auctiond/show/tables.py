"""Tables for people at a terminal: the commands and the demo share them. Pure.

Columns line up, numbers to the right; only the last column wraps, so no code is ever cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from market.money import UNIT

GAP = 2  # Between columns.
LAST_MIN = 12  # A column that wraps at fewer characters is hard to read.
MICROS_DIGITS = 6
CENTS_DIGITS = 2

Cell: TypeAlias = str | Text


def grid(columns: Sequence[str], rows: Iterable[Sequence[Cell]], width: int) -> Table:
    """Return a table; a column whose name begins with ">" goes to the right.

    It is as wide as `width` at the most, or as all but its last column need.
    """
    cells = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    names = [name.lstrip(">") for name in columns]
    widths = [
        max([len(name), *(row[at].cell_len for row in cells)]) for at, name in enumerate(names)
    ]
    fixed = sum(widths[:-1]) + GAP * (len(widths) - 1)
    last = max(min(widths[-1], LAST_MIN), min(widths[-1], width - fixed))
    table = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    table.show_header = any(names)
    table.width = fixed + last
    for at, name in enumerate(names):
        is_last = at == len(names) - 1
        table.add_column(
            name,
            justify="right" if columns[at].startswith(">") else "left",
            width=last if is_last else widths[at],
            no_wrap=not is_last,
            overflow="fold",
        )
    for row in cells:
        table.add_row(*row)
    return table


def show(console: Console, *tables: RenderableType) -> None:
    """Print tables; what is wider than the terminal goes on in its next line, uncut."""
    for table in tables:
        console.print(table, crop=False, overflow="ignore", highlight=False, markup=False)


def amounts(values: Iterable[int | None]) -> list[str]:
    """Return micros as dollars that line up: all with as many digits as one of them needs."""
    known = list(values)
    digits = max([CENTS_DIGITS, *(_digits(value) for value in known if value is not None)])
    return ["" if value is None else _dollars(value, digits) for value in known]


def amount(value: int) -> str:
    """Return one amount of micros as dollars."""
    return amounts([value])[0]


def seconds(ms: int) -> str:
    """Return milliseconds as seconds, with a tenth; nothing for none."""
    return f"{ms / 1000:,.1f}" if ms else ""


def _digits(micros: int) -> int:
    return len(f"{abs(micros) % UNIT:0{MICROS_DIGITS}d}".rstrip("0"))


def _dollars(micros: int, digits: int) -> str:
    sign, rest = "-" if micros < 0 else "", abs(micros)
    return f"{sign}{rest // UNIT:,}.{rest % UNIT:0{MICROS_DIGITS}d}"[
        : digits - MICROS_DIGITS or None
    ]
