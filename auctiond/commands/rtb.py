"""`auctiond rtb`: what publishers asked, what they were answered, and why."""

from __future__ import annotations

from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.net.api_client import ApiClient
from auctiond.rtb.matching import bid_id as read_id
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.rtb_tables import ID_SHOWN, bid_table, bidders_table, pings_table
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal

PAGE_MAX = 500  # Pings in one answer of the server.


@click.group(cls=Listed)
def command() -> None:
    """List what publishers asked for, and show why one got its bid, or none."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--door", metavar="ID", help="Only pings at this door.")
@click.option("--before", metavar="BID_ID", help="Only pings older than this one: the next page.")
@server_options
def list_command(limit: int, door: str | None, before: str | None, server: ServerPlace) -> None:
    """List the newest pings of publishers, newest first."""
    query = {"limit": str(limit)} | ({"door": door} if door else {})
    with server.open() as client:
        more = {"before": full_id(client, before)} if before else {}
        bids = client.get("/v1/rtb/bids", **query, **more)["bids"]
    if not bids:
        click.echo("There are no older pings." if before else "Nobody has pinged yet.")
        return
    console = terminal()
    show(console, pings_table(bids, console.width))
    if len(bids) == limit:
        click.echo(f"\nOlder ones: auctiond rtb list --before {bids[-1]['id'][-ID_SHOWN:]}")


@command.command("show")
@click.argument("bid_id")
@server_options
def show_command(bid_id: str, server: ServerPlace) -> None:
    """Show the ping BID_ID: what was promised or why nothing, and what each target did.

    The last characters of an id will do, as `auctiond rtb list` shows them.
    """
    with server.open() as client:
        bid: dict[str, Any] = client.get(f"/v1/rtb/bids/{full_id(client, bid_id)}")
    console = terminal()
    show(console, bid_table(bid, console.width))
    heading(console, "What each target did")
    if not bid["candidates"]:
        click.echo("No target was asked.")
        return
    show(console, bidders_table(bid["candidates"], console.width))


def full_id(client: ApiClient, text: str) -> str:
    """Return the id that `text` means: a whole one, or the end of a recent one."""
    if read_id(text) is not None:
        return text
    bids = client.get("/v1/rtb/bids", limit=str(PAGE_MAX))["bids"]
    found: list[str] = [bid["id"] for bid in bids if bid["id"].endswith(text.lower())]
    if len(found) == 1:
        return found[0]
    among = f"among the newest {PAGE_MAX} pings" if len(bids) == PAGE_MAX else "among all pings"
    many = f"{len(found)} ids end" if found else "no id ends"
    raise click.ClickException(f"{many} in {text!r}, {among}; give the whole id")
