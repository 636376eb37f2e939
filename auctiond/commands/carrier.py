"""`auctiond carrier`: which carriers are set up here, and what is missing in an account."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import httpx2
from rich.text import Text

from auctiond.carrier_audit import audit
from auctiond.carrier_files import carrier_files
from auctiond.carriers import begun, missing, outbound
from auctiond.command_group import Listed
from auctiond.config import ConfigError, Settings, load_settings
from auctiond.show.tables import grid, show
from auctiond.show.terminal import terminal
from telephony._audit import Finding

config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="The server's settings."
)


@click.group(cls=Listed)
def command() -> None:
    """List carriers, and check what is missing for one. Needs no server."""


@command.command("list")
@config_option
def list_command(config: Path | None) -> None:
    """List the carriers, whether they are set up here, and where their webhooks come."""
    settings = _settings(config)
    console, ours = terminal(), outbound(settings)
    rows = []
    for name, carrier in carrier_files().items():
        gaps = missing(settings, name)
        state = "set up" if not gaps else "begun" if name in begun(settings) else "-"
        rows.append(
            (
                name,
                carrier.TITLE,
                state,
                "yes" if name == ours and not gaps else "" if carrier.CALLS_OUT else "cannot",
                settings.hook_url(name) if not gaps else "needs " + ", ".join(gaps),
            )
        )
    columns = ("name", "carrier", "state", "calls back", "webhooks, or what is missing")
    show(console, grid(columns, rows, console.width))


@command.command()
@click.argument("name", type=click.Choice(list(carrier_files())))
@config_option
def check(name: str, config: Path | None) -> None:
    """Say what is missing to take calls from carrier NAME: here, and in your account there.

    Asks the carrier's API, and changes nothing. Ends with 1 if anything has to be mended.
    """
    settings, console = _settings(config), terminal()
    # A test hands its transport to the command as click's object.
    transport = click.get_current_context().find_object(httpx2.BaseTransport)
    with httpx2.Client(transport=transport, trust_env=False) as client:
        found = list(audit(settings, name, client))
    rows = [
        (
            _verdict(one),
            Text.assemble(one.what, *([("\n" + one.mend, "italic")] if one.mend else [])),
        )
        for one in found
    ]
    show(console, grid(("", ""), rows, console.width))
    wrong = sum(not one.good for one in found)
    if wrong:
        click.echo(f"{wrong} to mend; docs/carriers.md leads through it.")
        sys.exit(1)


def _verdict(found: Finding) -> Text:
    if found.is_advice:
        return Text("advice", style="yellow")
    return Text("ok", style="green") if found.good else Text("WRONG", style="bold red")


def _settings(config: Path | None) -> Settings:
    try:
        return load_settings(config)
    except ConfigError as error:
        raise click.ClickException(f"the settings are wrong:\n{error}") from None
