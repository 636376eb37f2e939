"""`auctiond buyer`: try a buyer's file, and see which there are."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auctiond.server_place import ServerPlace, server_options
from auctiond.show.health_view import health_grid
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from buyers.cases import CaseRun, Step, run_cases
from buyers.errors import BindError, BuyerFileError
from buyers.format import BuyerFormat
from buyers.library import LIBRARY, load_format, load_library
from market.http import HttpReply, HttpRequest

SHOWN_MAX = 2000  # Characters of an answer; the rest is rarely what is wrong.
UNSEEN = re.compile(r"[^\x20-\x7e\n\u00a0-\uffff]")  # An answer may not command the terminal.


@click.group()
def command() -> None:
    """Try buyers' formats, and list them."""


@command.command("test")
@click.argument("which", metavar="FILE|NAME")
@click.option("--quiet", is_flag=True, help="Only whether each case passes.")
def test_command(which: str, quiet: bool) -> None:
    """Run the cases of a buyer's file: what is sent, what comes back, what is read of it.

    Nothing leaves this machine, and secrets are stand-ins.
    """
    console = Console(highlight=False, soft_wrap=True)
    form = _load(which)
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


@command.command("list")
def list_command() -> None:
    """List the formats, what their targets must set, and their stages."""
    try:
        library = load_library()
    except BuyerFileError as error:
        raise click.ClickException(str(error)) from None
    table = Table("name", "title", "stages", "cases", box=None)
    table.add_column("what a target sets", no_wrap=True)
    for form in library.values():
        stages = [one for one in ("ping", "confirm", "cancel", "post") if getattr(form, one)]
        cases = str(len(form.cases))
        table.add_row(form.name, escape(form.title), " ".join(stages), cases, _sets(form))
    Console(highlight=False).print(table)


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
    lines = ["url"]
    for name, setting in form.settings.items():
        optional = setting.optional or bool(setting.default)
        lines.append(escape(f"[settings.{name}]" if optional else f"settings.{name}"))
    return "\n".join([*lines, *(f"secrets.{name}" for name in form.secrets)])


def _load(which: str) -> BuyerFormat:
    path = Path(which)
    if path.suffix != ".toml":
        path = LIBRARY / f"{which}.toml"
        if not path.is_file():
            names = ", ".join(sorted(found.stem for found in LIBRARY.glob("*.toml")))
            raise click.ClickException(f"there is no format {which!r}; there are: {names}")
    try:
        return load_format(path)
    except BuyerFileError as error:
        raise click.ClickException(str(error)) from None


def _show(console: Console, run: CaseRun, quiet: bool) -> None:
    mark = "[red]fails[/red]" if run.problems else "[green]passes[/green]"
    console.print(f"{mark}  {escape(run.case.name)}")
    for step in run.steps if not quiet else ():
        _show_step(console, step)
    for problem in run.problems:
        console.print(f"    [red]{escape(_plain(problem))}[/red]")


def _show_step(console: Console, step: Step) -> None:
    if step.request is not None:
        _show_lines(console, f"{step.stage} >", _request_lines(step.request))
        _show_lines(console, f"{step.stage} <", _reply_lines(step.reply))
    read = (f"{name}: {value}" for name, value in step.read.items())
    _show_lines(console, "read", "\n".join(read))


def _request_lines(request: HttpRequest) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in request.headers)
    return f"{request.method} {request.url}\n{headers}{_body(request.body)}"


def _reply_lines(reply: HttpReply) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in reply.headers)
    return f"{reply.status}\n{headers}{_body(reply.body)}"


def _body(body: bytes) -> str:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return body.decode(errors="replace")


def _show_lines(console: Console, label: str, text: str) -> None:
    for n, line in enumerate(_plain(text[:SHOWN_MAX]).splitlines()):
        console.print(f"    {label if n == 0 else '':<10} {escape(line)}".rstrip())


def _plain(text: str) -> str:
    return UNSEEN.sub("?", text)
