"""Who calls, in the words of Telnyx: number, attestation, and what a publisher sent. Pure."""

from __future__ import annotations

import re
from typing import Any

from telephony._fields import TEXT_MAX, Json, text
from telephony._neutral import MalformedWebhook

FIELDS_MAX = 32  # No lead form asks more than that before a call.
E164 = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
ANONYMOUS = "+266696687"  # "ANONYMOUS" on a keypad: how some networks write a withheld number.
BID_HEADER = "x-bid-id"
BID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
LEAD_HEADER = re.compile(r"x-lead-([a-z0-9][a-z0-9_-]{0,39})", re.ASCII)


def number(written: str) -> str:
    """Return the E.164 number in a number or SIP address, or ""."""
    user = written.removeprefix("sips:").removeprefix("sip:").partition("@")[0].partition(";")[0]
    return user if E164.fullmatch(user) and user != ANONYMOUS else ""


def attestation(payload: Json, place: str) -> str:
    """Return the STIR/SHAKEN level. One that failed its validation is worth nothing."""
    level = text(payload, "shaken_stir_attestation", place)
    if level not in ("A", "B", "C") or payload.get("shaken_stir_validated") is False:
        return ""
    return level


def lead(payload: Json, place: str) -> dict[str, str] | None:
    """Return the lead's fields from the headers X-Lead-*, and the caller's name if known.

    A field that we cannot keep is left out: it must not cost the call.
    """
    found: dict[str, str] = {}
    for header_name, value in _headers(payload, place):
        match = LEAD_HEADER.fullmatch(header_name.lower())
        if match and len(found) < FIELDS_MAX:
            _put(found, match[1].replace("-", "_"), value)
    _put(found, "name", text(payload, "caller_id_name", place))
    return found or None


def bid(payload: Json, place: str) -> str:
    """Return the bid that a publisher names in a header, or ""."""
    named = [value.strip() for name, value in _headers(payload, place) if _is_bid(name)]
    return next((value for value in named if BID.fullmatch(value)), "")


def _is_bid(header: str) -> bool:
    return header.lower() == BID_HEADER


def _put(found: dict[str, str], name: str, value: str) -> None:
    value = value.strip()
    if name not in found and 0 < len(value) <= TEXT_MAX and value.isprintable():
        found[name] = value


def _headers(payload: Json, place: str) -> list[tuple[str, str]]:
    place += "custom_headers"
    headers: Any = payload.get("custom_headers")
    if headers is None:
        return []
    if not isinstance(headers, list):
        raise MalformedWebhook(place, "a list, or null")
    for at, header in enumerate(headers):
        if not isinstance(header, dict) or not isinstance(header.get("name"), str):
            raise MalformedWebhook(f"{place}[{at}].name", "a text")
        if not isinstance(header.get("value"), str):
            raise MalformedWebhook(f"{place}[{at}].value", "a text")
    return [(header["name"], header["value"]) for header in headers]
