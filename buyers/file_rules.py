"""Read how a yes is told from a no from a buyer's file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from buyers.file_selector import read_selectors, says_where, selector_in
from buyers.filters import Value, text
from buyers.format import AnswerKind, Rule, ValueTest, Verdict
from buyers.rules import kind as comparable
from buyers.table import Table

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
ABOVE_MAX = 10**9
ASKED = ("is", "is_not", "like", "above", "present")
RULES_MAX = 100


def read_verdict(table: Table, kind: AnswerKind, *, status_accepts: bool) -> Verdict:
    """Return the rules, and where the reason of a no stands.

    `status_accepts`: a status alone may be a yes, as it is for posts.
    """
    rules = tuple(_rule(one, kind, status_accepts) for one in table.tables("rules"))
    if not any(rule.accepts for rule in rules):
        table.fail(
            "rules", "nothing accepts", 'a rule with then = "accept": no answer is a yes alone'
        )
    first_yes = next(n for n, rule in enumerate(rules) if rule.accepts)
    if not all(rule.accepts for rule in rules[first_yes:]):
        table.fail("rules", "a rejection after an acceptance", "write all rejections first")
    if len(rules) > RULES_MAX:
        table.fail("rules", f"{len(rules)} of them", f"at most {RULES_MAX}")
    codes = table.table("codes")
    read = tuple((said, _code(codes, said)) for said in codes)
    return Verdict(rules, read_selectors(table, "reason", kind), read)


def _rule(table: Table, kind: AnswerKind, status_accepts: bool) -> Rule:
    accepts = table.choice("then", ("accept", "reject")) == "accept"
    tests = []
    if says_where(table) or any(key in table for key in ASKED):
        tests.append(_test(table, kind, accepts))
    for one in table.tables("and"):
        tests.append(_test(one, kind, accepts))
        one.done()
    statuses = table.values("status")
    rule = Rule(
        accepts=accepts,
        tests=tuple(tests),
        statuses=frozenset(_statuses(table, statuses)) if statuses else None,
        empty=table.flag("empty"),
        code=_code(table, "code") if "code" in table else "",
    )
    _check_rule(table, rule, status_accepts)
    table.done()
    return rule


def _statuses(table: Table, values: tuple[Value, ...]) -> Iterator[int]:
    for value in values:
        if type(value) is not int or not 100 <= value <= 599:
            table.fail("status", f"found {value!r}", "HTTP statuses, like [400, 404]")
        yield value


def _check_rule(table: Table, rule: Rule, status_accepts: bool) -> None:
    if not rule.tests and rule.statuses is None and not rule.empty:
        right = "path with is, is_not, like, above or present; or status; or empty"
        table.fail("path", "a rule that asks nothing", right)
    if rule.accepts and not rule.tests and not status_accepts:
        table.fail("status", "a yes by the status alone", "add a path: gateways answer 200 as well")
    if rule.accepts and rule.code:
        table.fail("code", "a code for a yes", "codes are for rejections")


def _test(table: Table, kind: AnswerKind, accepts: bool) -> ValueTest:
    asked = [key for key in ASKED if key in table]
    if len(asked) != 1 or not says_where(table):
        right = "path with one of: is, is_not, like, above, present"
        table.fail("path", "a path and what to ask of it go together", right)
    if accepts and asked[0] in ("present", "is_not"):
        right = '"accepted": "false" is there: use is, like or above'
        table.fail(asked[0], "a yes by being there, or by not being another", right)
    above = table.integer("above", -1) if "above" in table else None
    if above is not None and not 0 <= above <= ABOVE_MAX:
        table.fail("above", f"found {above}", "0 or more")
    return ValueTest(
        at=selector_in(table, kind),
        equals=_words(table, "is", kind),
        differs=_words(table, "is_not", kind),
        like=_patterns(table),
        above=above,
        present=table.flag("present") if "present" in table else None,
    )


def _words(table: Table, key: str, kind: AnswerKind) -> frozenset[tuple[str, object]] | None:
    """Return the values to compare with. Only JSON has other types than text."""
    if key not in table:
        return None
    values = table.values(key)
    if not values:
        table.fail(key, "nothing to compare with", "a value, or a list of values")
    if kind != "json" or "header" in table or "regex" in table or "separator" in table:
        values = tuple(text(value) for value in values)
    return frozenset(word for one in values if (word := comparable(one)))


def _patterns(table: Table) -> tuple[str, ...]:
    patterns = table.texts("like")
    for one in patterns:
        if not one.strip("* "):
            table.fail("like", f"{one!r} is like anything", "some of their words: *accepted*")
    return patterns


def _code(table: Table, key: str) -> str:
    code = table.text(key)
    if not CODE.fullmatch(code):
        table.fail(key, f"found {code!r}", "a code of small letters, digits and _")
    return code
