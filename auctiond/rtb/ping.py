"""A publisher's ping: what we take of it, and nothing else. Pure.

It names a caller, whom no buyer may be told of: his number becomes a keyed index at once, and
what the buyers are asked about are the anonymous facts. The rest is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from compliance.fields import Moment, select
from compliance.screening import area_code, is_blocked, is_emergency, normalise
from market.network import Campaign, Network
from market.rtb import RtbDoor
from routing.geo import STATES, is_zip, state_of_area_code, state_of_zip

# Names in lower case, in the order they are looked for; the first are Ringba's.
CALLER = ("cid", "callerid", "caller_id", "caller_number", "caller")
ZIP = ("zipcode", "zip", "caller_zip", "zip_code", "inboundzipcode")
STATE = ("state", "caller_state", "statecode", "inboundstatecode")
SIP_OK = ("sipok", "sip_ok", "sip")
NO = frozenset(("no", "false", "0", "n", "off"))
ZIP_IN = re.compile(r"(\d{5})(-\d{4})?", re.ASCII)  # The four more digits are a house or two.
AUCTION_ID = re.compile(r"\b([0-9a-f]{32})-\d{1,2}\b", re.ASCII)  # As our own pings name auctions.

AUCTION_CHARS = 34  # The fewest that such a name has.

Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is offered. `index` finds him and tells nothing; b"" when he was not named."""

    index: bytes = b""
    refused: str = ""  # Why he, or the lack of him, gets no bid.


@dataclass(frozen=True, slots=True)
class RtbPing:
    door: RtbDoor
    caller: Caller = field(repr=False)
    facts: Facts
    sip: str = ""  # "yes": by SIP alone; "no": by phone alone; "": the publisher did not say.
    test: bool = False
    auctions: tuple[UUID, ...] = ()  # Auctions that the ping names: ours, if it is a loop.
    force: str = ""  # Of the test door: what to answer.


def read_ping(
    door: RtbDoor,
    network: Network,
    campaign: Campaign,
    found: Mapping[str, str],
    index: Callable[[str], bytes],
    *,
    test: bool = False,
) -> RtbPing:
    """Return the ping in the fields `found`, whose names are in lower case."""
    written = _first(found, CALLER)
    number = normalise(written)
    return RtbPing(
        door=door,
        caller=_caller(door, network, written, number, index),
        facts=_facts(found, campaign, number),
        sip=_sip(_first(found, SIP_OK).lower()),
        test=test,
        auctions=_auctions(found),
        force=found.get("force", "") if test else "",
    )


def missing(ping: RtbPing) -> str:
    """Return the first field that the door requires and the ping has not, or ""."""
    known = dict(ping.facts)
    return next((name for name in ping.door.required if not known.get(name)), "")


def _sip(told: str) -> str:
    if not told:
        return ""
    return "no" if told in NO else "yes"


def _caller(
    door: RtbDoor, network: Network, written: str, number: str, index: Callable[[str], bytes]
) -> Caller:
    if not number:  # So are all emergency services: they have no number of full length.
        if is_emergency(written):
            return Caller(refused="caller_blocked")
        needed = door.caller_id_required
        return Caller(refused=_not_told(written) if needed else "")
    if network.blocked_callers and is_blocked(number, network.blocked_callers):
        return Caller(refused="caller_blocked")
    return Caller(index(number))


def _not_told(written: str) -> str:
    return "invalid_caller_id" if written else "caller_id_required"


def _facts(found: Mapping[str, str], campaign: Campaign, number: str) -> Facts:
    """Return zip, state, area code and the answers that the campaign calls anonymous.

    A zip says the state better than the publisher does; his word wins over the area code, which
    moves with its owner.
    """
    facts: dict[str, str] = {}
    zip_code = ZIP_IN.fullmatch(_first(found, ZIP))
    if zip_code and is_zip(zip_code[1]):
        facts |= {"zip": zip_code[1], "state": state_of_zip(zip_code[1])}
    told = _first(found, STATE).upper()
    if told in STATES:
        facts.setdefault("state", told)
    code = area_code(number)
    if code:
        facts["area_code"] = code
        facts.setdefault("state", state_of_area_code(code))
    if campaign.anonymous_answers:
        facts |= _answers(found, campaign.anonymous_answers)
    return tuple(sorted(item for item in facts.items() if item[1]))


def _answers(found: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """Return the answers to what the campaign asks, as far as they tell of nobody."""
    told = {f"ivr.{name}": found.get(name.lower(), "") for name in names}
    printable = {name: value for name, value in told.items() if value.isprintable()}
    return select(printable, Moment.PING, names)


def _auctions(found: Mapping[str, str]) -> tuple[UUID, ...]:
    long = [value for value in found.values() if len(value) >= AUCTION_CHARS]
    ids = {match[1] for value in long for match in AUCTION_ID.finditer(value)}
    return tuple(UUID(one) for one in sorted(ids))


def _first(found: Mapping[str, str], names: tuple[str, ...]) -> str:
    for name in names:
        value = found.get(name)
        if value:
            return value
    return ""
