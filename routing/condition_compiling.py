"""Turn a condition into a tree made for asking. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import re2

from market.condition import LIST, And, Comparison, Condition, Not, Or
from routing.rule_tree import (
    AllOf,
    AnyOf,
    Atom,
    Containing,
    Known,
    Matching,
    OneOf,
    Pattern,
    Tree,
    Values,
    Within,
)

PATTERN_MOST = 300  # Characters.
PATTERN_BYTES_MOST = 1 << 18  # What a compiled pattern may take; "(x{100}){100}" takes more.


class PatternError(ValueError):
    """The pattern cannot be used."""


def compile_condition(condition: Condition, lists: Mapping[str, Values]) -> Tree:
    """Return `condition` as a tree; its lists are in `lists`, by name."""
    return _tree(condition, lists, negated=False)


def values_of(listed: Iterable[str], lists: Mapping[str, Values] | None = None) -> Values:
    """Return values, prefixes ("90*") and, by name, whole lists ("list:zips") as one."""
    own, named = [], []
    for one in listed:
        if lists is not None and one.startswith(LIST):
            named.append(lists[one.removeprefix(LIST)])
        else:
            own.append(one)
    if len(named) == 1 and not own:
        return named[0]  # Shared: a list of all zips is in memory once.
    whole = {value for value in own if not value.endswith("*")}
    prefixes = {value[:-1] for value in own if value.endswith("*")}
    whole.update(*(one.whole for one in named))
    prefixes.update(*(one.prefixes for one in named))
    return _values(whole, prefixes)


def compile_pattern(pattern: str) -> Pattern:
    """Return `pattern` compiled by RE2, which never goes back: any text takes linear time.

    Python's own engine may take forever on a pattern like "(a+)+$", and no check of a
    pattern's looks finds all such. Raises PatternError.
    """
    if len(pattern) > PATTERN_MOST:
        raise PatternError(f"at most {PATTERN_MOST} characters")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = PATTERN_BYTES_MOST
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        why = error.args[0]
        raise PatternError(why.decode() if isinstance(why, bytes) else str(why)) from None
    return compiled


def _tree(condition: Condition, lists: Mapping[str, Values], *, negated: bool) -> Tree:
    """Return the tree; `negated` is whether an odd number of nots is around it."""
    match condition:
        case Comparison():
            return _atom(condition, lists, negated)
        case Not(part):
            return _tree(part, lists, negated=not negated)
        case And(parts):
            trees = tuple(_tree(part, lists, negated=negated) for part in parts)
            return AnyOf(trees) if negated else AllOf(trees)
        case Or(parts):
            trees = tuple(_tree(part, lists, negated=negated) for part in parts)
            return AllOf(trees) if negated else AnyOf(trees)


def _atom(one: Comparison, lists: Mapping[str, Values], negated: bool) -> Atom:
    field, values = one.field, one.values
    match one.operator:
        case "in":
            return OneOf(field, values_of(values, lists), negated)
        case "begins_with":
            return OneOf(field, _values(set(), set(values)), negated)
        case "contains":
            return Containing(field, values, negated)
        case "matches":
            return Matching(field, values[0], compile_pattern(values[0]), negated)
        case "present":
            return Known(field, negated)
        case "between":
            return Within(field, Decimal(values[0]), Decimal(values[1]), False, negated)
        case ">" | ">=":
            return Within(field, Decimal(values[0]), None, one.operator == ">", negated)
        case "<" | "<=":
            return Within(field, None, Decimal(values[0]), one.operator == "<", negated)


def _values(whole: set[str], prefixes: set[str]) -> Values:
    lengths = tuple(sorted({len(prefix) for prefix in prefixes}))
    return Values(frozenset(whole), frozenset(prefixes), lengths)
