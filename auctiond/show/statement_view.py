"""A statement on paper: for the terminal, as CSV, and as HTML that prints well. Pure."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterator

from rich.table import Table

from auctiond.pg.ledger_book import StatementLine
from auctiond.pg.statements import Statement
from auctiond.show.tables import amounts, grid
from ledger.accounts import CALLS, currency_of, unit_of
from market.money import dollars

KINDS = {"topup": "top-up", "expire": "expired", "chargeback_won": "chargeback won"}
CSV_HEAD = (
    "at",
    "what",
    "change",
    "held_change",
    "balance",
    "unit",
    "call",
    "ref",
    "reason",
    "move",
)
STYLE = """
@page { size: A4; margin: 18mm }
body { font: 10pt/1.4 system-ui, sans-serif; color: #111; max-width: 190mm; margin: auto }
h1 { font-size: 14pt } dt { float: left; width: 9em; color: #555 } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; margin-top: 6mm }
thead { display: table-header-group } tr { break-inside: avoid }
th, td { text-align: left; padding: 2px 8px 2px 0; border-bottom: 1px solid #ddd }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.id { font: 8pt ui-monospace, monospace; word-break: break-all } tfoot td { font-weight: bold }
"""


def statement_table(found: Statement, width: int) -> Table:
    """Return a row for each change and its call or payment, between opening and closing."""
    count = len(found.lines)
    columns = [["", *_shown(found, [line.posted_change for line in found.lines]), ""]]
    names = [">change"]
    if _is_bounded(found):
        held = _shown(found, [line.held_change for line in found.lines])
        columns.append(["", *held, ""])
        names.append(">held change")
    columns.append(_shown(found, list(balances(found))))
    names.append(">balance")
    times = [found.since, *(line.at for line in found.lines), found.until]
    whats = ["opening", *(what(line) for line in found.lines), "closing"]
    causes = ["", *(cause(line) for line in found.lines), ""]
    rows = [
        [f"{times[at]:%Y-%m-%d %H:%M:%S}", whats[at], *(each[at] for each in columns), causes[at]]
        for at in range(count + 2)
    ]
    return grid(["at (UTC)", "what", *names, "for"], rows, width)


def balances(found: Statement) -> Iterator[int]:
    """Yield the balance at the opening, after each line, and at the closing."""
    balance = found.opening
    yield balance
    for line in found.lines:
        balance += line.posted_change
        yield balance
    yield balance


def statement_csv(found: Statement) -> str:
    """Return the statement as CSV: amounts are decimals, times ISO 8601."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEAD)
    unit = unit_of(found.account)
    opening, *after, closing = (_plain(found, balance) for balance in balances(found))
    writer.writerow([found.since.isoformat(), "opening", "", "", opening, unit, "", "", "", ""])
    for line, balance in zip(found.lines, after, strict=True):
        change, held = _plain(found, line.posted_change), _plain(found, line.held_change)
        call = str(line.call_id or "")
        writer.writerow(
            [line.at.isoformat(), what(line), change, held, balance, unit, call, line.ref,
             line.reason, str(line.transfer_id)]
        )  # fmt: skip
    writer.writerow([found.until.isoformat(), "closing", "", "", closing, unit, "", "", "", ""])
    return out.getvalue()


def statement_html(found: Statement) -> str:
    """Return the statement as a page of its own that prints on A4."""
    unit = (currency_of(unit_of(found.account) or "") or CALLS).upper()
    title = f"Statement of {html.escape(found.account)}"
    opening, *after, closing = (_plain(found, balance) for balance in balances(found))
    rows = "".join(
        f'<tr><td>{line.at:%Y-%m-%d %H:%M:%S}</td><td>{what(line)}</td><td class="n">'
        f'{_plain(found, line.posted_change)}</td><td class="n">{balance}</td>'
        f'<td class="id">{html.escape(cause(line))}</td></tr>\n'
        for line, balance in zip(found.lines, after, strict=True)
        if line.posted_change  # What was only set aside is no money of anybody else's yet.
    )
    period = f"{found.since:%Y-%m-%d %H:%M} to {found.until:%Y-%m-%d %H:%M} UTC"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style></head>
<body><h1>{title}</h1>
<dl><dt>Period</dt><dd>{period}</dd><dt>Currency</dt><dd>{unit}</dd>
<dt>Opening</dt><dd>{opening}</dd><dt>Closing</dt><dd>{closing}</dd></dl>
<table><thead><tr><th>at (UTC)</th><th>what</th><th class="n">change</th><th class="n">balance</th>
<th>for</th></tr></thead>
<tbody>
{rows}</tbody>
<tfoot><tr><td colspan="3">Closing</td><td class="n">{closing}</td><td></td></tr></tfoot></table>
</body></html>
"""


def what(line: StatementLine) -> str:
    """Return the word for what changed the account."""
    return KINDS.get(line.kind, line.kind)


def cause(line: StatementLine) -> str:
    """Return what the change was for: a call, a payment, or a person's reason."""
    if line.call_id:
        return f"call {line.call_id}"
    if line.ref:
        return f"payment {line.ref}"
    return line.reason or f"move {line.transfer_id}"


def _is_bounded(found: Statement) -> bool:
    return any(line.posted is not None for line in found.lines)


def _shown(found: Statement, values: list[int]) -> list[str]:
    if unit_of(found.account) == CALLS:
        return [f"{value:,}" for value in values]
    return amounts(values)


def _plain(found: Statement, value: int) -> str:
    return str(value) if unit_of(found.account) == CALLS else dollars(value)
