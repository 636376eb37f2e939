"""`auctiond wallet` for cards: charge one, have one left on a page, give money back, look."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import click

from auctiond.net.api_client import ApiClient
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.payment_tables import (
    cards_table,
    disputes_table,
    payment_lines,
    payments_table,
)
from auctiond.show.tables import show
from auctiond.show.terminal import terminal
from market.money import Micros, MoneyError, dollars, micros

PAGE_MAX = 500
WAIT_S = 30.0  # For a processor that is slow. It goes on without us.
POLL_S = 0.25
OPEN = ("new", "asked")
ID_CHARS, ID_LEAST = 36, 4
ONCE = click.option("--once", help="A key of your own: the same one again does it only once.")
PAYER = click.argument("payer")


def id_of(client: ApiClient, text: str) -> str:
    """Return the id of a payment that somebody gave whole, or by its end. Raises ClickException."""
    wanted = text.strip().lower()
    if len(wanted) >= ID_CHARS:
        return wanted
    recent = client.get("/v1/top-ups", limit=str(PAGE_MAX))["top_ups"]
    found: list[str] = [one["id"] for one in recent if one["id"].endswith(wanted)]
    if len(found) == 1 and len(wanted) >= ID_LEAST:
        return found[0]
    many = f"{len(found)} ids end" if found else "no id ends"
    raise click.ClickException(f"{many} in {text!r}, among the newest {PAGE_MAX}; give it whole")


def dollars_of(text: str, name: str = "AMOUNT") -> Micros:
    """Return an amount that somebody typed. Raises ClickException."""
    try:
        return micros(text.replace(",", ""))
    except MoneyError:
        shown = f"{name}: expected dollars, like 500.00, not {text!r}"
        raise click.ClickException(shown) from None


@click.command("charge")
@PAYER
@click.argument("amount")
@click.option("--card", default="", help="The card at Stripe; else the newest on file.")
@ONCE
@server_options
def charge(payer: str, amount: str, card: str, once: str | None, server: ServerPlace) -> None:
    """Charge a card of PAYER (a buyer, or usage:main), and put AMOUNT into the wallet."""
    asked = {"payer": payer, "amount": dollars(dollars_of(amount)), "method": card}
    with server.open() as client:
        made = client.post("/v1/top-ups", asked, once or str(uuid4()))
        _tell_end(client, made["id"])


@click.command("page")
@PAYER
@click.argument("amount", required=False)
@ONCE
@server_options
def page(payer: str, amount: str | None, once: str | None, server: ServerPlace) -> None:
    """Open a page where PAYER pays AMOUNT by card; without AMOUNT only leaves the card.

    The card is kept at Stripe for later. The page is good for a day.
    """
    asked = {"payer": payer}
    if amount is not None:
        asked["amount"] = dollars(dollars_of(amount))
    with server.open() as client:
        click.echo(client.post("/v1/checkouts", asked, once or str(uuid4()))["url"])


@click.command("refund")
@click.argument("payment")
@click.argument("amount", required=False)
@ONCE
@server_options
def refund(payment: str, amount: str | None, once: str | None, server: ServerPlace) -> None:
    """Give PAYMENT back to its card, or AMOUNT of it. It leaves the wallet first."""
    asked = {} if amount is None else {"amount": dollars(dollars_of(amount))}
    with server.open() as client:
        path = f"/v1/top-ups/{id_of(client, payment)}/refunds"
        made = client.post(path, asked, once or str(uuid4()))
        _tell_end(client, made["id"])


@click.command("payments")
@click.argument("payer", required=False)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def payments(payer: str | None, limit: int, server: ServerPlace) -> None:
    """List the newest payments by card and refunds, of PAYER or of all."""
    query = {"limit": str(limit)} | ({"payer": payer} if payer else {})
    with server.open() as client:
        found = client.get("/v1/top-ups", **query)["top_ups"]
    if not found:
        click.echo("No card has paid anything yet.")
        return
    console = terminal()
    show(console, payments_table(found, console.width))


@click.command("payment")
@click.argument("payment_id", metavar="PAYMENT")
@server_options
def payment(payment_id: str, server: ServerPlace) -> None:
    """Show PAYMENT, and what happened to it."""
    with server.open() as client:
        for line in payment_lines(client.get(f"/v1/top-ups/{id_of(client, payment_id)}")):
            click.echo(line)


@click.command("cards")
@click.argument("payer", required=False)
@server_options
def cards(payer: str | None, server: ServerPlace) -> None:
    """List the cards on file, of PAYER or of all: Stripe's ids, as nothing else is known."""
    with server.open() as client:
        query = {"payer": payer} if payer else {}
        found = client.get("/v1/payment-methods", **query)["payment_methods"]
    if not found:
        click.echo("There is no card on file. Have one left on a page: auctiond wallet page PAYER")
        return
    console = terminal()
    show(console, cards_table(found, console.width))


@click.command("forget-card")
@click.argument("card")
@server_options
def forget_card(card: str, server: ServerPlace) -> None:
    """Have CARD forgotten, here and at Stripe."""
    with server.open() as client:
        client.delete(f"/v1/payment-methods/{card}")
    click.echo(f"{card} is forgotten.")


@click.command("disputes")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, PAGE_MAX))
@server_options
def disputes(limit: int, server: ServerPlace) -> None:
    """List what card owners dispute, newest first. Answer them at Stripe."""
    with server.open() as client:
        found = client.get("/v1/disputes", limit=str(limit))["disputes"]
    if not found:
        click.echo("Nobody disputes a payment.")
        return
    console = terminal()
    show(console, disputes_table(found, console.width))


def _tell_end(client: ApiClient, id_: str) -> None:
    """Wait until a payment is over, and tell; one that takes long goes on without us."""
    until = time.monotonic() + WAIT_S
    one: dict[str, Any] = client.get(f"/v1/top-ups/{id_}")
    while one["state"] in OPEN and time.monotonic() < until:
        time.sleep(POLL_S)
        one = client.get(f"/v1/top-ups/{id_}")
    for line in payment_lines(one):
        click.echo(line)
    if one["state"] == "failed":
        raise click.ClickException(f"it failed: {one['reason']}")
    if one["state"] != "done":
        click.echo(f"It goes on; look at it with: auctiond wallet payment {id_}")


CARD_COMMANDS = (charge, page, refund, payments, payment, cards, forget_card, disputes)
