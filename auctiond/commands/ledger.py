"""`auctiond ledger`: look at the money, and prove that nobody changed its history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import click
import trio
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from auctiond.jobs.seal import read_seal_file
from auctiond.pg.door import Pg, open_pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.ledger_book import StatementLine, read_balances, read_statement
from auctiond.pg.ledger_check import Report, verify
from ledger.accounts import CALLS, unit_of
from ledger.seals import Seals
from market.money import dollars

T = TypeVar("T")
DAYS = 30  # What a statement shows when not told otherwise.
PROBLEMS_SHOWN = 20
URL = click.option(
    "--url", envvar="AUCTIOND_DATABASE_URL", required=True, help="The database to read."
)


@click.group()
def command() -> None:
    """The ledger: balances, statements, and whether it is whole."""


@command.command("verify")
@URL
@click.option(
    "--seals", type=click.Path(path_type=Path, exists=True), help="The seal file to compare with."
)
def verify_command(url: str, seals: Path | None) -> None:
    """Recompute every balance, sum and hash. Fails if anything is not as it was written."""
    sealed = read_seal_file(seals) if seals else Seals()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        report = _run(url, lambda pg: verify(pg, sealed, _shown_on(bar)))
    click.echo(_summary(report))
    if seals is None:
        click.echo("no --seals given: a cut end, or a history written anew, would not be noticed")
    for problem in report.problems[:PROBLEMS_SHOWN]:
        click.echo(f"  {problem.place}: {problem.what}")
    if report.problems:
        raise click.ClickException(f"{len(report.problems)} things are not as they were written")


@command.command()
@URL
@click.argument("prefix", default="wallet:")
def balance(url: str, prefix: str) -> None:
    """Show the balances of the accounts whose names begin with PREFIX (default: wallets)."""
    found = _run(url, lambda pg: read_balances(pg, prefix))
    table = _table("account", "posted", "held", "free")
    for account, (posted, held) in found.items():
        amounts = (_shown(account, amount) for amount in (posted, held, posted - held))
        table.add_row(account, *amounts)
    Console().print(table)


@command.command()
@URL
@click.argument("account")
@click.option("--since", type=click.DateTime(), help=f"UTC; default: {DAYS} days ago.")
@click.option("--until", type=click.DateTime(), help="UTC; default: now.")
def statement(url: str, account: str, since: datetime | None, until: datetime | None) -> None:
    """Show what changed ACCOUNT (wallet:BUYER, publisher:ID, margin, ...), oldest first."""
    if unit_of(account) is None:
        raise click.ClickException(
            f"{account!r} is no account; they look like wallet:acme, publisher:p1, slot:t1, margin"
        )
    end = until.replace(tzinfo=UTC) if until else datetime.now(UTC)
    start = since.replace(tzinfo=UTC) if since else end - timedelta(days=DAYS)
    lines = _run(url, lambda pg: read_statement(pg, account, start, end))
    table = _table("at (UTC)", "what", "for", "posted", "held", "balance")
    for line in lines:
        table.add_row(*_statement_row(account, line))
    Console().print(table)


def _statement_row(account: str, line: StatementLine) -> tuple[str, ...]:
    balance = "" if line.posted is None else _shown(account, line.posted)
    changes = (_shown(account, line.posted_change), _shown(account, line.held_change))
    about = str(line.call_id) if line.call_id else line.ref
    return (f"{line.at:%Y-%m-%d %H:%M:%S}", line.kind, about, *changes, balance)


def _shown(account: str, amount: int) -> str:
    return str(amount) if unit_of(account) == CALLS else dollars(amount)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in columns:
        numeric = name in ("posted", "held", "free", "balance")
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    return table


def _summary(report: Report) -> str:
    rate = report.entries / report.took_s if report.took_s else 0.0
    return (
        f"checked {report.entries} entries of {report.accounts} accounts, {report.transfers} moves"
        f" with {report.lines} lines, {report.seals} seals"
        f" in {report.took_s:.1f} s ({rate:,.0f} entries/s): {'ok' if report.ok else 'NOT ok'}"
    )


def _shown_on(bar: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what)
        bar.update(tasks[what], completed=done, total=max(done, total))

    return show


def _run(url: str, ask: Callable[[Pg], Awaitable[T]]) -> T:
    async def main() -> T:
        async with open_pg(url, connections_max=1) as pg:
            return await ask(pg)

    try:
        return trio.run(main)
    except (PgAway, PgError) as error:
        raise click.ClickException(f"the database did not answer as it should: {error}") from None
