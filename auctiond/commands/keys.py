"""`auctiond keys`: make, list and revoke API keys. A key is shown once, when it is made."""

from __future__ import annotations

import re
from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.keys.api_key import ENVIRONMENTS, SCOPES
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.tables import grid, show
from auctiond.show.terminal import terminal

PATH = "/v1/keys"
SCOPE_HELP = "; ".join(f"{name}: {meaning}" for name, meaning in SCOPES.items())


@click.group(cls=Listed)
def command() -> None:
    """Make, list and revoke API keys. All of it takes a key with the scope admin."""


@command.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    default=("read",),
    show_default=True,
    type=click.Choice(list(SCOPES)),
    help=f"What it may do; more than once for more rights. {SCOPE_HELP}.",
)
@click.option("--test", "is_test", is_flag=True, help="Mark it as a key for testing.")
@server_options
def create(name: str, scopes: tuple[str, ...], is_test: bool, server: ServerPlace) -> None:
    """Make a key called NAME, which says whose it is, and print it: this once."""
    order = {"name": name, "scopes": list(scopes), "environment": ENVIRONMENTS[is_test]}
    with server.open() as client:
        made = client.post(PATH, order)
    click.echo(made["key"])
    click.echo("Keep it now: it is not stored, and is not shown again.", err=True)


@command.command()
@click.argument("key_id")
@server_options
def revoke(key_id: str, server: ServerPlace) -> None:
    """Revoke the key KEY_ID (see `auctiond keys list`), at once and for good."""
    if not re.fullmatch(r"[a-z2-7]{8}", key_id):
        raise click.ClickException(
            f"{key_id[:12]!r} is no id of a key; `auctiond keys list` has them, in 8 letters"
        )
    with server.open() as client:
        client.send("DELETE", f"{PATH}/{key_id}")
    click.echo(f"Key {key_id} is revoked.")


@command.command("list")
@server_options
def list_command(server: ServerPlace) -> None:
    """List all keys, also revoked ones."""
    with server.open() as client:
        keys = client.get(PATH)["keys"]
    console = terminal()
    rows = [_row(key) for key in keys]
    show(console, grid(["id", "created", "revoked", "scopes", "name"], rows, console.width))


def _row(key: dict[str, Any]) -> list[str]:
    days = [(key[name] or "")[:10] for name in ("created_at", "revoked_at")]
    return [key["id"], *days, ",".join(key["scopes"]), key["name"]]
