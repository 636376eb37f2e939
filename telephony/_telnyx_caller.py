"""Who calls, in the words of Telnyx: attestation, and what a publisher sent. Pure."""

from __future__ import annotations

from typing import Any

from telephony._caller import bid_of, lead_of, number
from telephony._fields import Json, text
from telephony._neutral import MalformedWebhook

__all__ = ["attestation", "bid", "lead", "number"]


def attestation(payload: Json, place: str) -> str:
    """Return the STIR/SHAKEN level. One that failed its validation is worth nothing."""
    level = text(payload, "shaken_stir_attestation", place)
    if level not in ("A", "B", "C") or payload.get("shaken_stir_validated") is False:
        return ""
    return level


def lead(payload: Json, place: str) -> dict[str, str] | None:
    """Return the lead's fields from the custom headers, and the caller's name if known."""
    return lead_of(_headers(payload, place), text(payload, "caller_id_name", place))


def bid(payload: Json, place: str) -> str:
    """Return the bid that a publisher names in a header, or ""."""
    return bid_of(_headers(payload, place))


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
