"""`auctiond plan`: what using auctiond costs: plans, and which one holds."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import quote

import click

from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.tables import grid, show
from auctiond.show.terminal import terminal
from billing.plans import TOPICS


@click.group(cls=Listed)
def command() -> None:
    """Set plans (a monthly fee, what it includes, and prices), and subscribe to one."""


@command.command("list")
@server_options
def list_command(server: ServerPlace) -> None:
    """List the plans: the fee, and what of each is included, and the price of one more."""
    with server.open() as client:
        plans = client.get("/v1/plans")["plans"]
    if not plans:
        click.echo("There are no plans. Set one: auctiond plan set NAME FILE")
        return
    topics = TOPICS[1:]
    rows = [
        [
            plan["name"],
            plan["monthly_fee"],
            *(f"{plan[each]['included']:,}, then {plan[each]['price']}" for each in topics),
        ]
        for plan in plans
    ]
    console = terminal()
    show(console, grid(["plan", ">fee", *topics], rows, console.width))


@command.command("set")
@click.argument("name")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@server_options
def set_command(name: str, file: Path, server: ServerPlace) -> None:
    """Set the plan NAME from FILE (TOML). Who has subscribed to it before keeps the terms."""
    try:
        told = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file} is no TOML: {error}") from None
    with server.open() as client:
        client.put(f"/v1/plans/{quote(name, safe='')}", told)
    click.echo(f"The plan {name} is set. To have it: auctiond plan subscribe {name}")


@command.command("subscribe")
@click.argument("name")
@click.option("--from", "month", help="The first month, like 2026-12; else this one.")
@server_options
def subscribe_command(name: str, month: str | None, server: ServerPlace) -> None:
    """Subscribe to the plan NAME. It is paid from the wallet usage:main."""
    with server.open() as client:
        path = f"/v1/plans/{quote(name, safe='')}/subscribe"
        done = client.post(path, {"from": month} if month else {})
    click.echo(f"The plan {done['plan']} holds from {done['from']} on.")
