"""Read a price, in micros, from what buyers write: 12.5, "12.50", "$1,234.50", 1250 cents. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from market.money import MAX_MICROS, UNIT, MoneyError, micros

# Below it, a float equal to near / UNIT is that decimal of six places and no other.
EXACT_BELOW = 10**9
LONGEST = 32  # Characters of a price as text.
TEXT = re.compile(
    r"\s*(?:US\$|USD|\$)?\s*((?:\d{1,3}(?:,\d{3})+|\d+|(?=\.\d))(?:\.\d+)?)\s*(?:USD)?\s*",
    re.ASCII | re.IGNORECASE,
)


def read_price(value: object, *, in_cents: bool = False) -> int | None:
    """Return the price in micros, rounded down; None when it is no price at all.

    None for NaN, infinity, a negative, a boolean, "12,50", "EUR 5", a billion and more.
    A float is taken by its shortest decimal: 45.005 is 45.005 and not 45.00499999.
    """
    if type(value) is int:
        amount = value * UNIT // (100 if in_cents else 1)
        return amount if 0 <= amount <= MAX_MICROS else None
    if type(value) is float:
        near = round(value * UNIT) if 0 <= value < EXACT_BELOW else -1
        if near / UNIT == value:
            return near // 100 if in_cents else near
        number = Decimal(repr(value))
    elif type(value) is str and len(value) <= LONGEST and (found := TEXT.fullmatch(value)):
        number = Decimal(found[1].replace(",", ""))
    else:
        return None
    try:
        return micros(number / 100 if in_cents else number)
    except MoneyError:
        return None
