"""Tell a yes from a no: rejections are looked for first, and nothing is a yes by default. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from buyers.format import Rule, ValueTest
from buyers.glob import glob
from buyers.price import read_price
from buyers.reason import as_text
from buyers.selector import finder
from market.http import HttpReply
from market.money import UNIT

Json = object
Test = Callable[[Json, Json, HttpReply], bool]  # Of a bid's part, the whole answer, the reply.


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
    statuses, empty = rule.statuses, rule.empty
    tests = tuple(_value_test(one) for one in rule.tests)
    if len(tests) == 1 and statuses is None and not empty:
        return tests[0]

    def holds(item: Json, top: Json, reply: HttpReply) -> bool:
        if statuses is not None and reply.status not in statuses:
            return False
        if empty and reply.body.strip():
            return False
        return all(test(item, top, reply) for test in tests)

    return holds


def _value_test(test: ValueTest) -> Test:
    find = finder((test.at,))
    equals, differs, above, present = test.equals, test.differs, test.above, test.present
    if equals is not None:
        return lambda item, top, reply: kind(find(item, top, reply)) in equals
    if differs is not None:
        return lambda item, top, reply: (
            (value := find(item, top, reply)) is not None and kind(value) not in differs
        )
    if above is not None:
        least = above * UNIT
        return lambda item, top, reply: (read_price(find(item, top, reply)) or 0) > least
    if present is not None:
        return lambda item, top, reply: bool(find(item, top, reply)) is present
    patterns = [glob(written) for written in test.like]

    def is_like(item: Json, top: Json, reply: HttpReply) -> bool:
        said = as_text(find(item, top, reply))
        return bool(said) and any(matches(said) for matches in patterns)

    return is_like


def tests(rules: Iterable[Rule], *, accepts: bool) -> tuple[tuple[Test, str], ...]:
    """Return the tests that accept, or those that reject, with the code of each."""
    return tuple((test_of(rule), rule.code) for rule in rules if rule.accepts is accepts)


def is_blind(rule: Rule) -> bool:
    """Return whether the rule can be asked of an answer that could not be read."""
    return all(test.at.path is None for test in rule.tests)
