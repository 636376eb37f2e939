"""`auctiond reconcile`: whether Stripe's books and ours say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.payment_tables import day as minute
from auctiond.show.tables import grid, show
from auctiond.show.terminal import terminal

PAGE_MAX = 500


@click.group(cls=Listed)
def command() -> None:
    """Compare Stripe's balance transactions with the ledger; differences are never booked."""


@command.command("run")
@click.option("--day", help="Which day (UTC), like 2026-11-23; else yesterday.")
@server_options
def run_command(day: str | None, server: ServerPlace) -> None:
    """Compare a day now. Exit 1 when anything differs."""
    asked = day or str(datetime.now(UTC).date() - timedelta(days=1))
    with server.open() as client:
        done = client.post("/v1/reconciliations", {"day": asked})
    click.echo(
        f"{done['day']}: {done['compared']:,} movements compared; fees {done['fees']}, "
        f"paid into the bank {done['payouts']}."
    )
    if not done["differences"]:
        click.echo("Stripe and the ledger say the same.")
        return
    _show(done["differences"])
    raise click.exceptions.Exit(1)


@command.command("list")
@click.option("--limit", default=30, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def list_command(limit: int, server: ServerPlace) -> None:
    """List what was compared, newest first, and all that differed."""
    with server.open() as client:
        found = client.get("/v1/reconciliations", limit=str(limit))["reconciliations"]
    if not found:
        click.echo("Nothing was compared yet. It is done every night, once cards are set up.")
        return
    rows = [
        [
            one["day"],
            minute(one["run_ms"]),
            f"{one['compared']:,}",
            one["fees"],
            one["payouts"],
            str(len(one["differences"]) or ""),
        ]
        for one in found
    ]
    console = terminal()
    names = ["day", "run (UTC)", ">compared", ">fees", ">to the bank", ">differences"]
    show(console, grid(names, rows, console.width))
    for one in found:
        if one["differences"]:
            click.echo(f"\n{one['day']}:")
            _show(one["differences"])


def _show(differences: list[dict[str, Any]]) -> None:
    rows = [
        [one["kind"], one["at_stripe"] or "nothing", one["in_ledger"] or "nothing", one["ref"]]
        for one in differences
    ]
    console = terminal()
    show(console, grid(["what", ">at Stripe", ">in the ledger", "which"], rows, console.width))
