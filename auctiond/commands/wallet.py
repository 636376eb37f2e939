"""`auctiond wallet`: what buyers have left, and putting money into a wallet."""

from __future__ import annotations

from urllib.parse import quote
from uuid import uuid4

import click

from auctiond.billing.card_commands import CARD_COMMANDS, ONCE
from auctiond.billing.rule_commands import RULE_COMMANDS
from auctiond.command_group import Listed
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.entry_tables import entries_grid, holds_grid
from auctiond.show.return_tables import moment
from auctiond.show.tables import amount, amounts, grid, show
from auctiond.show.terminal import terminal
from market.money import MoneyError, dollars, micros

PAGE_MAX = 500  # Of one page of the API.


@click.group(cls=Listed)
def command() -> None:
    """See buyers' wallets, and fill them."""


for each in (*CARD_COMMANDS, *RULE_COMMANDS):
    command.add_command(each)


@command.command("list")
@server_options
def list_command(server: ServerPlace) -> None:
    """List the wallets: what is in each, what is held for calls under way, what is free."""
    with server.open() as client:
        wallets = client.get("/v1/wallets")["wallets"]
    if not wallets:
        click.echo("There are no buyers yet. They come with a network: auctiond network apply FILE")
        return
    names = ("balance", "held", "free")
    columns = [amounts(wallet[f"{name}_micros"] for wallet in wallets) for name in names]
    rows = [[wallet["buyer"], *cells] for wallet, *cells in zip(wallets, *columns, strict=True)]
    console = terminal()
    show(console, grid(["buyer", *(f">{name}" for name in names)], rows, console.width))


@command.command("top-up")
@click.argument("buyer")
@click.argument("amount_text", metavar="AMOUNT")
@click.option("--ref", required=True, help="The payment's id: the same one twice is one payment.")
@server_options
def top_up(buyer: str, amount_text: str, ref: str, server: ServerPlace) -> None:
    """Put AMOUNT dollars into the wallet of BUYER."""
    try:
        value = micros(amount_text.replace(",", ""))
    except MoneyError:
        raise click.ClickException(
            f"AMOUNT: expected dollars, like 500.00, not {amount_text!r}"
        ) from None
    with server.open() as client:
        path = f"/v1/wallets/{quote(buyer, safe='')}/top-ups"
        done = client.post(path, {"amount": dollars(value), "ref": ref})
        wallets = client.get("/v1/wallets")["wallets"]
    if not done["new"]:
        click.echo(f"Nothing was added: the payment {ref!r} had come before.")
    balance = next((w["balance_micros"] for w in wallets if w["buyer"] == buyer), 0)
    click.echo(f"The wallet of {buyer} has {amount(balance)}.")


@command.command()
@click.argument("taken_from", metavar="FROM")
@click.argument("given_to", metavar="TO")
@click.argument("amount_text", metavar="AMOUNT")
@click.option("--reason", required=True, help="A word for the record, like goodwill.")
@click.option("--note", default="", help="In words; kept sealed.")
@ONCE
@server_options
def adjust(
    taken_from: str,
    given_to: str,
    amount_text: str,
    reason: str,
    note: str,
    once: str | None,
    server: ServerPlace,
) -> None:
    """Put something right: move AMOUNT dollars from the account FROM to the account TO."""
    body = {"from": taken_from, "to": given_to, "amount": amount_text.replace(",", "")}
    with server.open() as client:
        path = "/v1/ledger/adjustments"
        done = client.post(path, body | {"reason": reason, "note": note}, once or str(uuid4()))
    click.echo(f"{done['amount']} went from {taken_from} to {given_to}: entry {done['id']}.")


@command.command()
@click.argument("account", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def entries(account: str | None, limit: int, server: ServerPlace) -> None:
    """List the newest entries of the ledger, of ACCOUNT (wallet:acme, publisher:p1) or of all."""
    query = {"limit": str(limit)} | ({"account": account} if account else {})
    with server.open() as client:
        found = client.get("/v1/ledger/entries", **query)["entries"]
    if not found:
        click.echo("There are none.")
        return
    console = terminal()
    show(console, entries_grid(found, console.width))


@command.command()
@click.argument("entry")
@click.argument("text", required=False, default="")
@server_options
def note(entry: str, text: str, server: ServerPlace) -> None:
    """Add the note TEXT to an entry of the ledger, which never changes; without, read its notes."""
    path = f"/v1/ledger/entries/{quote(entry, safe='')}/notes"
    with server.open() as client:
        if text:
            client.post(path, {"note": text})
            click.echo(f"Noted about {entry}.")
            return
        found = client.get(path)["notes"]
    for one in found:
        click.echo(f"{moment(one['at_ms'])}  {one['by']}: {one['text']}")
    if not found:
        click.echo("There are no notes.")


@command.command()
@server_options
def holds(server: ServerPlace) -> None:
    """List what is set aside for calls under way, or waits for a person, oldest first."""
    with server.open() as client:
        found = client.get("/v1/holds", limit=str(PAGE_MAX))
    if not found["holds"]:
        click.echo("Nothing is held.")
        return
    console = terminal()
    show(console, holds_grid(found["holds"], console.width))
    if found["count"] > len(found["holds"]):
        click.echo(f"These are the oldest of {found['count']:,}.")
