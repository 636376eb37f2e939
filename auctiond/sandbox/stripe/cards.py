"""Test cards, by their published numbers, and what each does. Pure.

No number is kept: a payment method remembers how its card behaves, and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    brand: str
    last4: str
    at_setup: str = ""  # A decline code; "" goes well.
    at_charge: str = ""
    asks: bool = False  # The bank wants the person each time, so nothing goes without it.
    disputed: bool = False  # Its owner disputes what it paid, at once.
    refund_fails: bool = False
    slow: bool = False  # As a debit of a bank account: nobody knows for days.


CARDS: Mapping[str, Card] = {
    "4242424242424242": Card("visa", "4242"),
    "4000000000000002": Card("visa", "0002", "generic_decline", "generic_decline"),
    "4000000000009995": Card("visa", "9995", "insufficient_funds", "insufficient_funds"),
    "4000000000000341": Card("visa", "0341", "", "generic_decline"),
    "4000000000000069": Card("visa", "0069", "expired_card", "expired_card"),
    "4000002500003155": Card("visa", "3155"),  # Asked once, when it was set up.
    "4000002760003184": Card("visa", "3184", asks=True),
    "4000000000000259": Card("visa", "0259", disputed=True),
    "4000000000005126": Card("visa", "5126", refund_fails=True),
    "000123456789": Card("bank", "6789", slow=True),
}

# A decline that is an error of its own; all others are "card_declined".
CODES: Mapping[str, str] = {"expired_card": "expired_card"}
AUTHENTICATION = "authentication_required"
