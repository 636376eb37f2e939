"""Any condition, and what it means, said in the plainest way: three values, no cleverness."""

import re
from decimal import Decimal

from hypothesis import strategies as st

from market.condition import And, Comparison, Not, Or

FIELDS = ("ivr.a", "ivr.b", "zip")
TEXTS = st.text("019a", min_size=1, max_size=3)
NUMBERS = st.sampled_from(["0", "9", "10", "90.5", "-1"])
LISTS = {"some": ("1", "9*"), "none": ("zzz",)}
FACTS = st.dictionaries(
    st.sampled_from(FIELDS), st.one_of(TEXTS, NUMBERS, st.just("")), max_size=len(FIELDS)
)


def _some(values):
    return st.lists(values, min_size=1, max_size=3).map(tuple)


def _comparison(operator, values):
    return st.builds(Comparison, st.sampled_from(FIELDS), st.just(operator), values)


IN_VALUES = st.one_of(TEXTS, TEXTS.map(lambda text: text + "*"), st.just("list:some"))
COMPARISONS = st.one_of(
    _comparison("in", _some(IN_VALUES)),
    _comparison("begins_with", _some(TEXTS)),
    _comparison("contains", _some(TEXTS)),
    _comparison("matches", _some(st.sampled_from(["^9", "a$", "0|1", "x"])).map(lambda v: v[:1])),
    st.sampled_from([">", ">=", "<", "<="]).flatmap(lambda op: _comparison(op, st.tuples(NUMBERS))),
    _comparison("between", st.tuples(NUMBERS, NUMBERS).map(lambda p: tuple(sorted(p, key=float)))),
    _comparison("present", st.just(())),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


def truth(condition, facts):
    """Return True, False, or None for unknown."""
    match condition:
        case Not(part):
            inner = truth(part, facts)
            return None if inner is None else not inner
        case And(parts):
            found = [truth(part, facts) for part in parts]
            return False if False in found else None if None in found else True
        case Or(parts):
            found = [truth(part, facts) for part in parts]
            return True if True in found else None if None in found else False
    return _compared(condition, facts.get(condition.field, ""))


def _compared(one, value):
    if one.operator == "present":
        return value != ""
    if not value:
        return None
    match one.operator:
        case "in":
            return any(_is(value, listed) for listed in one.values)
        case "begins_with":
            return any(value.startswith(text) for text in one.values)
        case "contains":
            return any(text in value for text in one.values)
        case "matches":
            return re.search(one.values[0], value) is not None
    if not re.fullmatch(r"-?\d+(\.\d+)?", value):
        return None
    number, values = Decimal(value), [Decimal(text) for text in one.values]
    match one.operator:
        case ">":
            return number > values[0]
        case ">=":
            return number >= values[0]
        case "<":
            return number < values[0]
        case "<=":
            return number <= values[0]
    return values[0] <= number <= values[1]


def _is(value, listed):
    if listed.startswith("list:"):
        return any(_is(value, one) for one in LISTS[listed[5:]])
    return value.startswith(listed[:-1]) if listed.endswith("*") else value == listed
