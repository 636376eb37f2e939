"""Conditions compiled: trees without `not`, over atoms that may be negated. Pure.

Every `not` is moved down to the atoms. There, "true" needs no third value: an atom of an
unknown fact is false, negated or not, and over such atoms And and Or are true exactly where
the three-valued condition is (market/condition.py). So an index may keep, for each atom, the
rules that a value satisfies, and join them with & and |:

- `OneOf`: whole values and prefixes, as sets. `Within`: an interval of numbers.
- `Known`: the one atom that holds of an unknown fact, when it is negated.
- `Containing`, `Matching`: to be tried, once for each distinct atom (atoms are hashable).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from decimal import Decimal
from typing import Protocol

from routing.condition_text import NUMBER

Facts = Mapping[str, str]  # A field that is not there, or "", is unknown.


class Pattern(Protocol):
    """A compiled pattern that takes linear time, whatever it is."""

    def search(self, text: str) -> object | None:
        """Return a match anywhere in `text`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Values:
    """A list of values and prefixes, made for looking up: the same time for any size."""

    whole: frozenset[str]
    prefixes: frozenset[str]
    lengths: tuple[int, ...]  # Of the prefixes, each once.

    def __contains__(self, value: str) -> bool:
        if value in self.whole:
            return True
        for length in self.lengths:  # noqa: SIM110  any() costs more than the look.
            if value[:length] in self.prefixes:
                return True
        return False

    def __bool__(self) -> bool:
        return bool(self.whole or self.prefixes)


@dataclass(frozen=True, slots=True)
class OneOf:
    field: str
    values: Values
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether the fact is one of the values; unknown is not, negated or not."""
        value = facts.get(self.field, "")
        return bool(value) and (value in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Within:
    """From `least` to `most`; an end that is "open" does not belong to it, None is no end."""

    field: str
    least: Decimal | None
    most: Decimal | None
    open: bool = False
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether the fact is a number in the interval; what is no number is unknown."""
        number = number_of(facts.get(self.field, ""))
        return number is not None and self.includes(number) is not self.negated

    def includes(self, number: Decimal) -> bool:
        """Tell whether `number` is in the interval."""
        if self.open and number in (self.least, self.most):
            return False
        return (self.least is None or self.least <= number) and (
            self.most is None or number <= self.most
        )


@dataclass(frozen=True, slots=True)
class Known:
    field: str
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether the fact was collected; negated: whether it was not."""
        return bool(facts.get(self.field)) is not self.negated


@dataclass(frozen=True, slots=True)
class Containing:
    field: str
    texts: tuple[str, ...]
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether any of the texts is somewhere in the fact."""
        value = facts.get(self.field, "")
        return bool(value) and any(text in value for text in self.texts) is not self.negated


@dataclass(frozen=True, slots=True)
class Matching:
    field: str
    text: str
    pattern: Pattern = dataclass_field(compare=False)
    negated: bool = False

    def holds(self, facts: Facts) -> bool:
        """Tell whether the pattern is somewhere in the fact."""
        value = facts.get(self.field, "")
        return bool(value) and (self.pattern.search(value) is not None) is not self.negated


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Tree, ...]

    def holds(self, facts: Facts) -> bool:
        """Tell whether all parts hold."""
        return all(part.holds(facts) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple[Tree, ...]

    def holds(self, facts: Facts) -> bool:
        """Tell whether any part holds."""
        return any(part.holds(facts) for part in self.parts)


Atom = OneOf | Within | Known | Containing | Matching
Tree = Atom | AllOf | AnyOf


def number_of(value: str) -> Decimal | None:
    """Return `value` as a number, or None: "065" is 65, "12 or so" is none."""
    return Decimal(value) if NUMBER.fullmatch(value) else None
