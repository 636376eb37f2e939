"""Make a buyer's words of refusal fit to be kept: short, masked, and coded where known. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from buyers.glob import Matches

SHORT = 120  # Characters that are kept.
READ_MAX = 1000  # Characters that are looked at.
MASK = "[masked]"
# Seven digits, however they are spread, are a phone number until proven otherwise.
NUMBER = re.compile(r"\d(?:[\s().+/-]*\d){6,}")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+")

Codes = Sequence[tuple[Matches, str]]


def as_text(value: object) -> str:
    """Return a reason as text: a list's first entry, a number's digits; "" for anything odd."""
    if type(value) is list:
        value = value[0] if value else ""
    if type(value) is str:
        return value[:READ_MAX]
    return str(value) if type(value) is int or type(value) is float else ""


def clean(text: str) -> str:
    """Return the text without control characters, numbers that may be phones, and addresses."""
    flat = "".join(char if char.isprintable() else " " for char in text[:READ_MAX])
    return EMAIL.sub(MASK, NUMBER.sub(MASK, flat)).strip()[:SHORT]


def sample(body: bytes) -> str:
    """Return how an answer begins that nobody understands, fit to be kept as well."""
    return clean(body[:READ_MAX].decode("utf-8", "replace")) or "(empty)"


def code_of(text: str, codes: Codes) -> str:
    """Return the file's code for a reason, or ""."""
    return next((code for matches, code in codes if matches(text)), "")
