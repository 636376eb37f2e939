"""Money is a whole number of micros (millionths of the currency's unit). Pure. Never a float."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import NewType

Micros = NewType("Micros", int)

UNIT = 1_000_000  # Micros in one dollar: fine enough for per-second tariffs.
MAX_MICROS = 10**15  # A billion dollars. More in one amount is a mistake, never a price.


class MoneyError(ValueError):
    """The text is no amount of money."""


def micros(amount: str | int | Decimal) -> Micros:
    """Return `amount`, in dollars, as micros; a fraction of a micro is dropped.

    Raises MoneyError when it is no number, negative, or over `MAX_MICROS`.
    """
    try:
        value = (Decimal(amount) * UNIT).to_integral_value(ROUND_DOWN)
    except (ArithmeticError, ValueError, TypeError):  # decimal's own are arithmetic.
        raise MoneyError(f"not an amount of money: {amount!r}") from None
    if not value.is_finite() or not 0 <= value <= MAX_MICROS:
        raise MoneyError(f"an amount of money is 0 to {MAX_MICROS // UNIT}: {amount!r}")
    return Micros(int(value))


def share(amount: Micros, percent: int) -> Micros:
    """Return `percent` of `amount`, rounded down: the one place where money is rounded."""
    return Micros(amount * percent // 100)


def dollars(amount: int) -> str:
    """Return `amount` micros for people: 12500000 is "12.50"; more digits only where needed."""
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    text = f"{rest // UNIT}.{rest % UNIT:06d}"
    return sign + text[:-4] + text[-4:].rstrip("0")
