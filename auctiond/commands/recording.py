"""`auctiond recording`: what was recorded, links to listen, deleting, and the law of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.net.api_client import ApiClient
from auctiond.recording.link import MINUTES, MINUTES_MAX
from auctiond.recording_law import recording_law_of
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.recording_tables import (
    history_grid,
    law_grid,
    recording_grid,
    recordings_grid,
    time_of,
)
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal
from auctiond.start_error import StartError

PAGE_MAX = 500  # Recordings in one answer of the server.
ID_LEAST = 4  # Characters of an id's end.
STATES = ["asked", "told", "kept", "deleting", "gone", "lost", "elsewhere"]


@click.group(cls=Listed)
def command() -> None:
    """List recordings and show one, make links to listen, delete; show the law of recording."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--call", help="Only those of this call, by its whole id.")
@click.option("--state", type=click.Choice(STATES), help="Only these.")
@server_options
def list_command(limit: int, call: str | None, state: str | None, server: ServerPlace) -> None:
    """List the newest recordings, newest first."""
    query = {"limit": str(limit)} | ({"call": call} if call else {})
    with server.open() as client:
        told = client.get("/v1/recordings", **query | ({"state": state} if state else {}))
    if not told["recordings"]:
        click.echo("There are none.")
        return
    console = terminal()
    show(console, recordings_grid(told["recordings"], console.width))


@command.command("show")
@click.argument("recording_id")
@server_options
def show_command(recording_id: str, server: ServerPlace) -> None:
    """Show the recording RECORDING_ID, and all that happened to it: who made links, who listened.

    The last characters of an id will do, as `auctiond recording list` shows them.
    """
    with server.open() as client:
        found: dict[str, Any] = client.get(f"/v1/recordings/{_full_id(client, recording_id)}")
    console = terminal()
    show(console, recording_grid(found, console.width))
    heading(console, "What happened")
    show(console, history_grid(found, console.width))


@command.command("link")
@click.argument("recording_id")
@click.option(
    "--minutes",
    default=MINUTES,
    show_default=True,
    type=click.IntRange(1, MINUTES_MAX),
    help="For how long it is good.",
)
@server_options
def link_command(recording_id: str, minutes: int, server: ServerPlace) -> None:
    """Print a link under which whoever has it may listen. Each use is put on record.

    Takes a key with the scope `recordings`.
    """
    with server.open() as client:
        path = f"/v1/recordings/{_full_id(client, recording_id)}/links"
        made = client.post(path, {"minutes": minutes})
    click.echo(made["url"])
    click.echo(f"Good until {time_of(made['expires_ms'])}.", err=True)


@command.command("delete")
@click.argument("recording_id")
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
def delete_command(recording_id: str, yes: bool, server: ServerPlace) -> None:
    """Delete the recording RECORDING_ID, at once and for good.

    Takes a key with the scope `recordings`.
    """
    with server.open() as client:
        id_ = _full_id(client, recording_id)
        if not yes:
            click.confirm(f"Delete the recording {id_}?", abort=True)
        client.send("DELETE", f"/v1/recordings/{id_}")
    click.echo("Deleted.")


@command.command("law")
@click.option("--file", "path", type=click.Path(exists=True, path_type=Path), help="Your own.")
def law_command(path: Path | None) -> None:
    """Show where all parties must agree to a recording, and where that stands. Needs no server."""
    try:
        law = recording_law_of(path)
    except StartError as error:
        raise click.ClickException(str(error)) from None
    console = terminal()
    show(console, law_grid(law, console.width))
    click.echo("A place that is not in the table, or not known, counts as all.")


def _full_id(client: ApiClient, text: str) -> str:
    """Return the id that `text` means: a whole one, or the end of a recent one."""
    if len(text) == 36:
        return text
    recent = client.get("/v1/recordings", limit=str(PAGE_MAX))["recordings"]
    found: list[str] = [one["id"] for one in recent if one["id"].endswith(text.lower())]
    if len(found) == 1 and len(text) >= ID_LEAST:
        return found[0]
    many = f"{len(found)} ids end" if found else "no id ends"
    raise click.ClickException(f"{many} in {text!r}, among the newest {PAGE_MAX}; give it whole")
