"""Whether a call's facts pass a target's filters. Pure. An unknown value never passes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from market.network import Filter


@dataclass(frozen=True, slots=True)
class Values:
    """A list of values and prefixes, made for looking up."""

    whole: frozenset[str]
    prefixes: tuple[str, ...]

    def __contains__(self, value: str) -> bool:
        return value in self.whole or (bool(self.prefixes) and value.startswith(self.prefixes))

    def __bool__(self) -> bool:
        return bool(self.whole or self.prefixes)


@dataclass(frozen=True, slots=True)
class Rule:
    """A filter, compiled."""

    field: str
    any_of: Values
    none_of: Values

    def passes(self, value: str) -> bool:
        """Tell whether `value` passes; "" is unknown, and what is unknown does not."""
        if not value or value in self.none_of:
            return False
        return not self.any_of or value in self.any_of


def compile_filters(filters: Iterable[Filter]) -> tuple[Rule, ...]:
    """Return the rules of `filters`, those that cost least first."""
    rules = [Rule(one.field, _values(one.any_of), _values(one.none_of)) for one in filters]
    return tuple(sorted(rules, key=_cost))


def first_miss(rules: tuple[Rule, ...], facts: Mapping[str, str]) -> str:
    """Return the field of the first rule that `facts` do not pass, or ""."""
    for rule in rules:
        if not rule.passes(facts.get(rule.field, "")):
            return rule.field
    return ""


def _values(listed: tuple[str, ...]) -> Values:
    return Values(
        frozenset(value for value in listed if not value.endswith("*")),
        tuple(value[:-1] for value in listed if value.endswith("*")),
    )


def _cost(rule: Rule) -> int:
    """A look into a set costs the same for any size; prefixes are tried one by one."""
    return len(rule.any_of.prefixes) + len(rule.none_of.prefixes)
