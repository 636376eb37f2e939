"""`auctiond wallet auto`: how a wallet is filled by itself, and when its buyer is told."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from auctiond.billing.card_commands import PAYER, dollars_of
from auctiond.server_place import ServerPlace, server_options
from auctiond.show.payment_tables import rule_lines
from market.money import dollars


@click.command("auto")
@PAYER
@click.option("--below", help="Recharge when less than so many dollars are free.")
@click.option("--amount", help="So many dollars each time.")
@click.option("--card", help="The card at Stripe; else the newest on file.")
@click.option("--month-max", help="No more dollars than that in a calendar month.")
@click.option("--low", help="Tell the buyer when less than so many dollars are free.")
@click.option("--off", is_flag=True, help="Do not recharge.")
@server_options
def auto(payer: str, off: bool, server: ServerPlace, **options: str | None) -> None:
    """Show how the wallet of PAYER is recharged by itself; with options, set it.

    What is not given stays as it was. Setting it resumes one that was paused.
    """
    path = f"/v1/wallets/{quote(payer, safe='')}/auto-recharge"
    given = {name: text for name, text in options.items() if text is not None}
    with server.open() as client:
        rule = client.get(path)
        if given or off:
            rule = client.put(path, _changed(rule, given, off))
    for line in rule_lines(rule):
        click.echo(line)


def _changed(rule: dict[str, Any], given: dict[str, str], off: bool) -> dict[str, Any]:
    """Return the rule with what was given in place of what it had."""
    names = {"below": "threshold", "amount": "amount", "month_max": "month_max", "low": "low"}
    told = {each: rule.get(each) for each in ("threshold", "amount", "month_max", "low")}
    for name, field in names.items():
        if name in given:
            option = f"--{name.replace('_', '-')}"
            told[field] = dollars(dollars_of(given[name], option))
    starts = "below" in given or "amount" in given
    told["enabled"] = not off and (starts or rule["enabled"])
    told["method"] = given.get("card", rule.get("method") or "")
    if told["enabled"]:
        for name, field in (("--below", "threshold"), ("--amount", "amount")):
            if told[field] is None:
                raise click.ClickException(f"{name}: it is needed the first time, like 50.00")
    return {name: value for name, value in told.items() if value is not None}


RULE_COMMANDS = (auto,)
