"""Tell a yes from a no: rejections are looked for first, and nothing is a yes by default. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from buyers.format import Rule
from buyers.path import finder
from buyers.price import read_price
from market.money import UNIT

Json = object
Test = Callable[[Json, Json, int], bool]  # Of a bid's part, the whole answer, and the status.


def kind(value: Json) -> tuple[str, object] | None:
    """Return a value in a form that compares by type: true is not 1, and "YES" is "yes"."""
    if type(value) is str:
        return "text", value.strip().casefold()
    if type(value) is bool:
        return "boolean", value
    if type(value) is int or type(value) is float:
        return "number", value
    return None


def test_of(rule: Rule) -> Test:
    """Return the function that tells whether all that the rule names is so."""
    find = finder((rule.path,)) if rule.path else None
    statuses, equals, above, present = rule.statuses, rule.equals, rule.above, rule.present

    def holds(item: Json, top: Json, status: int) -> bool:
        if statuses is not None and status not in statuses:
            return False
        if find is None:
            return True
        value = find(item, top)
        if equals is not None:
            return kind(value) in equals
        if above is not None:
            return (read_price(value) or 0) > above * UNIT
        return present and bool(value)

    return holds


def tests(rules: Iterable[Rule], *, accepts: bool) -> tuple[tuple[Test, str], ...]:
    """Return the tests that accept, or those that reject, with the code of each."""
    return tuple((test_of(rule), rule.code) for rule in rules if rule.accepts is accepts)
