"""Readers of single values of a network file: each takes what was found, or refuses it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from market.money import Micros, MoneyError, dollars, micros
from routing.geo import STATES
from routing.network_error import Place

Reader = Callable[[object, Place], Any]

IDENT = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")  # No colon: it parts the names of accounts.
NANP = r"\+1[2-9]\d{2}[2-9]\d{6}"
E164 = re.compile(rf"{NANP}|\+[2-9]\d{{6,14}}", re.ASCII)
SIP = re.compile(r"sips?:[\w.!~*'()&=+$,;?/%-]+@[\w.\[\]:-]+(;[\w=.;-]+)?", re.ASCII)
MONEY = re.compile(r"\d{1,10}(\.\d{1,6})?", re.ASCII)
SECRET = re.compile(r"env:[A-Z_][A-Z0-9_]{0,127}|file:[\w./-]{1,200}", re.ASCII)
ANSWER = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
PLAIN_FIELDS = ("state", "zip", "area_code", "vertical", "publisher", "number")
CONSENT_FIELDS = ("consent.trustedform", "consent.jornaya")  # Y where a certificate is there.
ALL_FIELDS = (*PLAIN_FIELDS, *CONSENT_FIELDS)
PRICE_MOST = micros(10_000)  # Dollars. No call was ever sold for that: it is cents by mistake.
SUM_MOST = micros(1_000_000_000)  # Dollars.
TEXT_MOST = 1000  # Characters: more than a minute, spoken.
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def flag(found: object, place: Place) -> bool:
    """Read true or false."""
    if not isinstance(found, bool):
        raise place.refuse(found, "true or false")
    return found


def text(found: object, place: Place) -> str:
    """Read a text of one line."""
    if not isinstance(found, str) or len(found) > TEXT_MOST or not found.isprintable():
        raise place.refuse(found, f"a text of one line, of at most {TEXT_MOST} characters")
    return found


def whole(least: int, most: int, unit: str = "") -> Reader:
    """Return a reader of whole numbers from `least` to `most`."""
    right = f"a whole number {least}..{most}" + (f" of {unit}" if unit else "")

    def read(found: object, place: Place) -> int:
        if isinstance(found, bool) or not isinstance(found, int) or not least <= found <= most:
            raise place.refuse(found, right)
        return found

    return read


def seconds(least: int, most: int) -> Reader:
    """Return a reader of seconds, which may have a fraction."""

    def read(found: object, place: Place) -> float:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise place.refuse(found, f"a number of seconds {least}..{most}")
        if not least <= found <= most:  # Also refuses nan.
            raise place.refuse(found, f"a number of seconds {least}..{most}")
        return float(found)

    return read


def money(least: Micros, most: Micros) -> Reader:
    """Return a reader of money: "12.50" or whole dollars, never a float."""
    right = f'dollars as text ("12.50") or whole (12), {dollars(least)} to {dollars(most)}'

    def read(found: object, place: Place) -> Micros:
        plain = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
        if not MONEY.fullmatch(plain):
            raise place.refuse(found, right)
        try:
            amount = micros(plain)
        except MoneyError:
            raise place.refuse(found, right) from None
        if not least <= amount <= most:
            raise place.refuse(found, right)
        return amount

    return read


def matching(pattern: re.Pattern[str], right: str, *, empty: bool = False) -> Reader:
    """Return a reader of texts that match `pattern` whole; `empty` allows "" as well."""

    def read(found: object, place: Place) -> str:
        if isinstance(found, str) and (pattern.fullmatch(found) or (empty and not found)):
            return found
        raise place.refuse(found, right)

    return read


def choice(*words: str) -> Reader:
    """Return a reader of one of `words`."""
    return matching(re.compile("|".join(map(re.escape, words))), f"one of: {', '.join(words)}")


ident = matching(IDENT, "an id of a-z, 0-9, - and _, at most 64 characters")
phone = matching(E164, 'a number in E.164, like "+12125550123"')
destination = matching(
    re.compile(f"{E164.pattern}|{SIP.pattern}", re.ASCII),
    'a number in E.164 ("+12125550123") or a SIP address ("sip:desk@example.com")',
)
fallback = matching(
    re.compile(f"{E164.pattern}|{SIP.pattern}", re.ASCII),
    'a number in E.164, a SIP address, or "" for none',
    empty=True,
)
BLOCKED = re.compile(rf"{E164.pattern}|\+[1-9]\d{{0,13}}\*", re.ASCII)
BLOCKED_RIGHT = 'a number in E.164, or a prefix that ends in * ("+1900*")'
blocked = matching(BLOCKED, BLOCKED_RIGHT)
DIGITS_SHOWN_MOST = 6  # Of a caller's number that is written wrong: the place tells which it is.


def blocked_caller(found: object, place: Place) -> str:
    """Read a blocked caller. What is wrong with one is told without the number."""
    if sum(char.isdigit() for char in str(found)) <= DIGITS_SHOWN_MOST:
        read: str = blocked(found, place)
        return read
    if isinstance(found, str) and BLOCKED.fullmatch(found):
        return found
    raise place.refuse(found, BLOCKED_RIGHT, hide=True)


answer = matching(ANSWER, "the name of an IVR answer: a-z, 0-9 and _, a letter first")
filter_field = matching(
    re.compile(rf"{'|'.join(map(re.escape, ALL_FIELDS))}|ivr\.{ANSWER.pattern}"),
    f"a field: {', '.join(ALL_FIELDS)} or ivr.NAME",
)
certificate = choice(*(name.removeprefix("consent.") for name in CONSENT_FIELDS))
currency = choice("USD")


def secret(found: object, place: Place) -> str:
    """Read a reference to a secret; what is no reference may be the secret, and is not shown."""
    if not isinstance(found, str) or not SECRET.fullmatch(found):
        raise place.refuse(
            found, 'a reference like "env:ACME_KEY" or "file:acme.key", never the key', hide=True
        )
    return found


def web_address(found: object, place: Place) -> str:
    """Read an https address; http only to this machine."""
    right = "an https:// address without user and password (http:// only to this machine)"
    if not isinstance(found, str) or not found.isprintable() or " " in found:
        raise place.refuse(found, right)
    try:
        parts = urlsplit(found)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise place.refuse(found, right) from None
    if "@" in parts.netloc:  # May hold a password, so it is not shown.
        raise place.refuse(found, right, hide=True)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)):
        raise place.refuse(found, right)
    return found


def music(found: object, place: Place) -> str:
    """Read the address of the music, or "" for silence."""
    return "" if found == "" else web_address(found, place)


FIELD_VALUES: dict[str, tuple[re.Pattern[str], str]] = {
    "state": (re.compile("|".join(sorted(STATES))), 'a state in two capitals ("TX")'),
    "zip": (re.compile(r"\d{5}|\d{1,4}\*", re.ASCII), 'a zip ("90210") or a prefix ("90*")'),
    "area_code": (re.compile(r"[2-9]\d\d|[2-9]\d?\*", re.ASCII), 'an area code ("512")'),
    "vertical": (IDENT, "the vertical of a campaign"),
    "publisher": (IDENT, "the id of a publisher"),
    "number": (re.compile(r"\+\d{1,15}\*?", re.ASCII), 'a tracking number ("+12125550123")'),
    **dict.fromkeys(CONSENT_FIELDS, (re.compile("[YN]"), '"Y" or "N"')),
}
ANY_VALUE = (re.compile(r"[^*\s][^*]{0,99}\*?"), "a value; only its last character may be *")


def filter_value(field: str) -> Reader:
    """Return a reader of the values that a filter on `field` may name."""
    pattern, right = FIELD_VALUES.get(field, ANY_VALUE)
    return matching(pattern, right)
