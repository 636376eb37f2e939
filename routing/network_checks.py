"""What must hold between the tables of a network file: ids, references, no loops. Pure.

Works on the document as it was found, so that one bad key does not hide other problems.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from routing.network_error import Place
from routing.network_filters import check_list_values, comparisons_in, list_names
from routing.network_health import check_secondaries
from routing.network_reading import Found, tables

Lists = Mapping[str, Sequence[str]]  # The values of each list of the file, by its id.
KEY_OF = {
    "campaign": "id",
    "publisher": "id",
    "buyer": "id",
    "target": "id",
    "list": "id",
    "holidays": "id",
    "number": "number",
}


def check_between(document: Found, place: Place, formats: Collection[str] | None) -> None:
    """Note everything that is wrong between tables; `formats` None: they are not checked."""
    lists = {
        str(one.get("id")): _texts(one, "values") for one, _ in tables(document, "list", place)
    }
    known = {table: set(_unique(document, table, place)) for table in KEY_OF}
    for number, at in tables(document, "number", place):
        _refer(number, "campaign", known["campaign"], at)
        _refer(number, "publisher", known["publisher"], at)
    for campaign, at in tables(document, "campaign", place):
        _check_tiers(campaign, known["target"], at)
        _no_loop(campaign, "fallback", known["number"], at)
    check_secondaries(document, known["target"], place)
    for target, at in tables(document, "target", place):
        _refer(target, "buyer", known["buyer"], at)
        _no_loop(target, "destination", known["number"], at)
        _check_holidays(target.get("hours"), known["holidays"], at.at("hours"))
        _check_fields(target, document, lists, at)
        ping = target.get("ping")
        if formats is not None and isinstance(ping, dict):
            _refer(ping, "format", formats, at.at("ping"))


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
        _known(id_, name, known, place.at(name))


def _known(id_: str, kind: str, known: Collection[str], place: Place) -> None:
    if id_ not in known:
        close = get_close_matches(id_, known, n=3) or sorted(known)[:5]
        listed = f" ({', '.join(close)})" if close else " (there is none)"
        place.note(f'the unknown {kind} "{id_}"', f"the id of a {kind}{listed}")


def _check_tiers(campaign: Found, targets: Collection[str], place: Place) -> None:
    for tier, at in tables(campaign, "tier", place):
        seen: set[str] = set()
        for index, id_ in enumerate(_texts(tier, "targets")):
            here = at.at("targets").item(index)
            _known(id_, "target", targets, here)
            if id_ in seen:
                here.note(f'a second "{id_}"', "each target once in a tier")
            seen.add(id_)


def _no_loop(found: Found, name: str, numbers: Collection[str], place: Place) -> None:
    if isinstance(number := found.get(name), str) and number in numbers:
        right = "a number of somebody else: calls to our own would come back to us"
        place.at(name).note(f'the tracking number "{number}"', right)


def _check_fields(target: Found, document: Found, lists: Lists, place: Place) -> None:
    """Note fields that no campaign collects for this target: they would refuse every call."""
    answers = set(_answers(target.get("id"), document))
    for rule, at in tables(target, "filter", place):
        if isinstance(field := rule.get("field"), str):
            _check_answer(field, answers, at.at("field"))
        _check_condition(rule, answers, lists, at)
    for index, field in enumerate(_texts(target, "required")):
        _check_answer(field, answers, place.at("required").item(index))


def _check_holidays(hours: object, known: Collection[str], place: Place) -> None:
    for index, id_ in enumerate(_texts(hours, "holidays") if isinstance(hours, dict) else ()):
        _known(id_, "list of holidays", known, place.at("holidays").item(index))


def _check_condition(found: Found, answers: Collection[str], lists: Lists, place: Place) -> None:
    """Note what a condition names and nobody collects, or what is no list that fits."""
    here = place.at("condition")
    for one in comparisons_in(found.get("condition")):
        _check_answer(one.field, answers, here)
        for name in list_names(one):
            _known(name, "list", lists, here)
            check_list_values(name, lists.get(name, ()), one.field, here)


def _check_answer(field: str, answers: Collection[str], place: Place) -> None:
    group, _, name = field.partition(".")
    if group == "ivr" and name not in answers:
        listed = ", ".join(sorted(answers)) or "none so far"
        place.note(f'"{field}"', f"one of the anonymous_answers of its campaigns ({listed})")


def _answers(target: object, document: Found) -> Iterator[str]:
    """Yield the answers of the campaigns that offer calls to `target`; of all, if none does."""
    campaigns: list[Mapping[str, Any]] = [
        one for one, _ in tables(document, "campaign", Place("", []))
    ]
    own = [one for one in campaigns if target in _offered(one)]
    for campaign in own or campaigns:
        yield from _texts(campaign, "anonymous_answers")


def _offered(campaign: Found) -> set[str]:
    tiers = tables(campaign, "tier", Place("", []))
    return {id_ for tier, _ in tiers for id_ in _texts(tier, "targets")}


def _texts(found: Found, name: str) -> list[str]:
    listed = found.get(name)
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
