"""`auctiond call`: which calls there were, all about one of them, and what a person decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from auctiond.command_group import Listed
from auctiond.net.api_client import ApiClient
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.call_tables import (
    ID_SHOWN,
    calls_table,
    candidates_table,
    reasons_table,
    record_table,
    timeline_table,
)
from auctiond.show.post_tables import posts_table, tries_table
from auctiond.show.tables import amounts, grid, show
from auctiond.show.terminal import heading, terminal

PAGE_MAX = 500  # Calls in one answer of the server; so many a short id is looked for in.


@click.group(cls=Listed)
def command() -> None:
    """List calls, and show what happened in one."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--before", metavar="ID", help="Only calls older than this one: the next page.")
@server_options
def list_command(limit: int, before: str | None, server: ServerPlace) -> None:
    """List the newest calls, newest first."""
    with server.open() as client:
        query = {"before": full_id(client, before)} if before else {}
        calls = client.get("/v1/calls", limit=str(limit), **query)["calls"]
    if not calls:
        click.echo("There are no older calls." if before else "There are no calls yet.")
        return
    console = terminal()
    show(console, calls_table(calls, console.width))
    if len(calls) == limit:
        click.echo(f"\nOlder ones: auctiond call list --before {calls[-1]['id'][-ID_SHOWN:]}")


@command.command("show")
@click.argument("call_id")
@server_options
def show_command(call_id: str, server: ServerPlace) -> None:
    """Show the call CALL_ID: its record, its timeline, and why each buyer did or did not get it.

    The last characters of an id will do, as `auctiond call list` shows them.
    """
    with server.open() as client:
        call: dict[str, Any] = client.get(f"/v1/calls/{full_id(client, call_id)}")
    console = terminal()
    width = console.width
    show(console, record_table(call, width))
    heading(console, "What happened, in ms since it arrived")
    show(console, timeline_table(call, width))
    heading(console, "Why each target did or did not get it")
    if not call["candidates"]:
        click.echo("No target was looked at: no auction took place.")
        return
    show(console, candidates_table(call, width), "", reasons_table(call, width))
    if call["posts"]:
        heading(console, "What the buyers said to the lead")
        show(console, tries_table(call, width))


@command.command()
@server_options
def reviews(server: ServerPlace) -> None:
    """List what is held and waits for a person, because nobody knows how long they talked."""
    with server.open() as client:
        found = client.get("/v1/reviews")["reviews"]
    if not found:
        click.echo("Nothing waits for a decision.")
        return
    prices = amounts(one["price_micros"] for one in found)
    rows = [
        [one["call"][-ID_SHOWN:], str(one["leg"]), price, one["buyer"] or "", one["why"]]
        for one, price in zip(found, prices, strict=True)
    ]
    console = terminal()
    show(console, grid(["call", ">leg", ">price", "buyer", "why"], rows, console.width))


@command.command()
@server_options
def posts(server: ServerPlace) -> None:
    """List the leads that a buyer may have taken or not: their posts got no answer."""
    with server.open() as client:
        found = client.get("/v1/posts")["posts"]
    if not found:
        click.echo("Every post of a lead was answered.")
        return
    console = terminal()
    show(console, posts_table(found, console.width))


@command.command()
@click.argument("call_id")
@click.option("--leg", required=True, type=click.IntRange(1), help="Which offer of the call.")
@click.option("--accepted", "outcome", flag_value="accepted", help="The buyer has the lead.")
@click.option("--refused", "outcome", flag_value="refused", help="The buyer did not take it.")
@server_options
def posted(call_id: str, leg: int, outcome: str | None, server: ServerPlace) -> None:
    """Say what became of a lead of CALL_ID (see `auctiond call posts`). It is not sent again."""
    if outcome is None:
        raise click.UsageError("say what the buyer told: --accepted or --refused")
    with server.open() as client:
        path = f"/v1/calls/{full_id(client, call_id)}/posts"
        client.post(path, {"leg": leg, "outcome": outcome})
    click.echo(f"The lead of leg {leg} of call {call_id} is on record: {outcome}.")


@command.command()
@click.argument("call_id")
@click.option("--leg", required=True, type=click.IntRange(1), help="Which offer of the call.")
@click.option("--capture", "outcome", flag_value="capture", help="It was a sale: take the money.")
@click.option("--release", "outcome", flag_value="release", help="It was none: give it back.")
@server_options
def settle(call_id: str, leg: int, outcome: str | None, server: ServerPlace) -> None:
    """Decide what becomes of the money held for a leg of CALL_ID (see `auctiond call reviews`)."""
    if outcome is None:
        raise click.UsageError("say what it was: --capture or --release")
    with server.open() as client:
        path = f"/v1/calls/{full_id(client, call_id)}/settle"
        client.post(path, {"leg": leg, "outcome": outcome})
    click.echo(f"Leg {leg} of call {call_id} is settled: {outcome}.")


def full_id(client: ApiClient, text: str) -> str:
    """Return the id of the call that `text` means: the whole id, or the end of a recent one."""
    try:
        return str(UUID(text))
    except ValueError:
        wanted = text.lower()
    calls = client.get("/v1/calls", limit=str(PAGE_MAX))["calls"]
    found: list[str] = [call["id"] for call in calls if call["id"].endswith(wanted)]
    if len(found) == 1:
        return found[0]
    if not found:
        many = f"the newest {PAGE_MAX} calls" if len(calls) == PAGE_MAX else f"all {len(calls)}"
        raise click.ClickException(
            f"no call ends in {text!r}, among {many}; give the whole id (`auctiond call list`)"
        )
    listed = "\n  ".join(found[:10])
    raise click.ClickException(f"{len(found)} calls end in {text!r}; give more of it:\n  {listed}")
