"""`auctiond return`: sales that buyers bring back: asked for, decided, undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from auctiond.command_group import Listed
from auctiond.commands.call import full_id
from auctiond.net.api_client import ApiClient
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.return_tables import acts_grid, notes_grid, return_grid, returns_grid
from auctiond.show.tables import show
from auctiond.show.terminal import heading, terminal

PAGE_MAX = 500
STATES = click.Choice(["pending", "approved", "partial", "rejected", "undone"])
NOTE = click.option("--note", default="", help="In words; kept sealed, as it may name the caller.")
REASON = click.option("--reason", default="", help="A word for the record, like goodwill.")


@click.group(cls=Listed)
def command() -> None:
    """Sales that buyers bring back: ask for a return, approve, reject, undo; void a sale."""


@command.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@click.option("--state", type=STATES, help="Only these.")
@click.option("--buyer", help="Only of this buyer.")
@server_options
def list_command(limit: int, state: str | None, buyer: str | None, server: ServerPlace) -> None:
    """List the newest returns, newest first."""
    query = {name: text for name, text in (("state", state), ("buyer", buyer)) if text}
    with server.open() as client:
        found = client.get("/v1/returns", limit=str(limit), **query)["returns"]
    if not found:
        click.echo("There are none.")
        return
    console = terminal()
    show(console, returns_grid(found, console.width))


@command.command("show")
@click.argument("return_id", metavar="RETURN")
@server_options
def show_command(return_id: str, server: ServerPlace) -> None:
    """Show RETURN, a number or an id: who did what, and the notes."""
    with server.open() as client:
        one = client.get(f"/v1/returns/{_id(client, return_id)}")
    console = terminal()
    show(console, return_grid(one, console.width))
    heading(console, "What happened")
    show(console, acts_grid(one, console.width))
    if one["notes"]:
        heading(console, "Notes")
        show(console, notes_grid(one["notes"], console.width))


@command.command("request")
@click.argument("call_id", metavar="CALL")
@click.option("--reason", required=True, help="One of the buyer's terms, like not_qualified.")
@click.option("--amount", help="Dollars; all that was charged, if left out.")
@NOTE
@click.option("--late", is_flag=True, help="Though the window of the terms is over.")
@server_options
def request_command(
    call_id: str, reason: str, amount: str | None, note: str, late: bool, server: ServerPlace
) -> None:
    """Ask for the money of the sold CALL back; a rule of the terms may decide at once."""
    with server.open() as client:
        body = {"call": full_id(client, call_id), "reason": reason, "note": note, "late": late}
        one = client.post("/v1/returns", body | ({"amount": amount} if amount else {}))
    _tell(one)


@command.command("approve")
@click.argument("return_id", metavar="RETURN")
@click.option("--amount", help="Dollars, for a part; all that was asked for, if left out.")
@click.option("--keep-payout", is_flag=True, help="The publisher keeps its share; you bear it.")
@REASON
@NOTE
@server_options
def approve_command(
    return_id: str,
    amount: str | None,
    keep_payout: bool,
    reason: str,
    note: str,
    server: ServerPlace,
) -> None:
    """Give the money of RETURN back, and take the publisher's share of it back."""
    more = {"keep_payout": keep_payout} | ({"amount": amount} if amount else {})
    _decide(server, return_id, "approve", reason, note, **more)


@command.command("reject")
@click.argument("return_id", metavar="RETURN")
@REASON
@NOTE
@server_options
def reject_command(return_id: str, reason: str, note: str, server: ServerPlace) -> None:
    """Give nothing back for RETURN."""
    _decide(server, return_id, "reject", reason, note)


@command.command("undo")
@click.argument("return_id", metavar="RETURN")
@REASON
@NOTE
@server_options
def undo_command(return_id: str, reason: str, note: str, server: ServerPlace) -> None:
    """Charge again what was given back for RETURN."""
    _decide(server, return_id, "undo", reason, note)


@command.command("void")
@click.argument("call_id", metavar="CALL")
@click.option("--reason", required=True, help="A word for the record, like test_call.")
@NOTE
@server_options
def void_command(call_id: str, reason: str, note: str, server: ServerPlace) -> None:
    """Take the sale of CALL back whole, at once and whatever the terms say."""
    with server.open() as client:
        path = f"/v1/calls/{full_id(client, call_id)}/void"
        _tell(client.post(path, {"reason": reason, "note": note}))


def _decide(
    server: ServerPlace, return_id: str, how: str, reason: str, note: str, **more: object
) -> None:
    with server.open() as client:
        path = f"/v1/returns/{_id(client, return_id)}/{how}"
        _tell(client.post(path, {"reason": reason, "note": note} | more))


def _tell(one: dict[str, Any]) -> None:
    told: dict[str, Callable[[], str]] = {
        "pending": lambda: "waits for a decision",
        "rejected": lambda: "was rejected",
        "undone": lambda: f"was taken back; {one['back']} were charged again",
    }
    how = told.get(one["state"], lambda: f"was {one['state']}: {one['back']} went back")
    click.echo(f"Return {one['no']} of {one['buyer']} over {one['charged']} {how()}.")


def _id(client: ApiClient, text: str) -> str:
    """Return the id of the return that `text` names: its number, or its id."""
    if not text.isdecimal():
        return text
    found = client.get("/v1/returns", limit="1", before=str(int(text) + 1))["returns"]
    if not found or found[0]["no"] != int(text):
        raise click.ClickException(f"there is no return {text}; see auctiond return list")
    return str(found[0]["id"])
