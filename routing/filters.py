"""Whether a call's facts pass a target's filters. Pure. An unknown value never passes.

A target's filters become rules; it may have the call when every rule's tree holds. The trees
and their atoms are in routing/rule_tree.py, with what an index over them has to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from market.condition import And, Condition, fields_of
from market.network import Filter
from routing.condition_compiling import compile_condition, values_of
from routing.rule_tree import AllOf, AnyOf, Facts, Known, Matching, OneOf, Tree, Values

__all__ = ["Rule", "compile_filters", "first_miss"]

COST_OF_OTHERS = 5  # Against one look into a set: Containing and Within.
COST_OF_PATTERN = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter, compiled."""

    name: str  # What a miss is called: the filter's own name, or the fields it asks about.
    tree: Tree

    def passes(self, facts: Facts) -> bool:
        """Tell whether `facts` pass."""
        return self.tree.holds(facts)


def compile_filters(
    filters: Iterable[Filter], lists: Mapping[str, Values] | None = None
) -> tuple[Rule, ...]:
    """Return the rules of `filters`, those that cost least first."""
    rules = [rule for one in filters for rule in _rules(one, lists or {})]
    return tuple(sorted(rules, key=lambda rule: _cost(rule.tree)))


def first_miss(rules: tuple[Rule, ...], facts: Facts) -> str:
    """Return the name of the first rule that `facts` do not pass, or ""."""
    for rule in rules:
        if not rule.tree.holds(facts):
            return rule.name
    return ""


def _rules(one: Filter, lists: Mapping[str, Values]) -> Iterable[Rule]:
    """Yield the rules of a filter; the parts of an `and` are rules of their own, to name a miss."""
    if one.condition is None:
        yield Rule(one.name or one.field, _simple(one))
        return
    parts = one.condition.parts if isinstance(one.condition, And) else (one.condition,)
    for part in parts:
        yield Rule(one.name or _name(part), compile_condition(part, lists))


def _simple(one: Filter) -> Tree:
    parts: list[Tree] = []
    if one.any_of:
        parts.append(OneOf(one.field, values_of(one.any_of)))
    if one.none_of:
        parts.append(OneOf(one.field, values_of(one.none_of), negated=True))
    if not parts:
        return Known(one.field)
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _name(part: Condition) -> str:
    return ",".join(fields_of(part))


def _cost(tree: Tree) -> int:
    """Return how long a tree takes to ask, in looks into a set."""
    match tree:
        case AllOf(parts) | AnyOf(parts):
            return sum(_cost(part) for part in parts)
        case OneOf(_, values):
            return 1 + len(values.lengths)
        case Known():
            return 1
        case Matching():
            return COST_OF_PATTERN
    return COST_OF_OTHERS
