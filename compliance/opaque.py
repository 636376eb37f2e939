"""Ids that others gave us and that stay readable for years: so they may be nobody's. Pure.

The ledger keeps the id of a payment for seven years, and not sealed. So it may be no sentence
(which may hold a name), no address, and no number of a phone, a card or a person.
"""

from __future__ import annotations

import re

CHARS_MAX = 64  # A payment's id at its bank or processor. A UUID has 36.
OPAQUE = re.compile(rf"[A-Za-z0-9_.:-]{{1,{CHARS_MAX}}}")
ALONE = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
# As North America writes them: an area code and an exchange begin with 2 to 9.
PHONE = re.compile(ALONE.format(r"(?:1[-.]?)?[2-9]\d{2}[-.]?[2-9]\d{2}[-.]?\d{4}"))
SOCIAL = re.compile(ALONE.format(r"\d{3}-\d{2}-\d{4}"))
CARD = re.compile(r"(?<!\d)[2-6](?:[-.]?\d){12,18}(?!\d)")  # ISO/IEC 7812: banks' cards begin so.


def wrong_with_id(text: object) -> str:
    """Return why `text` may not be kept as an id, and what would be right; "" if it may."""
    if not isinstance(text, str) or not OPAQUE.fullmatch(text):
        return f"expected an id of letters, digits and - _ . : (1 to {CHARS_MAX}, no spaces)"
    if any(_is_card(found[0]) for found in CARD.finditer(text)):
        return "this looks like the number of a card; expected the id of a payment"
    if SOCIAL.search(text):
        return "this looks like a social security number; expected the id of a payment"
    if PHONE.search(text):
        return (
            "this looks like a phone number; expected the id of a payment "
            "(if it is the bank's own number, put a letter right before its digits)"
        )
    return ""


def _is_card(text: str) -> bool:
    """Tell whether the last digit is the check digit of the others (Luhn, ISO/IEC 7812-1)."""
    digits = [int(each) for each in text if each.isdigit()][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0
