"""Read a price, in micros, from what buyers write: 12.5, "12.50", "$1,234.50", 1250 cents. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from buyers.format import PriceForm
from market.money import MAX_MICROS, UNIT, MoneyError, micros

PriceReader = Callable[[object], int | None]

# Below it, a float equal to near / UNIT is that decimal of six places and no other.
EXACT_BELOW = 10**9
LONGEST = 32  # Characters of a price as text.
PARTS = {"dollars": 1, "cents": 100, "micros": UNIT}  # How many of the unit are a dollar.
TEXT = re.compile(
    r"\s*(?:US\$|USD|\$)?\s*((?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d+)?)\s*(?:USD)?\s*",
    re.ASCII | re.IGNORECASE,
)


def read_price(value: object, *, parts: int = 1) -> int | None:
    """Return the price in micros, rounded down; None when it is no price at all.

    None for NaN, infinity, a negative, a boolean, "12,50", "EUR 5", a billion and more.
    A float is taken by its shortest decimal: 45.005 is 45.005 and not 45.00499999.
    """
    if type(value) is int:
        amount = value * UNIT // parts
        return amount if 0 <= amount <= MAX_MICROS else None
    if type(value) is float:
        near = round(value * UNIT) if 0 <= value < EXACT_BELOW else -1
        if near / UNIT == value:
            return near // parts
        number = Decimal(repr(value))
    elif type(value) is str and len(value) <= LONGEST and (found := TEXT.fullmatch(value)):
        number = Decimal(found[1].replace(",", ""))
    else:
        return None
    try:
        return micros(number / parts)
    except MoneyError:
        return None


def price_reader(form: PriceForm) -> PriceReader:
    """Return the function that reads prices written as the form says."""
    parts = PARTS[form.unit]
    if form.is_plain:
        return read_price if parts == 1 else lambda value: read_price(value, parts=parts)
    return lambda value: read_price(_plain(value, form), parts=parts)


def _plain(value: object, form: PriceForm) -> object:
    """Return a price in words of its own as the usual way writes it."""
    if type(value) is not str or len(value) > LONGEST:
        return value
    text = value.strip().replace("\u00a0", " ").replace("\u202f", " ")
    for symbol in form.symbols:
        short = text.removeprefix(symbol).removesuffix(symbol).strip()
        if short != text:
            text = short
            break
    if form.decimal == ",":
        if text.count(",") > 1:
            return None
        text = text.replace(" ", ".").replace(".", ";").replace(",", ".").replace(";", ",")
    return text
