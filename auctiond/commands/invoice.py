"""`auctiond invoice`: what was billed, to whom, and giving a part of it back."""

from __future__ import annotations

from uuid import uuid4

import click

from auctiond.billing.card_commands import ONCE, dollars_of
from auctiond.billing.invoice_desk import REASONS
from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.payment_tables import day, owner
from auctiond.show.tables import amounts, grid, show
from auctiond.show.terminal import terminal
from market.money import dollars, micros

PAGE_MAX = 500


@click.group(cls=Listed)
def command() -> None:
    """See invoices and credit notes, issue what is due, and give a part back."""


@command.command("list")
@click.argument("payer", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def list_command(payer: str | None, limit: int, server: ServerPlace) -> None:
    """List the newest invoices and credit notes, of PAYER (a buyer, or usage:main) or of all."""
    query = {"limit": str(limit)} | ({"payer": payer} if payer else {})
    with server.open() as client:
        found = client.get("/v1/invoices", **query)["invoices"]
    if not found:
        click.echo("There is no invoice yet. A month is invoiced when it is over.")
        return
    totals = amounts(_signed(one["total"]) for one in found)
    rows = [
        [
            one["number"],
            day(one["issued_ms"]),
            owner(one["payer"]),
            one["month"],
            total,
            f"credit note for {one['of']}: {one['reason']}" if one["of"] else "",
        ]
        for one, total in zip(found, totals, strict=True)
    ]
    console = terminal()
    names = ["number", "issued (UTC)", "payer", "month", ">total", ""]
    show(console, grid(names, rows, console.width))


@command.command("show")
@click.argument("no")
@click.option("--html", is_flag=True, help="As a page that prints well, in place of text.")
@server_options
def show_command(no: str, html: bool, server: ServerPlace) -> None:
    """Print the invoice or credit note NO (its number, with or without the prefix)."""
    with server.open() as client:
        shape = "html" if html else "text"
        reply = client.send("GET", f"/v1/invoices/{_no(no)}", query={"as": shape})
    click.echo(reply.text, nl=False)


@command.command("run")
@server_options
def run_command(server: ServerPlace) -> None:
    """Rate usage, charge it, and issue what is due, now instead of in a few minutes."""
    with server.open() as client:
        issued = client.post("/v1/invoices/run", {})["issued"]
    click.echo(f"Issued: {', '.join(map(str, issued)) or 'nothing was due'}.")


@command.command("credit")
@click.argument("no")
@click.argument("amount")
@click.option("--reason", required=True, type=click.Choice(REASONS))
@ONCE
@server_options
def credit_command(
    no: str, amount: str, reason: str, once: str | None, server: ServerPlace
) -> None:
    """Give AMOUNT of the invoice NO back to its wallet, by a credit note."""
    asked = {"amount": dollars(dollars_of(amount)), "reason": reason}
    with server.open() as client:
        note = client.post(f"/v1/invoices/{_no(no)}/credit-notes", asked, once or str(uuid4()))
    click.echo(f"{note['number']}: {note['total']} {note['currency']}, {owner(note['payer'])}")


def _no(text: str) -> str:
    digits = text[len(text.rstrip("0123456789")) :]
    if not digits:
        raise click.ClickException(f"NO: expected the number of an invoice, not {text!r}")
    return digits.lstrip("0") or "0"


def _signed(text: str) -> int:
    return -micros(text[1:]) if text.startswith("-") else micros(text)
