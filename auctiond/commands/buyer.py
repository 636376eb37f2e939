"""`auctiond buyer`: try a buyer's file, make one from an answer, and see which there are."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auctiond.buyer_tools import live as live_test
from auctiond.buyer_tools import propose
from auctiond.buyer_tools.find import find_format, known_formats
from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.exchange import plain, show_exchange, show_read
from auctiond.show.health_view import health_grid
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from buyers.cases import CaseRun, Step, run_cases
from buyers.errors import BindError
from buyers.format import BuyerFormat

config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="The server's settings."
)


@click.group(cls=Listed)
def command() -> None:
    """Try buyers' formats, make one from a sample answer, and list them."""


@command.command("test")
@click.argument("which", metavar="FILE|NAME")
@click.option("--quiet", is_flag=True, help="Only whether each case passes.")
@click.option("--live", is_flag=True, help="Send one test ping to the buyer, as [test] says.")
@live_test.options
@config_option
def test_command(
    which: str, quiet: bool, live: bool, config: Path | None, **live_options: object
) -> None:
    """Run the cases of a buyer's file: what is sent, what comes back, what is read of it.

    Without --live nothing leaves this machine, and secrets are stand-ins. With it one ping goes
    to the buyer, in its test mode, through the same wire that the server uses.
    """
    console = Console(highlight=False, soft_wrap=True)
    form = find_format(which, config)
    given = live_test.LiveOptions(**live_options)  # type: ignore[arg-type]
    if live:
        live_test.run(console, form, given, config)
        return
    if given != live_test.NOTHING:
        raise click.ClickException("these options are for --live: cases say all they need")
    _run_cases(console, form, quiet)


def _run_cases(console: Console, form: BuyerFormat, quiet: bool) -> None:
    if not form.cases:
        raise click.ClickException(f"{form.file} has no [[case]]: write a bid, a no and nonsense")
    try:
        runs = list(run_cases(form))
    except (BindError, ValueError) as error:
        raise click.ClickException(f"the example of {form.file} does not fit: {error}") from None
    for run in runs:
        _show(console, run, quiet)
    failed = sum(bool(run.problems) for run in runs)
    if failed:
        raise click.ClickException(f"{failed} of {len(runs)} cases of {form.name} fail")
    console.print(f"{len(runs)} cases of {escape(form.name)} pass")


@command.command("new")
@click.option(
    "--from-sample",
    "sample",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A bid as the buyer answers it: a file of JSON, XML or text.",
)
@click.option("--name", help="What to call the format; else as the sample is called.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file, not here.")
def new_command(sample: Path, name: str | None, output: Path | None) -> None:
    """Propose a buyer's file from a sample of a bid: price, ids, number, what says yes.

    The file loads, and the sample is its first case. What it asks of the buyer is a guess: the
    posting instructions say how the ping is written.
    """
    propose.run(sample, name, output)


@command.command("list")
@config_option
def list_command(config: Path | None) -> None:
    """List the formats there are, and the stages that each knows."""
    library = known_formats(config)
    table = Table(box=None, expand=True)
    table.add_column("name", no_wrap=True, min_width=max(map(len, library)))
    table.add_column("stages", no_wrap=True, min_width=len("ping confirm cancel post"))
    table.add_column("cases", no_wrap=True, min_width=5, justify="right")
    table.add_column("title", no_wrap=True, ratio=1)
    for form in library.values():
        table.add_row(form.name, " ".join(_stages(form)), str(len(form.cases)), escape(form.title))
    terminal().print(table)


@command.command("show")
@click.argument("which", metavar="FILE|NAME")
@config_option
def show_command(which: str, config: Path | None) -> None:
    """Show what a target sets for a format, and what for."""
    form = find_format(which, config)
    console = terminal()
    console.print(f"{escape(form.title)} ({', '.join(_stages(form))})")
    table = Table(box=None)
    for heading in ("a target sets", "needed", "for"):
        table.add_column(heading, no_wrap=heading != "for")
    table.add_row("url", "no" if form.url else "yes", "Where it is asked")
    for name, one in form.settings.items():
        needed = "no" if one.optional or one.default else "yes"
        default = f" (else {one.default})" if one.default else ""
        table.add_row(f"settings.{name}", needed, escape(one.about + default))
    for name, about in form.secrets.items():
        table.add_row(f"secrets.{name}", "yes", escape(about))
    console.print(table)


@command.command("health")
@server_options
def health_command(server: ServerPlace) -> None:
    """Show how the targets do that were pinged or paused since the server's start."""
    with server.open() as client:
        targets = client.get("/v1/targets")["targets"]
    if not targets:
        click.echo("No target was pinged or paused since the server's start.")
        return
    console = terminal()
    show(console, health_grid(targets, console.width))


@command.command("resume")
@click.argument("name")
@server_options
def resume_command(name: str, server: ServerPlace) -> None:
    """Let the target NAME, or all targets of the buyer NAME, that paused have calls again."""
    with server.open() as client:
        resumed = client.post(f"/v1/targets/{quote(name, safe='')}/resume", {})["resumed"]
    click.echo(f"Resumed: {', '.join(resumed)}." if resumed else f"{name} is not paused.")


def _stages(form: BuyerFormat) -> list[str]:
    return [one for one in ("ping", "confirm", "cancel", "post") if getattr(form, one)]


def _show(console: Console, run: CaseRun, quiet: bool) -> None:
    mark = "[red]fails[/red]" if run.problems else "[green]passes[/green]"
    console.print(f"{mark}  {escape(run.case.name)}")
    for step in run.steps if not quiet else ():
        _show_step(console, step)
    for problem in run.problems:
        console.print(f"    [red]{escape(plain(problem))}[/red]")


def _show_step(console: Console, step: Step) -> None:
    reply = step.reply if step.request is not None else None
    show_exchange(console, step.stage, step.request, reply)
    show_read(console, step.read)
