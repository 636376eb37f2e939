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


@click.group()
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
    """List the formats, what their targets must set, and their stages."""
    library = known_formats(config)
    table = Table(box=None)
    table.add_column("name", no_wrap=True)
    for heading in ("title", "stages", "cases"):
        table.add_column(heading)
    table.add_column("what a target sets", no_wrap=True)
    for form in library.values():
        stages = [one for one in ("ping", "confirm", "cancel", "post") if getattr(form, one)]
        cases = str(len(form.cases))
        table.add_row(form.name, escape(form.title), " ".join(stages), cases, _sets(form))
    terminal().print(table)


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


def _sets(form: BuyerFormat) -> str:
    """Return what a target of the format brings, each on a line; in brackets what it may."""
    lines = [escape("[url]") if form.url else "url"]
    for name, setting in form.settings.items():
        optional = setting.optional or bool(setting.default)
        lines.append(escape(f"[settings.{name}]" if optional else f"settings.{name}"))
    return "\n".join([*lines, *(f"secrets.{name}" for name in form.secrets)])


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
