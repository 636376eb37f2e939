"""Reads requests for callbacks and lists of numbers; what is wrong names its field. No values.

A value that is wrong may be personal, so it is never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from auctiond.web.problems import Problem
from compliance.fields import NEVER, rule_of
from compliance.screening import normalise
from market.callback import CallbackWanted, Consent
from routing.geo import STATES, is_zip

KEY_RIGHT = "Idempotency-Key: expected 8 to 64 of A-Z, a-z, 0-9, - and _, new for each request."
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
LIST = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
TEXT_MAX = 4000  # Characters: the words of a consent are a paragraph.
FIELDS_MAX = 32  # No lead form asks more.
NUMBERS_MAX = 1000  # In one request, some milliseconds of work; an import sends many.
KEYS = {
    "campaign",
    "publisher",
    "number",
    "consent",
    "not_before",
    "zip",
    "state",
    "lead",
}
CONSENT_KEYS = {"given_at", "text", "page_url", "ip", "certificate"}


def read_key(found: str | None) -> str:
    """Return the key of a request that may be sent again."""
    if found is None or not KEY.fullmatch(found):
        raise Problem(400, "Idempotency-Key", KEY_RIGHT)
    return found


def read_request(body: bytes, now_ms: int, key: str) -> CallbackWanted:
    """Return what is asked for. Raises Problem."""
    found = _object(body)
    if unknown := sorted(set(found) - KEYS):
        raise _wrong(unknown[0][:40], f"no such field; there are {', '.join(sorted(KEYS))}")
    number = normalise(_text(found, "number"))
    if not number:
        raise _wrong("number", 'a number in E.164, like "+12125550123"')
    return CallbackWanted(
        campaign=_text(found, "campaign"),
        publisher=_text(found, "publisher", ""),
        number=number,
        consent=_consent(found.get("consent")),
        asked_ms=now_ms,
        not_before_ms=_time_ms(found, "not_before"),
        facts=_facts(found),
        personal=_lead(found.get("lead", {})),
        key=key,
    )


def numbers_in(body: bytes) -> tuple[str, list[str]]:
    """Return the list and the numbers that a request names. One that is wrong refuses all."""
    found = _object(body)
    name, numbers = found.get("list"), found.get("numbers")
    if not isinstance(name, str) or not LIST.fullmatch(name):
        raise _wrong("list", 'a name of a-z, 0-9, - and _, like "revoked"')
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= NUMBERS_MAX:
        raise _wrong("numbers", f"a list of 1 to {NUMBERS_MAX} numbers")
    read = [normalise(one) if isinstance(one, str) else "" for one in numbers]
    if "" in read:
        raise _wrong(f"numbers[{read.index('')}]", 'a number in E.164, like "+12125550123"')
    return name, read


def _consent(found: object) -> Consent:
    if not isinstance(found, dict):
        raise _wrong("consent", "the proof that the person asked: given_at, text, page_url, ip")
    if unknown := sorted(set(found) - CONSENT_KEYS):
        right = f"no such field; there are {', '.join(sorted(CONSENT_KEYS))}"
        raise _wrong(f"consent.{unknown[0][:40]}", right)
    return Consent(
        given_ms=_time_ms(found, "given_at", "consent."),
        text=_text(found, "text", "", "consent."),
        page_url=_text(found, "page_url", "", "consent."),
        ip=_text(found, "ip", "", "consent."),
        certificate=_text(found, "certificate", "", "consent."),
    )


def _facts(found: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    zip_code, state = _text(found, "zip", ""), _text(found, "state", "")
    if zip_code and not is_zip(zip_code):
        raise _wrong("zip", 'a zip of five digits, like "90210"')
    if state and state not in STATES:
        raise _wrong("state", 'a state in two capitals, like "TX"')
    return tuple(fact for fact in (("zip", zip_code), ("state", state)) if fact[1])


def _lead(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or len(found) > FIELDS_MAX:
        raise _wrong("lead", f"at most {FIELDS_MAX} fields with texts")
    for name, value in found.items():
        if not NAME.fullmatch(name) or rule_of(name) == NEVER:
            raise _wrong("lead", "fields like first_name, email; never what opens an account")
        if not isinstance(value, str) or len(value) > TEXT_MAX or not value.isprintable():
            raise _wrong(f"lead.{name}", "a text of one line")
    return found


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Problem(400, "JSON", "Expected a JSON object; docs/callbacks.md shows one.")
    return found


def _text(found: Mapping[str, Any], name: str, default: str | None = None, at: str = "") -> str:
    value = found.get(name, default)
    if not isinstance(value, str) or len(value) > TEXT_MAX or (default is None and not value):
        raise _wrong(at + name, f"a text of at most {TEXT_MAX} characters")
    return value


def _time_ms(found: Mapping[str, Any], name: str, at: str = "") -> int:
    """Return a time in ms; 0 when there is none. One without a zone is nobody's time."""
    text = found.get(name, "")
    if text == "":
        return 0
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
        if moment.tzinfo is None:
            raise ValueError
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        right = 'a time with its zone, like "2026-11-24T17:00:00Z"'
        raise _wrong(at + name, right) from None


def _wrong(field: str, right: str) -> Problem:
    return Problem(400, "request", f"{field}: expected {right}.", field=field)
