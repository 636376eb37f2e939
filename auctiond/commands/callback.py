"""`auctiond callback`: who asked to be called, what became of it, and whom we do not call."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from auctiond.callback_law import law_of
from auctiond.command_group import Listed
from auctiond.net.api_client import ApiClient
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.callback_tables import (
    callback_grid,
    callbacks_grid,
    events_grid,
    lists_grid,
    rules_grid,
)
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal
from auctiond.start_error import StartError
from compliance.screening import normalise

PAGE_MAX = 500  # Callbacks in one answer of the server.
SEND_MAX = 1000  # Numbers in one request.
WRONG_SHOWN_MAX = 5  # Lines of a file that are told.
ID_LEAST = 4  # Characters of an id's end.


@click.group(cls=Listed)
def command() -> None:
    """List callbacks, show and cancel them; say whom not to call; show the calling hours."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--state", type=click.Choice(["waiting", "calling", "over"]), help="Only these.")
@server_options
def list_command(limit: int, state: str | None, server: ServerPlace) -> None:
    """List the newest callbacks, newest first."""
    query = {"limit": str(limit)} | ({"state": state} if state else {})
    with server.open() as client:
        found = client.get("/v1/callbacks", **query)["callbacks"]
    if not found:
        click.echo("There are none.")
        return
    console = terminal()
    show(console, callbacks_grid(found, console.width))


@command.command("show")
@click.argument("callback_id")
@server_options
def show_command(callback_id: str, server: ServerPlace) -> None:
    """Show the callback CALLBACK_ID: its attempts, and all that happened to it.

    The last characters of an id will do, as `auctiond callback list` shows them.
    """
    with server.open() as client:
        found: dict[str, Any] = client.get(f"/v1/callbacks/{_full_id(client, callback_id)}")
    console = terminal()
    show(console, callback_grid(found, console.width))
    heading(console, "What happened")
    show(console, events_grid(found, console.width))


@command.command("cancel")
@click.argument("callback_id")
@server_options
def cancel_command(callback_id: str, server: ServerPlace) -> None:
    """Call off the callback CALLBACK_ID, if it waits."""
    with server.open() as client:
        whole = _full_id(client, callback_id)
        client.post(f"/v1/callbacks/{whole}/cancel", {})
    click.echo(f"Cancelled {whole}.")


@command.command("suppress")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--list", "name", default="revoked", show_default=True, help="On which list.")
@server_options
def suppress_command(numbers: tuple[str, ...], name: str, server: ServerPlace) -> None:
    """Put NUMBERS on a list of whom we do not call: from now on, also for what waits."""
    with server.open() as client:
        _tell(client.post("/v1/suppressions", {"list": name, "numbers": list(numbers)}))


@command.command("unsuppress")
@click.argument("numbers", nargs=-1, required=True)
@click.option("--list", "name", default="revoked", show_default=True, help="Off which list.")
@server_options
def unsuppress_command(numbers: tuple[str, ...], name: str, server: ServerPlace) -> None:
    """Take NUMBERS off a list: these people have agreed anew."""
    with server.open() as client:
        body = {"list": name, "numbers": list(numbers)}
        gone = client.post("/v1/suppressions/remove", body)["removed"]
    click.echo(f"Took {gone} off {name}.")


@command.command("import-suppressions")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "name", required=True, help='The list, like "dnc-internal".')
@server_options
def import_command(file: Path, name: str, server: ServerPlace) -> None:
    """Put the numbers in FILE on a list: one a line, in the first column of a CSV file.

    All lines are read first; one that is no number refuses the file.
    """
    numbers = _read(file)
    added = ended = 0
    with server.open() as client:
        for at in range(0, len(numbers), SEND_MAX):
            part = {"list": name, "numbers": numbers[at : at + SEND_MAX]}
            done = client.post("/v1/suppressions", part)
            added, ended = added + done["added"], ended + done["callbacks_ended"]
    click.echo(f"{len(numbers)} numbers read, {added} new on {name}; {ended} callbacks are over.")


@command.command("suppressions")
@server_options
def lists_command(server: ServerPlace) -> None:
    """List the lists of whom we do not call, and how many are on each."""
    with server.open() as client:
        found = client.get("/v1/suppressions")["lists"]
    if not found:
        click.echo("There are none.")
        return
    console = terminal()
    show(console, lists_grid(found, console.width))


@command.command("hours")
@click.option("--file", "path", type=click.Path(exists=True, path_type=Path), help="Your own.")
def hours_command(path: Path | None) -> None:
    """Show when people may be called, by state, and where each rule stands. Needs no server."""
    try:
        law = law_of(path)
    except StartError as error:
        raise click.ClickException(str(error)) from None
    console = terminal()
    show(console, rules_grid(law, console.width))


def _read(file: Path) -> list[str]:
    """Return the numbers of a file; a head line is passed over. What is wrong is not shown."""
    numbers, wrong = [], []
    for at, cell in _cells(file):
        number = normalise(cell)
        if number:
            numbers.append(number)
        elif at > 1 or any(char.isdigit() for char in cell):
            wrong.append(at)
    if wrong:
        lines = ", ".join(map(str, wrong[:WRONG_SHOWN_MAX]))
        more = f" and {len(wrong) - WRONG_SHOWN_MAX} more" if len(wrong) > WRONG_SHOWN_MAX else ""
        raise click.ClickException(
            f'{file}: no phone number in line {lines}{more}; one looks like "+12125550123"'
        )
    return numbers


def _cells(file: Path) -> Iterator[tuple[int, str]]:
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        for at, line in enumerate(lines, 1):
            cell = line.split(",")[0].strip().strip('"').strip()
            if cell:
                yield at, cell


def _tell(done: dict[str, Any]) -> None:
    told = f"{done['added']} new on {done['list']}; {done['callbacks_ended']} callbacks are over"
    click.echo(
        told + (f"; {done['calls_ended']} were being called." if done["calls_ended"] else ".")
    )


def _full_id(client: ApiClient, text: str) -> str:
    """Return the id that `text` means: a whole one, or the end of a recent one."""
    if len(text) == 36:
        return text
    recent = client.get("/v1/callbacks", limit=str(PAGE_MAX))["callbacks"]
    found: list[str] = [one["id"] for one in recent if one["id"].endswith(text.lower())]
    if len(found) == 1 and len(text) >= ID_LEAST:
        return found[0]
    many = f"{len(found)} ids end" if found else "no id ends"
    raise click.ClickException(f"{many} in {text!r}, among the newest {PAGE_MAX}; give it whole")
