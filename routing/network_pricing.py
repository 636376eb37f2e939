"""Modifiers, reserves by duration, and odds of a network file: read, checked, written. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from market.money import Micros
from market.pricing import ONE, Modifier, ReserveStep
from routing import network_values as v
from routing.condition_writing import condition_text
from routing.modifiers import millionths
from routing.network_error import Place
from routing.network_filters import condition
from routing.network_reading import Found, Key, table_list, tables

MODIFIERS_MOST = 100  # As elsewhere in the field; values by the thousand stand in a list.
AMOUNT = re.compile(r"-?\d{1,6}(\.\d{1,6})?", re.ASCII)
AMOUNT_RIGHT = 'a number as text, with at most six digits after the point: "2.50"'
FACTOR_MOST = 100 * ONE  # More is cents taken for dollars.
FREE = Micros(0)


def _amount(found: object, place: Place) -> int:
    plain = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    if not AMOUNT.fullmatch(plain):
        raise place.refuse(found, AMOUNT_RIGHT)
    return millionths(plain)


MODIFIER = {
    "action": Key(v.choice("add", "multiply", "override", "reject"), needed=True),
    "amount": Key(_amount),
    "condition": Key(condition),
    "list": Key(v.ident),
    "field": Key(v.filter_field),
}
RESERVE_STEP = {
    "billable_from_s": Key(v.seconds(0, 7200), needed=True),
    "reserve": Key(v.money(FREE, v.PRICE_MOST), needed=True),
}
ODDS = {
    "samples_min": Key(v.whole(0, 10_000, "calls")),
    "explore_percent": Key(v.whole(0, 100, "percent")),
}


def check_modifier(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what is wrong between the keys of a modifier."""
    action, amount = fields.get("action"), fields.get("amount")
    if action == "reject" and "amount" in found:
        place.at("amount").note("an amount", "none: a reject has no amount")
    if action not in (None, "reject") and "amount" not in found and "list" not in found:
        place.at("amount").note("nothing", f"an amount to {action}, or a list with amounts")
    if amount is not None and (problem := _bad_amount(action, amount)):
        place.at("amount").note(str(found["amount"]), problem)
    if "field" in found and "list" not in found:
        place.at("field").note("a field without a list", "a list, or a condition alone")


def _bad_amount(action: str | None, amount: int) -> str:
    """Return what would be right, if `amount` makes no sense; an added one may be negative."""
    if action == "multiply" and not 0 <= amount <= FACTOR_MOST:
        return f"a factor 0..{FACTOR_MOST // ONE}"
    if action == "override" and not 0 <= amount <= v.PRICE_MOST:
        return "a price"
    return ""


modifiers = table_list(Modifier, MODIFIER, check_modifier)
reserve_steps = table_list(ReserveStep, RESERVE_STEP)


def check_modifiers(found: Found, lists: Mapping[str, Found], place: Place) -> None:
    """Note what is wrong between modifiers and lists, and with how many there are."""
    rows = list(tables(found, "modifier", place))
    if len(rows) > MODIFIERS_MOST:
        right = f"at most {MODIFIERS_MOST}: prices by value stand in a list with amounts"
        place.at("modifier").note(f"{len(rows)} modifiers", right)
    for row, at in rows:
        named = lists.get(str(row.get("list")))
        if named is not None and row.get("action") != "reject":
            _check_amounts(row, named, at.at("list"))


def _check_amounts(row: Found, named: Found, place: Place) -> None:
    values, amounts = named.get("values", ()), named.get("amounts", {})
    if not isinstance(values, list) or not isinstance(amounts, dict):
        return  # Noted where the list was read.
    bare = next((value for value in values if value not in amounts), None)
    if bare is not None and "amount" not in row:
        right = "an amount for each value of the list, or one of the modifier for those without"
        place.note(f'no amount for "{bare}"', right)
    for value, text in amounts.items():
        good = isinstance(text, str) and AMOUNT.fullmatch(text)
        if good and (right := _bad_amount(row.get("action"), millionths(text))):
            place.note(f'"{text}" for "{value}"', right)
            return


def modifier_document(one: Modifier) -> dict[str, Any]:
    """Return a modifier as the table that reads back as it."""
    document: dict[str, Any] = {"action": one.action}
    if one.amount is not None:
        document["amount"] = _text(one.amount)
    if one.condition is not None:
        document["condition"] = condition_text(one.condition)
    if one.list:
        document["list"] = one.list
        if one.field != "zip":
            document["field"] = one.field
    return document


def _text(amount: int) -> str:
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{rest // ONE}.{rest % ONE:06d}".rstrip("0").rstrip(".")
