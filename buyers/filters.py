"""The filters of a template: how a value is written for a buyer. Pure: one row a filter.

A filter returns the value as the buyer wants it, or raises NoWord when it has none for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from buyers.phone import e164
from buyers.states import STATE_NAMES
from market.money import UNIT, dollars

Value = str | int | float | bool
Filter = Callable[[Value], Value]

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
YES = frozenset(("yes", "y", "true", "1"))
NO = frozenset(("no", "n", "false", "0"))


class NoWord(ValueError):
    """This value cannot be written so."""


def text(value: Value) -> str:
    """Return the value as text: true and false in lower case, numbers without an exponent."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return format(Decimal(repr(value)), "f") if type(value) is float else str(value)


def number(value: Value) -> Value:
    """Return text as a JSON number; leading zeros are lost, so mind zips."""
    found = NUMBER.fullmatch(text(value))
    if not found:
        raise NoWord
    return float(found[0]) if found[1] else int(found[0])


def boolean(value: Value) -> Value:
    """Return yes or no, in the usual words, as a JSON boolean."""
    word = text(value).lower()
    if word not in YES | NO:
        raise NoWord
    return word in YES


def state_name(value: Value) -> Value:
    """Return the name of a state: California for CA."""
    name = STATE_NAMES.get(text(value).upper())
    if name is None:
        raise NoWord
    return name


def phone_e164(value: Value) -> str:
    """Return a phone number as +14155550100."""
    found = e164(value)
    if not found:
        raise NoWord
    return found


def phone_11(value: Value) -> Value:
    """Return a North American phone number as 14155550100."""
    found = phone_e164(value)
    if not found.startswith("+1"):
        raise NoWord
    return found[1:]


def phone_10(value: Value) -> Value:
    """Return a North American phone number as 4155550100."""
    return text(phone_11(value))[1:]


FILTERS: dict[str, Filter] = {
    "text": text,
    "number": number,
    "boolean": boolean,
    "upper": lambda value: text(value).upper(),
    "lower": lambda value: text(value).lower(),
    "state_name": state_name,
    "e164": phone_e164,
    "digits11": phone_11,
    "digits10": phone_10,
}
# For {reserve} and {price}, which are micros. Without one of these they are a number of dollars.
MONEY_FILTERS: dict[str, Filter] = {
    "dollars": lambda value: dollars(int(value)),
    "cents": lambda value: int(value) * 100 // UNIT,
    "micros": lambda value: value,
}


def as_dollars(value: Value) -> Value:
    """Return micros as a JSON number of dollars: exact, for a float holds 15 digits."""
    whole, rest = divmod(int(value), UNIT)
    return int(value) / UNIT if rest else whole


def mapped(words: dict[str, Value]) -> Filter:
    """Return the filter that replaces a value by the buyer's word for it."""

    def look_up(value: Value) -> Value:
        word = words.get(text(value))
        if word is None:
            raise NoWord
        return word

    return look_up
