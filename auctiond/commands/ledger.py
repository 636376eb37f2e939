"""`auctiond ledger`: look at the money, and prove that nobody changed its history."""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO, TypeVar

import click
import trio
from rich.console import Console

from auctiond.command_group import Listed
from auctiond.config import ConfigError, Settings, load_settings
from auctiond.database import as_auditor, connect, open_database_beside
from auctiond.jobs.putting_away import is_due, put_months_away
from auctiond.jobs.seal import read_seal_file
from auctiond.pg.door import Pg
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.ledger_book import STATEMENT_ROWS, read_balances
from auctiond.pg.ledger_check import verify
from auctiond.pg.months import MonthKept, PutAway, file_name, read_file, read_months, why_kept
from auctiond.pg.place import EmbeddedError
from auctiond.pg.statements import Statement, read_whole_statement
from auctiond.show.ledger_view import (
    balance_table,
    checked_table,
    problem_lines,
    verify_lines,
)
from auctiond.show.long_work import LongWork
from auctiond.show.month_view import file_lines, gaps, month_table
from auctiond.show.statement_view import statement_csv, statement_html, statement_table
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from auctiond.start_error import StartError, first_cause
from ledger.accounts import CALLS, unit_of
from ledger.chart import chart
from ledger.seals import Seals
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
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The file of a month, in place of the database. Again for the months after it, in order.",
)
def verify_command(config: Path | None, seals: Path | None, files: tuple[Path, ...]) -> None:
    """Recompute every balance, sum and hash. Exit 1 if anything is not as it was written."""
    settings = _settings(config)
    path = seals or settings.seal_path
    sealed = _sealed(path)
    if files:
        _verify_files(files, sealed)
        return
    with LongWork() as work:
        report = _run(settings, lambda pg: verify(pg, sealed, work.show))
    console = terminal()
    show(console, checked_table(report, console.width))
    for line in (*verify_lines(report, path, sealed), *problem_lines(report)):
        click.echo(line)
    if not report.ok:
        raise click.exceptions.Exit(1)


def _verify_files(paths: tuple[Path, ...], sealed: Seals) -> None:
    found = []
    for path in paths:
        try:
            found.append(read_file(path, sealed))
        except (OSError, EOFError, zlib.error) as error:
            raise click.ClickException(f"{path}: cannot be read: {error}") from None
        for line in file_lines(path, found[-1]):
            click.echo(line)
    missing = list(gaps(found))
    for line in missing:
        click.echo(line)
    if missing or any(one.problems for one in found):
        raise click.exceptions.Exit(1)
    click.echo("Everything is as it was written.")


def _sealed(path: Path) -> Seals:
    try:
        return read_seal_file(path)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read: {error.strerror}") from None


@command.command()
@CONFIG
def months(config: Path | None) -> None:
    """List the months of the ledger, and where each is: in the database, or in its file."""
    found = _run(_settings(config), read_months)
    console = terminal()
    show(console, month_table(found, console.width))


@command.command()
@CONFIG
@click.option("--dry-run", is_flag=True, help="Only say what would go, and what stays and why.")
def archive(config: Path | None, *, dry_run: bool) -> None:
    """Write the months over seven years old into files, and take them out of the database."""
    settings = _settings(config)
    today = datetime.now(UTC).date()
    if dry_run:
        for line in _run(settings, lambda pg: _would_go(pg, settings, today)):
            click.echo(line)
        return
    done: list[PutAway] = []
    with LongWork() as work:
        places = (settings.months_path, settings.seal_path, today)
        try:
            _run(
                settings,
                lambda pg: put_months_away(pg, *places, done.append, work.show),
                only_looks=False,
            )
        except MonthKept as kept:
            raise click.ClickException(f"{kept.month:%Y-%m} stays: {kept.why}") from None
        finally:
            for one in done:
                click.echo(f"{one.month:%Y-%m} is out of the database and in {one.path}.")
    if not done:
        click.echo("No month is over seven years old.")


async def _would_go(pg: Pg, settings: Settings, today: date) -> list[str]:
    due = [one.month for one in await read_months(pg) if is_due(one, today)]
    if not due:
        return ["No month is over seven years old."]
    if why := await why_kept(pg, due[0]):
        return [f"{due[0]:%Y-%m} would stay, and all after it: {why}."]
    return [f"{each:%Y-%m} would go into {settings.months_path / file_name(each)}." for each in due]


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
    if found.asked_from:
        gone = f"The months before {found.since:%Y-%m} are not in the database any more"
        click.echo(f"{gone}; see auctiond ledger months.", err=True)
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


def _run(settings: Settings, ask: Callable[[Pg], Awaitable[T]], *, only_looks: bool = True) -> T:
    async def main() -> T:
        beside = open_database_beside(settings, _say)
        async with beside as where, connect(as_auditor(where) if only_looks else where) as pg:
            return await ask(pg)

    try:
        return trio.run(main)
    except* (PgAway, PgError) as group:
        why = first_cause(group)
        raise click.ClickException(f"the database did not answer as it should: {why}") from None
    except* (StartError, EmbeddedError) as group:
        raise click.ClickException(str(first_cause(group))) from None
    except* MonthKept as group:
        raise first_cause(group) from None
    raise AssertionError("one of the above")


def _say(text: str) -> None:
    click.echo(text, err=True)
