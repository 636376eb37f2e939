"""A condition as the text that reads back as it. Pure."""

from __future__ import annotations

import re

from market.condition import And, Comparison, Condition, Not, Or
from routing.condition_words import STEERING

BARE = re.compile(r"[\w*+.:/-]+")
WORDS = {"begins_with": "begins with"}


def condition_text(condition: Condition) -> str:
    """Return `condition` as text, with brackets where reading needs them."""
    match condition:
        case Comparison():
            return _comparison(condition, "")
        case Not(Comparison(field, "present")):
            return f"{field} is missing"
        case Not(Comparison(_, "in" | "begins_with" | "contains" | "matches" | "between") as one):
            return _comparison(one, "not ")
        case Not(part):
            return f"not {_inside(part)}"
        case And(parts):
            return " and ".join(_inside(part) for part in parts)
        case Or(parts):
            return " or ".join(
                f"({condition_text(part)})" if isinstance(part, Or) else condition_text(part)
                for part in parts
            )


def _inside(part: Condition) -> str:
    text = condition_text(part)
    return f"({text})" if isinstance(part, And | Or) else text


def _comparison(one: Comparison, negation: str) -> str:
    operator = f"{negation}{WORDS.get(one.operator, one.operator)}"
    match one.operator:
        case "present":
            return f"{one.field} is present"
        case "between":
            return f"{one.field} {operator} {one.values[0]} and {one.values[1]}"
        case ">" | ">=" | "<" | "<=":
            return f"{one.field} {operator} {one.values[0]}"
        case "matches":
            return f"{one.field} {operator} {_quoted(one.values[0])}"
    values = [v if BARE.fullmatch(v) and v not in STEERING else _quoted(v) for v in one.values]
    if one.operator == "in" and len(values) == 1 and not values[0].startswith("list:"):
        return f"{one.field} {'!=' if negation else '='} {values[0]}"
    listed = values[0] if len(values) == 1 else f"({', '.join(values)})"
    return f"{one.field} {operator} {listed}"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
