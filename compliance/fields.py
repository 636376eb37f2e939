"""Which field of a lead may leave us, when, and to whom: one table. Pure.

Whatever is not in the table is personal. A ping carries only what stands at PING.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from compliance.masking import holds_personal

Audience = Literal["asked", "winner", "nobody"]
ANSWER = "ivr."  # The prefix of what a caller answered in the call flow.
ANSWER_CHARS_MAX = 64  # A keypress or a choice. Longer is a story, and stories are personal.


class Moment(IntEnum):
    PING = 0  # The question to all buyers of a tier.
    CONFIRM = 1  # Asking the best bidder whether its bid stands.
    CONNECTED = 2  # Caller and buyer talk.


@dataclass(frozen=True, slots=True)
class Rule:
    earliest: Moment | None  # None: never leaves us.
    to: Audience
    shape: re.Pattern[str] | None = None  # An anonymous value has it; any other is withheld.


PERSONAL = Rule(Moment.CONNECTED, "winner")
NEVER = Rule(None, "nobody")


def _anonymous(shape: str) -> Rule:
    return Rule(Moment.PING, "asked", re.compile(shape, re.ASCII))


FIELDS: dict[str, Rule] = {
    "state": _anonymous(r"[A-Z]{2}"),
    "zip": _anonymous(r"[0-9]{5}"),  # Never ZIP+4: that is a house or two.
    "area_code": _anonymous(r"[2-9][0-9]{2}"),
    "vertical": _anonymous(r"[A-Za-z][A-Za-z0-9_. -]{0,63}"),
    "consent.trustedform": _anonymous(r"[YN]"),  # Whether there is a certificate; never which.
    "consent.jornaya": _anonymous(r"[YN]"),
    "phone": PERSONAL,
    "caller": PERSONAL,
    "name": PERSONAL,
    "first_name": PERSONAL,
    "last_name": PERSONAL,
    "full_name": PERSONAL,
    "email": PERSONAL,
    "street": PERSONAL,
    "address": PERSONAL,
    "address2": PERSONAL,
    "city": PERSONAL,  # With a zip, a small town is a handful of people.
    "county": PERSONAL,
    "zip4": PERSONAL,
    "dob": PERSONAL,
    "age": PERSONAL,
    "gender": PERSONAL,
    "ip": PERSONAL,
    "user_agent": PERSONAL,
    "page_url": PERSONAL,
    "consent_text": PERSONAL,
    "trustedform_url": PERSONAL,
    "jornaya_leadid": PERSONAL,
    "latitude": PERSONAL,
    "longitude": PERSONAL,
    "ssn": NEVER,
    "card_number": NEVER,
    "card_cvv": NEVER,
    "bank_account": NEVER,
    "bank_routing": NEVER,
    "password": NEVER,
}


def rule_of(field: str, anonymous_answers: Collection[str] = ()) -> Rule:
    """Return the rule of `field`. Unknown is personal, and marking cannot make a name anonymous."""
    if not field.startswith(ANSWER):
        return FIELDS.get(field, PERSONAL)
    answer = field.removeprefix(ANSWER)
    known = FIELDS.get(answer)
    if known is not None and known.earliest is not Moment.PING:
        return known
    marked = answer in anonymous_answers or field in anonymous_answers
    return Rule(Moment.PING, "asked", known.shape if known else None) if marked else PERSONAL


def may_leave(field: str, moment: Moment, anonymous_answers: Collection[str] = ()) -> bool:
    """Return whether `field` may leave us at `moment`, by its name."""
    earliest = rule_of(field, anonymous_answers).earliest
    return earliest is not None and moment >= earliest


def select(
    lead: Mapping[str, str], moment: Moment, anonymous_answers: Collection[str] = ()
) -> dict[str, str]:
    """Return what of `lead` may leave at `moment`.

    Before CONNECTED a value counts too: a phone number typed as a zip stays here.
    """
    found = {}
    for name, value in lead.items():
        rule = rule_of(name, anonymous_answers)
        if rule.earliest is None or moment < rule.earliest:
            continue
        if moment >= Moment.CONNECTED or _looks_anonymous(value, rule.shape):
            found[name] = value
    return found


def _looks_anonymous(value: str, shape: re.Pattern[str] | None) -> bool:
    if holds_personal(value) or len(value) > ANSWER_CHARS_MAX:
        return False
    return shape is None or shape.fullmatch(value) is not None
