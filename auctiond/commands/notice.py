"""`auctiond notice`: what was told to whom, by mail and webhook, and what became of it."""

from __future__ import annotations

import click

from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.notice_tables import notices_grid
from auctiond.show.tables import show
from auctiond.show.terminal import terminal

PAGE_MAX = 500


@click.group(cls=Listed)
def command() -> None:
    """See what was told to buyers, publishers and the operator; test it; send again."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--party", help='Only to this one: "operator", "buyer/acme", "publisher/p1".')
@server_options
def list_command(limit: int, party: str | None, server: ServerPlace) -> None:
    """List the newest notices, newest first, and how each channel did."""
    query = {"limit": str(limit)} | ({"party": party} if party else {})
    with server.open() as client:
        found = client.get("/v1/notices", **query)["notices"]
    if not found:
        click.echo("Nobody was told anything yet.")
        return
    console = terminal()
    show(console, notices_grid(found, console.width))


@command.command("test")
@server_options
def test_command(server: ServerPlace) -> None:
    """Tell the operator a test, by mail and by the operator's webhooks."""
    with server.open() as client:
        client.post("/v1/notices/test", {})
    click.echo("It is on its way; see what becomes of it with: auctiond notice list")


@command.command("resend")
@click.argument("no", type=click.IntRange(1))
@server_options
def resend_command(no: int, server: ServerPlace) -> None:
    """Send the notice number NO again, by the channels it did not reach."""
    with server.open() as client:
        found = client.get("/v1/notices", limit="1", before=str(no + 1))["notices"]
        if not found or found[0]["no"] != no:
            raise click.ClickException(f"there is no notice {no}; see auctiond notice list")
        count = client.post(f"/v1/notices/{found[0]['id']}/resend", {})["channels"]
    click.echo(f"It goes out again by {count} channel{'s' if count > 1 else ''}.")


@command.command("resume")
@click.argument("webhook")
@server_options
def resume_command(webhook: str, server: ServerPlace) -> None:
    """Send to the webhook WEBHOOK again, which had answered 410 (Gone)."""
    with server.open() as client:
        client.post(f"/v1/webhooks/{webhook}/resume", {})
    click.echo(f"{webhook} is told again.")
