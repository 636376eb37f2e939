"""Who calls: the number, and what a publisher sent along in the call's headers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from telephony._fields import TEXT_MAX

FIELDS_MAX = 32  # No lead form asks more than that before a call.
E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
ANONYMOUS = "+266696687"  # "ANONYMOUS" on a keypad: how some networks write a withheld number.
BID_HEADER = "x-bid-id"
BID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
LEAD_HEADER = re.compile(r"x-lead-([a-z0-9][a-z0-9_-]{0,39})", re.ASCII)
Headers = Iterable[tuple[str, str]]


def number(written: str) -> str:
    """Return the E.164 number in a number or SIP address, or ""."""
    user = written.removeprefix("sips:").removeprefix("sip:").partition("@")[0].partition(";")[0]
    return user if E164.fullmatch(user) and user != ANONYMOUS else ""


def lead_of(headers: Headers, name: str) -> dict[str, str] | None:
    """Return the lead's fields from the headers X-Lead-*, and the caller's `name` if known.

    A field that we cannot keep is left out: it must not cost the call.
    """
    found: dict[str, str] = {}
    for header_name, value in headers:
        match = LEAD_HEADER.fullmatch(header_name.lower())
        if match and len(found) < FIELDS_MAX:
            _put(found, match[1].replace("-", "_"), value)
    _put(found, "name", name)
    return found or None


def bid_of(headers: Headers) -> str:
    """Return the bid that a publisher names in a header, or ""."""
    named = [value.strip() for name, value in headers if name.lower() == BID_HEADER]
    return next((value for value in named if BID.fullmatch(value)), "")


def _put(found: dict[str, str], name: str, value: str) -> None:
    value = value.strip()
    if name not in found and 0 < len(value) <= TEXT_MAX and value.isprintable():
        found[name] = value
