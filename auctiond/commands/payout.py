"""`auctiond payout`: paying publishers: what is due, runs, approval, export, what was paid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.net.api_client import ApiClient
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.payout_tables import due_grid, items_grid, runs_grid
from auctiond.show.tables import show
from auctiond.show.terminal import terminal

PAGE_MAX = 500
UNTIL = click.option("--until", help="Sales before then, like 2026-12-01 (UTC); now, if left out.")


@click.group(cls=Listed)
def command() -> None:
    """Pay publishers: see what is due, make a run, approve it, export it, mark what was paid."""


@command.command("due")
@UNTIL
@server_options
def due_command(until: str | None, server: ServerPlace) -> None:
    """Show what each publisher is owed, and what a run would pay now."""
    with server.open() as client:
        query = {"until": until} if until else {}
        found = client.get("/v1/payouts/due", **query)["publishers"]
    if not found:
        click.echo("Nothing is owed to anybody.")
        return
    console = terminal()
    show(console, due_grid(found, console.width))


@command.command("run")
@UNTIL
@server_options
def run_command(until: str | None, server: ServerPlace) -> None:
    """Make a run: set aside what is due to each publisher. Nothing is paid by it."""
    with server.open() as client:
        run = client.post("/v1/payouts", {"until": until} if until else {})
        run = client.get(f"/v1/payouts/{run['id']}")
    _show(run)
    click.echo(f"\nApprove it with: auctiond payout approve {run['no']}")


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def list_command(limit: int, server: ServerPlace) -> None:
    """List the newest runs, newest first."""
    with server.open() as client:
        found = client.get("/v1/payouts", limit=str(limit))["payouts"]
    if not found:
        click.echo("There was no run yet.")
        return
    console = terminal()
    show(console, runs_grid(found, console.width))


@command.command("show")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@server_options
def show_command(no: int, server: ServerPlace) -> None:
    """Show what RUN pays to whom, and what of it was paid."""
    with server.open() as client:
        _show(client.get(f"/v1/payouts/{_id(client, no)}"))


@command.command("approve")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@server_options
def approve_command(no: int, server: ServerPlace) -> None:
    """Approve RUN: what it pays may be paid."""
    with server.open() as client:
        run = client.post(f"/v1/payouts/{_id(client, no)}/approve", {})
    click.echo(f"Run {no} over {run['amount']} is approved.")


@command.command("cancel")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@server_options
def cancel_command(no: int, server: ServerPlace) -> None:
    """Cancel RUN, if nothing of it was paid: all of it is due again."""
    with server.open() as client:
        client.post(f"/v1/payouts/{_id(client, no)}/cancel", {})
    click.echo(f"Run {no} is cancelled.")


@command.command("export")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file.")
@server_options
def export_command(no: int, output: Path | None, server: ServerPlace) -> None:
    """Write RUN as CSV: a line for each entry of the ledger that it pays, with its call."""
    with server.open() as client:
        text = client.send("GET", f"/v1/payouts/{_id(client, no)}/export").text
    if output is None:
        click.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    click.echo(f"{text.count(chr(10)) - 1} lines written to {output}.")


@command.command("mark-paid")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@click.argument("publishers", metavar="PUBLISHER...", nargs=-1)
@click.option("--ref", required=True, help="The bank's reference of the payment.")
@click.option("--all", "everybody", is_flag=True, help="All publishers of the run.")
@server_options
def mark_paid_command(
    no: int, publishers: tuple[str, ...], ref: str, everybody: bool, server: ServerPlace
) -> None:
    """Note that RUN was paid to each PUBLISHER; each is told."""
    if bool(publishers) == everybody:
        raise click.UsageError("Name publishers, or say --all.")
    with server.open() as client:
        id_ = _id(client, no)
        if everybody:
            run = client.get(f"/v1/payouts/{id_}")
            publishers = tuple(
                one["publisher"] for one in run["publishers"] if one["state"] == "open"
            )
        for publisher in publishers:
            body = {"publisher": publisher, "ref": ref}
            one = client.post(f"/v1/payouts/{id_}/paid", body)
            click.echo(f"{one['amount']} {one['currency']} were paid to {publisher}.")


@command.command("mark-failed")
@click.argument("no", metavar="RUN", type=click.IntRange(1))
@click.argument("publisher")
@click.option("--reason", required=True, help="A word for the record, like account_closed.")
@server_options
def mark_failed_command(no: int, publisher: str, reason: str, server: ServerPlace) -> None:
    """Note that the payment of RUN to PUBLISHER came back: it is due again."""
    with server.open() as client:
        body = {"publisher": publisher, "reason": reason}
        one = client.post(f"/v1/payouts/{_id(client, no)}/failed", body)
    click.echo(f"{one['amount']} {one['currency']} are owed to {publisher} again.")


def _show(run: dict[str, Any]) -> None:
    console = terminal()
    show(console, runs_grid([run], console.width), "", items_grid(run, console.width))


def _id(client: ApiClient, no: int) -> str:
    found = client.get("/v1/payouts", limit="1", before=str(no + 1))["payouts"]
    if not found or found[0]["no"] != no:
        raise click.ClickException(f"there is no run {no}; see auctiond payout list")
    return str(found[0]["id"])
