"""`auctiond ledger`: look at the money, and prove that nobody changed its history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO, TypeVar

import click
import trio
from rich.console import Console

from auctiond.command_group import Listed
from auctiond.config import ConfigError, Settings, load_settings
from auctiond.database import as_auditor, connect, open_database_beside
from auctiond.jobs.seal import read_seal_file
from auctiond.pg.door import Pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.ledger_book import STATEMENT_ROWS, read_balances
from auctiond.pg.ledger_check import verify
from auctiond.pg.place import EmbeddedError
from auctiond.pg.statements import Statement, read_whole_statement
from auctiond.show.ledger_view import (
    balance_table,
    checked_table,
    problem_lines,
    verify_lines,
)
from auctiond.show.long_work import LongWork
from auctiond.show.statement_view import statement_csv, statement_html, statement_table
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from auctiond.start_error import StartError, first_cause
from ledger.accounts import CALLS, unit_of
from ledger.chart import chart
from market.money import dollars

T = TypeVar("T")
DAYS = 30  # What a statement shows when not told otherwise.
WIDE = 1_000  # A file wraps nothing.
CONFIG = click.option("--config", type=click.Path(path_type=Path), help="The server's settings.")


@click.group(cls=Listed)
def command() -> None:
    """The ledger: balances, statements, and whether it is whole."""


@command.command("verify")
@CONFIG
@click.option(
    "--seals",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The seal file to compare with; else that of the settings.",
)
def verify_command(config: Path | None, seals: Path | None) -> None:
    """Recompute every balance, sum and hash. Exit 1 if anything is not as it was written."""
    settings = _settings(config)
    path = seals or settings.seal_path
    try:
        sealed = read_seal_file(path)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {error.strerror}") from None
    with LongWork() as work:
        report = _run(settings, lambda pg: verify(pg, sealed, work.show))
    console = terminal()
    show(console, checked_table(report, console.width))
    for line in (*verify_lines(report, path, sealed), *problem_lines(report)):
        click.echo(line)
    if not report.ok:
        raise click.exceptions.Exit(1)


@command.command("chart")
def chart_command() -> None:
    """Print the chart of accounts, and which moves there are, as docs/ledger.md shows it."""
    click.echo(chart())


@command.command()
@CONFIG
@click.argument("prefix", default="wallet:")
def balance(config: Path | None, prefix: str) -> None:
    """Show the balances of the accounts whose names begin with PREFIX (default: wallets)."""
    found = _run(_settings(config), lambda pg: read_balances(pg, prefix))
    if not found:
        click.echo(f"No account with a balance begins with {prefix!r}.")
        return
    console = terminal()
    show(console, balance_table(found, console.width))


@command.command()
@CONFIG
@click.argument("account")
@click.option("--since", type=click.DateTime(), help=f"UTC; default: {DAYS} days before --until.")
@click.option("--until", type=click.DateTime(), help="UTC; default: now.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "html"]), default="text")
@click.option("--output", type=click.File("w", encoding="utf-8"), help="A file; default: here.")
def statement(
    config: Path | None,
    account: str,
    since: datetime | None,
    until: datetime | None,
    form: str,
    output: TextIO | None,
) -> None:
    """Show what changed ACCOUNT (wallet:BUYER, publisher:ID, margin, ...), oldest first."""
    if unit_of(account) is None:
        raise click.ClickException(
            f"{account!r} is no account; they look like wallet:acme, publisher:p1, slot:t1, margin"
        )
    end = until.replace(tzinfo=UTC) if until else datetime.now(UTC)
    start = since.replace(tzinfo=UTC) if since else end - timedelta(days=DAYS)
    found = _run(_settings(config), lambda pg: read_whole_statement(pg, account, start, end))
    if form != "text":
        click.echo(
            statement_csv(found) if form == "csv" else statement_html(found), output, nl=False
        )
    elif not found.lines:
        period = f"from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
        click.echo(
            f"Nothing changed {account} {period}; it stood at {_shown(account, found)}.", output
        )
    else:
        console = Console(file=output, width=WIDE) if output else terminal()
        show(console, statement_table(found, console.width))
    if found.is_cut:
        click.echo(
            f"These are the first {STATEMENT_ROWS:,} lines; ask for less with --until.", err=True
        )


def _shown(account: str, found: Statement) -> str:
    return str(found.closing) if unit_of(account) == CALLS else dollars(found.closing)


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None


def _run(settings: Settings, ask: Callable[[Pg], Awaitable[T]]) -> T:
    async def main() -> T:
        beside = open_database_beside(settings, _say)
        async with beside as where, connect(as_auditor(where)) as pg:
            return await ask(pg)

    try:
        return trio.run(main)
    except* (PgAway, PgError) as group:
        why = first_cause(group)
        raise click.ClickException(f"the database did not answer as it should: {why}") from None
    except* (StartError, EmbeddedError) as group:
        raise click.ClickException(str(first_cause(group))) from None
    raise AssertionError("one of the above")


def _say(text: str) -> None:
    click.echo(text, err=True)
