"""Conditions as people write them ("state in (TX, FL) and not zip in list:bad"), read. Pure.

`routing/joined_text.py` reads how comparisons are joined.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from market.condition import LIST, And, Comparison, Condition, Not, Operator, Or, comparisons
from routing.condition_words import JOINING, ConditionError, Word, words_of
from routing.joined_text import JoinedReader

NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
FIELD = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", re.ASCII)
ORDERS: dict[str, Operator] = {">": ">", ">=": ">=", "<": "<", "<=": "<="}
OPERATORS_RIGHT = (
    "=, !=, <, <=, >, >=, in, between, begins with, contains, matches, is present or is missing"
)


class Mistake(ValueError):
    """A comparison can be read, but not used: what was found, and what would be right."""

    def __init__(self, found: str, right: str) -> None:
        super().__init__(found)
        self.found = found
        self.right = right


def _any_comparison(comparison: Comparison) -> None:
    """Check nothing."""


def read_condition(text: str, check: Callable[[Comparison], None] = _any_comparison) -> Condition:
    """Return the condition that `text` says. Raises ConditionError with the place.

    `check` is given every comparison, and raises Mistake for one that cannot be used.
    """
    reader = _Reader(text, words_of(text), check)
    condition = reader.condition()
    if reader.next.kind != "end":
        raise reader.wrong("and, or, or the end")
    return condition


class _Reader(JoinedReader[Condition]):
    """Goes through the words of one condition, one by one."""

    def __init__(self, text: str, words: list[Word], check: Callable[[Comparison], None]) -> None:
        self._text = text
        self._words = words
        self._check = check
        self._at = 0

    @property
    def next(self) -> Word:
        return self._words[self._at]

    def wrong(self, right: str) -> ConditionError:
        found = str(self.next)
        if found.lower() in JOINING and found != found.lower():
            right = f"{right} ({found.lower()} is written in small letters)"
        return ConditionError(self._text, self.next.at, found, right)

    def take(self) -> Word:
        word = self.next
        self._at += word.kind != "end"
        return word

    def takes(self, *wanted: str) -> bool:
        """Take the next words if they are `wanted`, which may be signs or words that steer."""
        ahead = self._words[self._at : self._at + len(wanted)]
        found = tuple(one.text if one.kind == "sign" else one.steers for one in ahead)
        if found != wanted:
            return False
        self._at += len(wanted)
        return True

    def any_of(self, parts: tuple[Condition, ...]) -> Condition:
        return Or(parts)

    def all_of(self, parts: tuple[Condition, ...]) -> Condition:
        return And(parts)

    def opposite(self, part: Condition) -> Condition:
        return Not(part)

    def asked(self) -> Condition:
        begin = self.next.at
        found = self._compared()
        try:
            for one in comparisons(found):
                self._check(one)
        except Mistake as mistake:
            raise ConditionError(self._text, begin, mistake.found, mistake.right) from None
        return found

    def _compared(self) -> Condition:
        if self.next.kind != "word" or self.next.steers or not FIELD.fullmatch(self.next.text):
            raise self.wrong("a field, not, or an opening bracket")
        field = self.take().text
        if self.takes("is", "missing"):
            return Not(Comparison(field, "present"))
        if self.takes("is", "present"):
            return Comparison(field, "present")
        if self.takes("!="):
            return Not(Comparison(field, "in", (self._value(),)))
        if self.takes("="):
            return Comparison(field, "in", (self._value(),))
        negated = self.takes("not")
        comparison = self._worded(field)
        return Not(comparison) if negated else comparison

    def _worded(self, field: str) -> Comparison:
        if self.takes("in"):
            return Comparison(field, "in", self._values())
        if self.takes("begins", "with"):
            return Comparison(field, "begins_with", self._values())
        if self.takes("contains"):
            return Comparison(field, "contains", self._values())
        if self.takes("matches"):
            return Comparison(field, "matches", (self._quoted(),))
        if self.takes("between"):
            least = self._number()
            if not self.takes("and"):
                raise self.wrong("and, with the larger number")
            return Comparison(field, "between", (least, self._number()))
        if self.next.kind == "sign" and self.next.text in ORDERS:
            return Comparison(field, ORDERS[self.take().text], (self._number(),))
        raise self.wrong(OPERATORS_RIGHT)

    def _values(self) -> tuple[str, ...]:
        if not self.takes("("):
            return (self._value(),)
        values = [self._value()]
        while self.takes(","):
            values.append(self._value())
        if not self.takes(")"):
            raise self.wrong("a comma or a closing bracket")
        return tuple(values)

    def _value(self) -> str:
        if self.next.kind not in ("word", "quoted") or self.next.steers:
            raise self.wrong("a value (one that is a word of conditions stands in quotes)")
        if self.next.text in ("", LIST):
            raise self.wrong("a value that is not empty")
        return self.take().text

    def _quoted(self) -> str:
        if self.next.kind != "quoted" or not self.next.text:
            raise self.wrong("a pattern in quotes")
        return self.take().text

    def _number(self) -> str:
        if self.next.kind != "word" or not NUMBER.fullmatch(self.next.text):
            raise self.wrong("a number, like 65 or -1.5")
        return self.take().text
