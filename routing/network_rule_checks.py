"""What must hold between rules and the rest of a network file: fields, lists, holidays. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from routing.network_error import Place
from routing.network_filters import check_list_values, comparisons_in, list_names
from routing.network_known import check_known
from routing.network_pricing import check_modifiers
from routing.network_reading import Found, tables

Lists = Mapping[str, Found]  # The lists of the file, by id.
NOWHERE = Place("", [])


def check_rules(document: Found, place: Place) -> None:
    """Note rules that name what nobody collects, or what is not in the file."""
    lists = {str(one.get("id")): one for one, _ in tables(document, "list", place)}
    holidays = {str(one.get("id")) for one, _ in tables(document, "holidays", place)}
    for target, at in tables(document, "target", place):
        answers = set(_answers(target.get("id"), document))
        _check_target(target, answers, lists, at)
        _check_ids(target.get("hours"), "holidays", holidays, at.at("hours"))
    for campaign, at in tables(document, "campaign", place):
        _check_modifiers(campaign, set(texts_in(campaign, "anonymous_answers")), lists, at)
    ids = {name: {str(one.get("id")) for one, _ in tables(document, name, NOWHERE)}
           for name in ("buyer", "target")}  # fmt: skip
    for publisher, at in tables(document, "publisher", place):
        _check_modifiers(publisher, set(_answers(None, document)), lists, at)
        _check_ids(publisher, "blocked_buyers", ids["buyer"], at)
        _check_ids(publisher, "blocked_targets", ids["target"], at)


def _check_target(target: Found, answers: Collection[str], lists: Lists, place: Place) -> None:
    """Note fields that no campaign collects for this target: they would refuse every call."""
    for rule, at in tables(target, "filter", place):
        if isinstance(field := rule.get("field"), str):
            _check_answer(field, answers, at.at("field"))
        _check_condition(rule, answers, lists, at)
    for index, field in enumerate(texts_in(target, "required")):
        _check_answer(field, answers, place.at("required").item(index))
    _check_modifiers(target, answers, lists, place)


def _check_modifiers(found: Found, answers: Collection[str], lists: Lists, place: Place) -> None:
    check_modifiers(found, lists, place)
    for row, at in tables(found, "modifier", place):
        _check_condition(row, answers, lists, at)
        if isinstance(name := row.get("list"), str):
            field = row.get("field", "zip")
            check_known(name, "list", lists, at.at("list"))
            check_list_values(name, texts_in(lists.get(name, {}), "values"), field, at.at("list"))
            if isinstance(field, str):
                _check_answer(field, answers, at.at("field"))


def _check_condition(found: Found, answers: Collection[str], lists: Lists, place: Place) -> None:
    here = place.at("condition")
    for one in comparisons_in(found.get("condition")):
        _check_answer(one.field, answers, here)
        for name in list_names(one):
            check_known(name, "list", lists, here)
            check_list_values(name, texts_in(lists.get(name, {}), "values"), one.field, here)


def _check_answer(field: str, answers: Collection[str], place: Place) -> None:
    group, _, name = field.partition(".")
    if group == "ivr" and name not in answers:
        listed = ", ".join(sorted(answers)) or "none so far"
        place.note(f'"{field}"', f"one of the anonymous_answers of its campaigns ({listed})")


def _check_ids(found: object, name: str, known: Collection[str], place: Place) -> None:
    kind = {"holidays": "list of holidays", "blocked_buyers": "buyer"}.get(name, "target")
    for index, id_ in enumerate(texts_in(found, name) if isinstance(found, dict) else ()):
        check_known(id_, kind, known, place.at(name).item(index))


def _answers(target: object, document: Found) -> Iterator[str]:
    """Yield the answers of the campaigns that offer calls to `target`; of all, if none does."""
    campaigns = [one for one, _ in tables(document, "campaign", NOWHERE)]
    own = [one for one in campaigns if target in _offered(one)]
    for campaign in own or campaigns:
        yield from texts_in(campaign, "anonymous_answers")


def _offered(campaign: Found) -> list[str]:
    tiers = tables(campaign, "tier", NOWHERE)
    return [id_ for tier, _ in tiers for id_ in texts_in(tier, "targets")]


def texts_in(found: Mapping[str, Any], name: str) -> list[str]:
    """Return the texts of the list `name`, as far as it is one."""
    listed = found.get(name)
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
