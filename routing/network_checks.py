"""What must hold between the tables of a network file: ids, references, no loops. Pure.

Works on the document as it was found, so that one bad key does not hide other problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from routing.network_callback import check_callbacks
from routing.network_error import Place
from routing.network_health import check_secondaries
from routing.network_known import check_known
from routing.network_notices import check_webhooks
from routing.network_reading import Found, tables
from routing.network_rtb import check_between_doors
from routing.network_rule_checks import check_rules, texts_in
from routing.network_screening import check_screening
from routing.network_signalling import check_signalling

KEY_OF = {
    "campaign": "id",
    "publisher": "id",
    "buyer": "id",
    "target": "id",
    "list": "id",
    "holidays": "id",
    "number": "number",
    "rtb": "id",
    "lookup": "id",
    "flow": "id",
    "webhook": "id",
}


def check_between(document: Found, place: Place, formats: Collection[str] | None) -> None:
    """Note everything that is wrong between tables; `formats` None: they are not checked."""
    known = {table: set(_unique(document, table, place)) for table in KEY_OF}
    for number, at in tables(document, "number", place):
        _refer(number, "campaign", known["campaign"], at)
        _refer(number, "publisher", known["publisher"], at)
    for door, at in tables(document, "rtb", place):
        _refer(door, "campaign", known["campaign"], at)
        _refer(door, "publisher", known["publisher"], at)
    check_between_doors(document, place)
    for campaign, at in tables(document, "campaign", place):
        _check_tiers(campaign, known["target"], at)
        _no_loop(campaign, "fallback", known["number"], at)
    check_secondaries(document, known["target"], place)
    for target, at in tables(document, "target", place):
        _refer(target, "buyer", known["buyer"], at)
        _no_loop(target, "destination", known["number"], at)
        ping = target.get("ping")
        if formats is not None and isinstance(ping, dict):
            _refer(ping, "format", formats, at.at("ping"))
    check_signalling(document, place)
    check_rules(document, place)
    check_callbacks(document, known["lookup"], place)
    check_screening(document, known["lookup"], place)
    check_webhooks(document, known["buyer"], known["publisher"], place)


def _unique(document: Found, table: str, place: Place) -> Iterator[str]:
    """Yield the ids of a table; an id that was there before is noted."""
    seen: set[str] = set()
    for found, at in tables(document, table, place):
        id_ = found.get(KEY_OF[table])
        if not isinstance(id_, str):
            continue  # Noted where the table was read.
        if id_ in seen:
            at.at(KEY_OF[table]).note(f'a second "{id_}"', f"each {table} once")
        seen.add(id_)
        yield id_


def _refer(found: Found, name: str, known: Collection[str], place: Place) -> None:
    if isinstance(id_ := found.get(name), str):
        check_known(id_, name, known, place.at(name))


def _check_tiers(campaign: Found, targets: Collection[str], place: Place) -> None:
    for tier, at in tables(campaign, "tier", place):
        seen: set[str] = set()
        for index, id_ in enumerate(texts_in(tier, "targets")):
            here = at.at("targets").item(index)
            check_known(id_, "target", targets, here)
            if id_ in seen:
                here.note(f'a second "{id_}"', "each target once in a tier")
            seen.add(id_)


def _no_loop(found: Found, name: str, numbers: Collection[str], place: Place) -> None:
    if isinstance(number := found.get(name), str) and number in numbers:
        right = "a number of somebody else: calls to our own would come back to us"
        place.at(name).note(f'the tracking number "{number}"', right)
