"""One row of another system's list as a target of ours. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from market.bids import BuyerId, TargetId
from market.limits import Cap, CapKind, CapPeriod
from market.money import Micros, MoneyError, micros
from market.network import Target
from routing.import_hours import hours_of
from routing.import_rows import Row
from routing.import_vendors import Vendor
from routing.network_values import E164, PRICE_MOST, SIP

PERIODS: dict[str, CapPeriod] = {
    "hourly": "hour",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "alltime": "ever",
}
COUNTED: dict[str, CapKind] = {"onconvert": "billables", "onconnect": "connects"}
NOT_DIGITS = re.compile(r"[\s().+-]")
Wrong = Callable[[str, str, str], None]  # Field, what was found, what would be right.


@dataclass(slots=True)
class Found:
    """A row on its way."""

    target: Target
    priority: int
    weight: Fraction | None


def read_row(row: Row, vendor: Vendor, problems: list[str], notes: list[str]) -> Found:
    """Return a row as a target; what is wrong with it is put to `problems`."""

    def wrong(field: str, found: str, right: str) -> None:
        problems.append(f"row {row.no}: {field}: found {found or 'nothing'!r}; expected {right}")

    name = row.text("name", "targetname", "filtersetname")
    if not name:
        wrong("name", "", "a name")
    priority = vendor.priority(text := row.text("priority", "tier"))
    if priority is None:
        wrong("priority", text, vendor.priorities)
    target = Target(
        TargetId(""),
        BuyerId(row.text("buyer", "buyername", "company", "partner") or name),
        name=name,
        price=_price(row, wrong),
        destination=_destination(row, wrong),
        caps=_caps(row, vendor, wrong),
        concurrency=_limit(row, "concurrencycap", vendor, wrong),
    )
    if after := row.text("billableafters", "calllengthinseconds", "duration", "buffer"):
        target = replace(target, billable_after_s=_seconds(after, wrong))
    if 0 in (*(cap.limit for cap in target.caps), target.concurrency):
        notes.append(f"{name}: a cap of 0 takes no calls: it is paused")
        caps = tuple(cap for cap in target.caps if cap.limit)
        target = replace(target, caps=caps, concurrency=target.concurrency or None, paused=True)
    weight = _weight(row, wrong)
    if weight == 0:
        notes.append(f"{name}: a weight of 0 gets no calls: it is paused")
        target = replace(target, paused=True)
    return Found(_with_hours(target, row, notes), priority or 0, weight)


def _price(row: Row, wrong: Wrong) -> Micros:
    text = row.text("price", "conversionamount", "conversionvalue", "revenue", "bid")
    plain = text.replace("$", "").replace(",", "")
    try:
        price = micros(plain)
    except MoneyError:
        price = Micros(0)
    if not 0 < price <= PRICE_MOST:
        wrong("price", text, "dollars, like 12.50")
    return price


def _destination(row: Row, wrong: Wrong) -> str:
    text = row.text("number", "phonenumber", "destination", "sip")
    if SIP.fullmatch(text):
        return text
    digits = NOT_DIGITS.sub("", text)
    number = f"+1{digits}" if len(digits) == len("2125550123") else f"+{digits}"
    if not E164.fullmatch(number):
        wrong("number", text, "a phone number or a SIP address")
    return number


def _weight(row: Row, wrong: Wrong) -> Fraction | None:
    text = row.text("weight", "percentage").removesuffix("%")
    if not text:
        return None
    try:
        weight = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError):
        weight = Fraction(-1)
    if weight < 0:
        wrong("weight", text, "a number, not under 0")
    return weight


def _caps(row: Row, vendor: Vendor, wrong: Wrong) -> tuple[Cap, ...]:
    kind = COUNTED.get(row.text("targetcallincrement").lower(), "calls")
    caps = []
    for name, period in PERIODS.items():
        limit = _limit(row, f"{name}cap", vendor, wrong)
        if limit is not None:
            caps.append(Cap(kind, period, limit))
        money = _limit(row, f"{name}sumcap", vendor, wrong)
        if money is not None:
            caps.append(Cap("money", period, micros(money)))
    return tuple(caps)


def _limit(row: Row, name: str, vendor: Vendor, wrong: Wrong) -> int | None:
    text = row.text(name).removesuffix(".0")
    if text in ("", vendor.unlimited):
        return None
    if not text.isdecimal() or int(text) > 1_000_000:
        wrong(name, text, "a whole number" + (f", or {vendor.unlimited}" * bool(vendor.unlimited)))
        return None
    return int(text)


def _seconds(text: str, wrong: Wrong) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 7200:
        wrong("duration", text, "seconds 0..7200")
    return seconds


def _with_hours(target: Target, row: Row, notes: list[str]) -> Target:
    days, zone = row.values.get("hoursofoperation"), row.text("timezoneid", "timezone", "zone")
    if not days:
        return target
    hours = hours_of(days, zone)
    if hours is None:
        notes.append(f"{target.name}: its hours were not taken over: it is paused until they are")
        return replace(target, paused=True)
    return replace(target, hours=hours)
