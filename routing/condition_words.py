"""A condition's text cut into words, each with its place. Pure.

Words that steer (and, or, in ...) are in small letters, so that OR and IN stay Oregon and Indiana.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "sign", "end"]

TEXT_MOST = 4000  # Characters: some hundred comparisons. Longer lists stand in a [[list]].
JOINING = ("and", "or", "not")
COMPARING = ("in", "is", "present", "missing", "between", "begins", "with", "contains", "matches")
STEERING = frozenset((*JOINING, *COMPARING))
WORD = re.compile(
    r"""\s*(?:(?P<word>[\w*+.:/-]+)|(?P<sign>>=|<=|!=|[=<>(),])"""
    r"""|'(?P<single>(?:[^']|'')*)'|"(?P<double>(?:[^"]|"")*)")""",
)


class ConditionError(ValueError):
    """A condition cannot be read: what was found, where, and what would be right."""

    def __init__(self, text: str, at: int, found: str, right: str) -> None:
        super().__init__(f"{found}; expected {right}")
        self.found = f"{_place(text, at)}: {found}"
        self.right = right


@dataclass(frozen=True, slots=True)
class Word:
    kind: Kind
    text: str  # Of what is quoted: what the quotes hold.
    at: int  # Where it begins in the condition.

    @property
    def steers(self) -> str:
        """The word, if it is one that steers; else ""."""
        return self.text if self.kind == "word" and self.text in STEERING else ""

    def __str__(self) -> str:
        if self.kind == "end":
            return "the end"
        return f"'{self.text}'" if self.kind == "quoted" else self.text


def words_of(text: str) -> list[Word]:
    """Return the words of `text`, an end as the last. Raises ConditionError."""
    if len(text) > TEXT_MOST:
        raise ConditionError(text, TEXT_MOST, f"{len(text)} characters", f"at most {TEXT_MOST}")
    words: list[Word] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = WORD.match(text, at)
        if match is None:
            here = at + len(text[at:]) - len(text[at:].lstrip())
            raise ConditionError(text, here, text[here], "a word, a sign, or a text in quotes")
        words.append(_word(match))
        at = match.end()
    return [*words, Word("end", "", end)]


def _word(match: re.Match[str]) -> Word:
    name = str(match.lastgroup)
    at = match.start(name)
    if name == "single":
        return Word("quoted", match[name].replace("''", "'"), at - 1)
    if name == "double":
        return Word("quoted", match[name].replace('""', '"'), at - 1)
    return Word("word" if name == "word" else "sign", match[name], at)


def _place(text: str, at: int) -> str:
    """Return a place for people: lines and columns are counted from 1."""
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return f"column {column}" if "\n" not in text else f"line {line}, column {column}"
