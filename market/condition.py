"""What a rule asks of a call's facts, as a tree of comparisons. Pure: data only.

A fact that was not collected is unknown, and so is one that is no number where a number is
asked for. A comparison with an unknown fact is neither true nor false but unknown; so is its
`not`; an `and` with it is never true; an `or` with it is true only by another part. A rule
passes when it is true, and in no other case: in doubt, refuse. Only `present` and `missing`
are about being known, and are always true or false.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal[
    "in", "begins_with", "contains", "matches", ">", ">=", "<", "<=", "between", "present"
]
LIST = "list:"  # Among the values of "in": the name of a list of the network.


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact against values, as they are written. Any of the values is enough."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()  # Of "in": values, prefixes ("90*"), and lists ("list:zips").


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]


Condition = Comparison | Not | And | Or


def comparisons(condition: Condition) -> tuple[Comparison, ...]:
    """Return the comparisons of `condition`, in the order in which they are written."""
    match condition:
        case Comparison():
            return (condition,)
        case Not(part):
            return comparisons(part)
        case And(parts) | Or(parts):
            return tuple(one for part in parts for one in comparisons(part))


def fields_of(condition: Condition) -> tuple[str, ...]:
    """Return the fields that `condition` asks about, each once."""
    return tuple(dict.fromkeys(one.field for one in comparisons(condition)))
