"""Filters of a network file: the short form, and conditions in text. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

from market.condition import LIST, Comparison, Condition, comparisons
from routing import network_values as v
from routing.condition_compiling import PatternError, compile_pattern
from routing.condition_text import Mistake, read_condition
from routing.condition_words import ConditionError
from routing.network_error import Note, Place, Refused, shown
from routing.network_reading import Found, Key, list_of

NO_NUMBERS = ("state", "vertical", "publisher", "number", *v.CONSENT_FIELDS)
texts = list_of(v.text)


def condition(found: object, place: Place) -> Condition:
    """Read a condition in text, with the checks that need nothing but it."""
    if not isinstance(found, str):
        raise place.refuse(found, 'a condition as text, like "state in (TX, FL) and zip != 79936"')
    try:
        return read_condition(found, _check)
    except ConditionError as error:
        place.note(error.found, error.right)
        raise Refused(place.key) from None


FILTER = {
    "field": Key(v.filter_field),
    "any_of": Key(texts),
    "none_of": Key(texts),
    "name": Key(v.ident),
    "condition": Key(condition),
}


def check_filter(found: Found, fields: dict[str, Any], place: Place) -> None:
    """Note what is wrong between the keys of a filter."""
    if "condition" in found:
        for name in ("field", "any_of", "none_of"):
            if name in found:
                place.at(name).note("a key of the short form", "the condition alone")
        return
    if "field" not in found:
        place.at("field").note("nothing", "this key, or a condition")
    if not found.get("any_of") and not found.get("none_of"):
        place.note("a filter without values", "any_of or none_of, or no filter")
    for name in ("any_of", "none_of"):
        if isinstance(found.get(name), list) and "field" in fields:
            with suppress(Refused):
                list_of(v.filter_value(fields["field"]))(found[name], place.at(name))


def comparisons_in(text: object) -> tuple[Comparison, ...]:
    """Return the comparisons of a condition as it was found; none, if it cannot be read."""
    try:
        return comparisons(read_condition(text)) if isinstance(text, str) else ()
    except ConditionError:
        return ()  # Noted where it was read.


def list_names(one: Comparison) -> Iterator[str]:
    """Yield the lists that a comparison names."""
    if one.operator == "in":
        yield from (value.removeprefix(LIST) for value in one.values if value.startswith(LIST))


def check_list_values(name: str, values: Sequence[str], field: str, place: Place) -> None:
    """Note the first value of a list that `field` can never have."""
    pattern, right = v.FIELD_VALUES.get(field, v.ANY_VALUE)
    wrong = next((value for value in values if not pattern.fullmatch(value)), None)
    if wrong is not None:
        place.note(f"{shown(wrong)} in {LIST}{name}, compared with {field}", right)


def _check(one: Comparison) -> None:
    """Raise Mistake if a comparison could never be meant."""
    _field(one.field)
    match one.operator:
        case "in":
            for value in one.values:
                _value(one.field, value)
        case "matches":
            _pattern(one.values[0])
        case ">" | ">=" | "<" | "<=" | "between":
            _numbers(one)


def _field(name: str) -> None:
    notes: list[Note] = []
    try:
        v.filter_field(name, Place("", notes))
    except Refused:
        raise Mistake(name, notes[0].right) from None


def _value(field: str, value: str) -> None:
    if value.startswith(LIST):
        if not v.IDENT.fullmatch(value.removeprefix(LIST)):
            raise Mistake(value, "list: and the id of a list, without a space")
        return
    pattern, right = v.FIELD_VALUES.get(field, v.ANY_VALUE)
    if not pattern.fullmatch(value):
        raise Mistake(f"{field} compared with {shown(value)}", right)


def _pattern(pattern: str) -> None:
    try:
        compile_pattern(pattern)
    except PatternError as error:
        raise Mistake(shown(pattern), f"a pattern as RE2 takes it: {error}") from None


def _numbers(one: Comparison) -> None:
    if one.field in NO_NUMBERS:
        raise Mistake(f"{one.field}, as a number", "a field whose values are numbers")
    if one.operator == "between" and Decimal(one.values[0]) > Decimal(one.values[1]):
        raise Mistake(f"{one.values[0]} and {one.values[1]}", "the smaller number first")
