"""How often a webhook is tried again, as its address says after a "#". Pure.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides; jambonz reads the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

RETRIES_MAX = 5
FAILURES = ("ct", "rt", "4xx", "5xx")  # No connection, no answer in time, a status.


@dataclass(frozen=True, slots=True)
class Overrides:
    """How often, and after which failures."""

    retries: int
    after: frozenset[str]


def bare(url: str) -> str:
    """Return an address as it is asked: without its overrides."""
    return url.partition("#")[0]


def overrides(url: str, retries: int) -> Overrides:
    """Return what an address says; `retries` is what the carrier does unless told, after a "ct"."""
    told = parse_qs(url.partition("#")[2])
    count = told.get("rc", [""])[0]
    after = told.get("rp", ["ct"])[0].split(",")
    return Overrides(
        min(int(count), RETRIES_MAX) if count.isdecimal() else retries,
        frozenset(FAILURES if "all" in after else after),
    )


def failure_of(status: int) -> str:
    """Return what a status is called; "" is none."""
    return "" if 200 <= status < 300 else "5xx" if status >= 500 else "4xx"
