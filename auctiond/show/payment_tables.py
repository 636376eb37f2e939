"""Payments for people at a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.table import Table

from auctiond.show.tables import amounts, grid
from market.money import micros

Json = Mapping[str, Any]
ID_SHOWN = 8  # The end of an id: random, where its beginning is a time.
KINDS = {
    "top_up": "top-up",
    "page": "page",
    "setup": "card",
    "recharge": "auto",
    "refund": "refund",
}


def payments_table(found: Sequence[Json], width: int) -> Table:
    """Return a row for each payment or refund."""
    sums = amounts(micros(each["amount"]) for each in found)
    rows = [
        [
            day(each["at_ms"]),
            each["id"][-ID_SHOWN:],
            KINDS[each["kind"]],
            owner(each["payer"]),
            amount if each["kind"] != "setup" else "",
            each["state"],
            each["reason"],
        ]
        for each, amount in zip(found, sums, strict=True)
    ]
    return grid(["at (UTC)", "id", "what", "payer", ">amount", "state", "why"], rows, width)


def payment_lines(one: Json) -> list[str]:
    """Return a payment and what happened to it."""
    lines = [f"{KINDS[one['kind']]} of {one['amount']} {one['currency']}, {owner(one['payer'])}"]
    if one["processor_ref"]:
        lines.append(f"at Stripe: {one['processor_ref']}")
    if one["of"]:
        lines.append(f"gives back: {one['of']}")
    for step in one["timeline"]:
        at = datetime.fromtimestamp(step["at_ms"] / 1000, UTC)
        lines.append(f"  {at:%Y-%m-%d %H:%M:%S}  {step['what']:<8}{step['reason']}".rstrip())
    return lines


def cards_table(found: Sequence[Json], width: int) -> Table:
    """Return a row for each card on file."""
    rows = [[each["id"], owner(each["payer"]), day(each["added_ms"])] for each in found]
    return grid(["card at Stripe", "payer", "since (UTC)"], rows, width)


def disputes_table(found: Sequence[Json], width: int) -> Table:
    """Return a row for each dispute."""
    taken = amounts(micros(each["withdrawn"]) for each in found)
    given = amounts(micros(each["reinstated"]) for each in found)
    rows = [
        [day(one["opened_ms"]), one["id"], owner(one["payer"]), a, b, one["state"], one["reason"]]
        for one, a, b in zip(found, taken, given, strict=True)
    ]
    names = ["at (UTC)", "id", "payer", ">taken", ">given back", "state", "why"]
    return grid(names, rows, width)


def rule_lines(rule: Json) -> list[str]:
    """Return how a wallet is filled by itself."""
    who = owner(rule["payer"])
    lines = []
    if rule["enabled"]:
        card = rule["method"] or "the newest card on file"
        lines.append(
            f"{who} is recharged with {rule['amount']} when less than {rule['threshold']} is free, "
            f"from {card}; at most once in six hours."
        )
        if rule["month_max"]:
            lines.append(f"At most {rule['month_max']} in a calendar month.")
    else:
        lines.append(f"{who} is not recharged by itself.")
    if rule.get("low"):
        lines.append(f"It is told when less than {rule['low']} is free.")
    if rule.get("paused"):
        lines.append(f"Paused: {rule['paused']}. Set it anew, with a card that works, to go on.")
    elif rule.get("failures"):
        lines.append(f"Failed {rule['failures']} times in a row; it is tried again.")
    return lines


def owner(payer: str) -> str:
    """Return a buyer's id, or an account that is no buyer's wallet."""
    return payer.removeprefix("wallet:")


def day(at_ms: int) -> str:
    """Return a time to the minute."""
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%d %H:%M}"
