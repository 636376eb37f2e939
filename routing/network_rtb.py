"""The `[[rtb]]` blocks of a network file: doors for publishers who ping us. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields as fields_of
from typing import Any

from market.money import UNIT, Micros
from market.rtb import STORE_MS, RtbDoor
from routing import network_values as v
from routing.network_error import Place
from routing.network_reading import Found, Key, list_of, tables

DEFAULTS: dict[str, Any] = {field.name: field.default for field in fields_of(RtbDoor)}
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*(:\d{1,5})?", re.ASCII)
FREE, CENT = Micros(0), Micros(UNIT // 100)
DEADLINE_MOST_MS = 15_000  # No publisher's system waits longer with a caller on the line.
POOL_MOST = 2000  # Numbers of one door. A free one is looked for in all of them.

money = v.money(FREE, v.PRICE_MOST)
RTB = {
    "id": Key(v.ident, needed=True),
    "campaign": Key(v.ident, needed=True),
    "publisher": Key(v.ident, needed=True),
    "pass_through": Key(v.flag),
    "bid": Key(v.money(CENT, v.PRICE_MOST)),
    "bid_max": Key(v.money(CENT, v.PRICE_MOST)),
    "margin_percent": Key(v.whole(0, 100, "percent")),
    "margin_amount": Key(money),
    "margin_min": Key(money),
    "told_ms": Key(v.whole(10, DEADLINE_MOST_MS, "milliseconds")),
    "deadline_ms": Key(v.whole(100, DEADLINE_MOST_MS, "milliseconds")),
    "timeout_ms": Key(v.whole(100, DEADLINE_MOST_MS, "milliseconds")),
    "expiry_s": Key(v.seconds(5, 3600)),
    "dial_s": Key(v.seconds(1, 60)),
    "grace_s": Key(v.seconds(0, 3600)),
    "caller_id_required": Key(v.flag),
    "required": Key(list_of(v.filter_field)),
    "sip_host": Key(v.matching(HOST, 'a host name, like "rtb.example.com"', empty=True)),
    "numbers": Key(list_of(v.phone)),
    "shared_number": Key(v.matching(v.E164, 'a number in E.164, or "" for none', empty=True)),
    "honor_expired": Key(v.flag),
    "route_stale": Key(v.flag),
    "other_caller": Key(v.choice("promise", "ordinary", "refuse")),
    "second_call": Key(v.choice("ordinary", "refuse")),
    "unmatched": Key(v.choice("ordinary", "refuse")),
    "rate_max": Key(v.whole(1, 1_000_000, "pings")),
    "rate_s": Key(v.seconds(1, 86_400)),
    "caller_rate_max": Key(v.whole(1, 100_000, "pings")),
    "priority": Key(v.whole(1, 100)),
    "paused": Key(v.flag),
}


def check_door(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what does not go together in one door."""
    door = DEFAULTS | fields
    if door["told_ms"] + STORE_MS >= door["deadline_ms"]:
        right = f"less than deadline_ms less {STORE_MS}, which is {door['deadline_ms'] - STORE_MS}"
        place.at("told_ms").note(str(door["told_ms"]), right)
    if door["deadline_ms"] >= door["timeout_ms"]:
        right = f"less than timeout_ms, which is {door['timeout_ms']}: the answer needs a way too"
        place.at("deadline_ms").note(str(door["deadline_ms"]), right)
    if door["dial_s"] >= door["expiry_s"]:
        right = f"less than expiry_s, which is {door['expiry_s']:g}"
        place.at("dial_s").note(f"{door['dial_s']:g}", right)
    if not (door["sip_host"] or door["numbers"] or door["shared_number"]):
        place.note("a door without a way to call", "sip_host, numbers or shared_number")
    if len(door["numbers"]) > POOL_MOST:
        place.at("numbers").note(f"{len(door['numbers'])} numbers", f"at most {POOL_MOST}")
    _check_mode(found, place, pass_through=door["pass_through"])


def _check_mode(found: Found, place: Place, *, pass_through: bool) -> None:
    if pass_through and "bid" in found:
        place.at("bid").note("a key of doors without pass-through", "pass_through = false")
    if pass_through:
        return
    if "bid" not in found:
        place.at("bid").note("nothing", "what is promised: the door asks no buyers")
    for name in ("bid_max", "margin_percent", "margin_amount", "margin_min"):
        if name in found:
            place.at(name).note("a key of doors with pass-through", "bid alone")


def check_between_doors(document: Found, place: Place) -> None:
    """Note numbers that are not the door's own, and fields that no ping can bring."""
    owners = {
        id_: (number.get("campaign"), number.get("publisher"))
        for number, _ in tables(document, "number", place)
        if isinstance(id_ := number.get("number"), str)
    }
    taken: set[str] = set()
    for door, at in tables(document, "rtb", place):
        own = (door.get("campaign"), door.get("publisher"))
        for number, here in _numbers(door, at):
            if owners.get(number) != own:
                right = "the number of a [[number]] block with this campaign and publisher"
                here.note(f'"{number}"', right)
            if number in taken:
                here.note(f'a second "{number}"', "each number at one door, and once")
            taken.add(number)
        if own not in owners.values():
            right = "a [[number]] with its campaign and publisher: buyers see its calls under it"
            at.note("a door without a tracking number", right)
        _check_required(door, document, at)


def _numbers(door: Found, place: Place) -> Iterator[tuple[str, Place]]:
    listed = door.get("numbers")
    for index, number in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(number, str):
            yield number, place.at("numbers").item(index)
    if isinstance(shared := door.get("shared_number"), str) and shared:
        yield shared, place.at("shared_number")


def _check_required(door: Found, document: Found, place: Place) -> None:
    answers: set[str] = set()
    for campaign, _ in tables(document, "campaign", place):
        listed = campaign.get("anonymous_answers")
        if campaign.get("id") == door.get("campaign") and isinstance(listed, list):
            answers.update(f"ivr.{name}" for name in listed)
    required = door.get("required")
    for index, field in enumerate(required if isinstance(required, list) else ()):
        if isinstance(field, str) and field.startswith("ivr.") and field not in answers:
            listed = ", ".join(sorted(answers)) or "none so far"
            right = f"one of the anonymous_answers of its campaign ({listed})"
            place.at("required").item(index).note(f'"{field}"', right)
