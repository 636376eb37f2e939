"""May we take this call at all? In doubt: no. Pure.

Also reads numbers: a caller's number comes in as the carrier wrote it, and goes on as E.164.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from market.reasons import REASONS

BLOCK_REASONS = {code: one.text for code, one in REASONS.items() if one.stage == "screened"}

# Short codes of emergency, crisis and public services, and how switches write them.
# fmt: off
EMERGENCY = frozenset((
    "911", "112", "999", "000", "110", "111", "113", "115", "118", "119",  # Police, fire, medics.
    "988", "933",  # Crisis line; the test of 911.
    "211", "311", "411", "511", "611", "711", "811",
    "9911", "91911", "9112", "9988",  # With the 9 of a switchboard.
))
# fmt: on
PREMIUM = ("+1900", "+1976")  # North American numbers whose callers pay by the minute.
EMERGENCY_URN = "urn:service:"  # RFC 5031: urn:service:sos and its relatives.

# How carriers and phones write "withheld"; the numbers spell the word on a keypad.
# fmt: off
WITHHELD = frozenset((
    "anonymous", "restricted", "private", "unknown", "unavailable", "blocked", "withheld", "none",
    "266696687", "7378742833", "8566696", "86282452253", "2562533",
))
# fmt: on

_NANP = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}", re.ASCII)
_E164 = re.compile(r"\+[1-9]\d{7,14}", re.ASCII)
_SERVICE_CODE = re.compile(r"\+1\d11", re.ASCII)  # No area code is 211, 311 .. 911.
_WRITTEN = re.compile(r"[\s().\-/\u2010-\u2015]")


def screen(
    caller: str,
    dialled: str,
    *,
    known_number: bool,
    campaign_exists: bool,
    blocked: Collection[str] = frozenset(),
    attestation: str = "",
    attestations: Collection[str] = ("A", "B", "C", ""),
    anonymous_allowed: bool = True,
    foreign_allowed: bool = True,
) -> str:
    """Return "" when the call may be taken, else a code of BLOCK_REASONS.

    `blocked` holds E.164 numbers and prefixes ending in *; give a frozenset when it is long.
    """
    number = normalise(caller)
    if is_emergency(dialled) or is_emergency(caller):
        return "emergency"
    if not known_number:
        return "unknown_number"
    if not campaign_exists:
        return "no_campaign"
    if is_blocked(number or caller, blocked):
        return "blocked_caller"
    if not number and not anonymous_allowed:
        return "anonymous_caller"
    if number and not number.startswith("+1") and not foreign_allowed:
        return "foreign_caller"
    if attestation not in attestations:
        return "attestation"
    return ""


def normalise(written: str) -> str:
    """Return a number as E.164; "" when it is withheld, or cannot be told for sure."""
    number = _WRITTEN.sub("", _user_part(written))
    if number.lower().lstrip("+") in WITHHELD:
        return ""
    if not number.startswith("+"):
        number = _with_plus(number)
    pattern = _NANP if number.startswith("+1") else _E164
    if not pattern.fullmatch(number) or _SERVICE_CODE.match(number):
        return ""
    return number


def area_code(number: str) -> str:
    """Return the area code of a North American number in E.164, or ""."""
    return number[2:5] if _NANP.fullmatch(number) else ""


def is_blocked(caller: str, blocked: Collection[str]) -> bool:
    """Return whether `caller` is on the block list."""
    return is_listed(caller, blocked)


def is_listed(number: str, numbers: Collection[str]) -> bool:
    """Return whether `number` is on the list, whole or by a prefix ending in *."""
    if not number:
        return False
    prefixes = (number[:length] + "*" for length in range(len(number) + 1))
    return number in numbers or any(prefix in numbers for prefix in prefixes)


def is_emergency(destination: str) -> bool:
    """Return whether `destination` (number, sip: or tel:) is a service we never dial."""
    text = unquote(destination).strip().lower()
    if text.startswith(EMERGENCY_URN):
        return True
    digits = re.split(r"[,;pwx]", _WRITTEN.sub("", _user_part(text)))[0].removeprefix("+")
    return digits in EMERGENCY or digits.removeprefix("1") in EMERGENCY


def may_dial(destination: str, allowed: Collection[str]) -> bool:
    """Return whether we may dial `destination`: never an emergency, nor what costs by the minute.

    `allowed` holds E.164 numbers and prefixes ending in *. A bid may name any number: this keeps
    a buyer, or who speaks in its name, from having us pay for calls to far places.
    """
    if is_emergency(destination):
        return False
    if destination.lower().startswith(("sip:", "sips:")):
        return True
    number = normalise(destination)
    return bool(number) and not number.startswith(PREMIUM) and is_listed(number, allowed)


def _user_part(written: str) -> str:
    """Return the number inside "sip:+12125550123@host;user=phone", or the text as it is."""
    text = written.strip().strip("<>")
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        text = rest
    return text.partition("@")[0].partition(";")[0].strip()


def _with_plus(number: str) -> str:
    if re.fullmatch(r"[2-9]\d{9}", number, re.ASCII):
        return "+1" + number
    if re.fullmatch(r"1\d{10}", number, re.ASCII):
        return "+" + number
    if re.fullmatch(r"011[1-9]\d+", number, re.ASCII):  # How North America dials abroad.
        return "+" + number[3:]
    return ""
