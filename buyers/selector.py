"""Prepare how one value is found in an answer, in whatever shape the answer came. Pure."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable

import re2

from buyers.charset import body_text
from buyers.errors import TemplateError
from buyers.format import Selector
from buyers.path import ASTERISK, Find, Path, find_all, named_members, path_finder
from buyers.unreadable import Unreadable
from buyers.xml_tree import Element
from buyers.xpath import XPath, select
from market.http import HttpReply

REGEX_MAX = 500  # Characters of a pattern.
Json = object
Change = Callable[[str], str | None]
FindAll = Callable[[Json, Json], list[Json]]  # Of where paths begin, and of the whole answer.


def finder(selectors: Iterable[Selector]) -> Find:
    """Return a function that gives what the first of the selectors finds, or None."""
    ways = tuple(_way(selector) for selector in selectors)
    if not ways:
        return _nothing
    if len(ways) == 1:
        return ways[0]

    def find(item: Json, top: Json, reply: HttpReply) -> Json:
        for way in ways:
            value = way(item, top, reply)
            if value is not None:
                return value
        return None

    return find


def _nothing(item: Json, top: Json, reply: HttpReply) -> Json:
    return None


def _way(selector: Selector) -> Find:
    find = _source(selector)
    change = _change(selector)
    if change is None:
        return find

    def changed(item: Json, top: Json, reply: HttpReply) -> Json:
        found = find(item, top, reply)
        if type(found) is int or type(found) is float:
            found = str(found)
        return change(found) or None if type(found) is str else None

    return changed


def _source(selector: Selector) -> Find:
    if selector.header:
        return _header(selector.header)
    if selector.status:
        return lambda item, top, reply: reply.status
    if isinstance(selector.path, Path):
        return path_finder(selector.path)
    if isinstance(selector.path, XPath):
        return _xpath_finder(selector.path)
    return _whole_text(selector.top)


def _header(name: str) -> Find:
    return lambda item, top, reply: (reply.header(name) or "").strip() or None


def _whole_text(from_top: bool) -> Find:
    def whole(item: Json, top: Json, reply: HttpReply) -> Json:
        if type(item) is str and not from_top:
            return item
        if type(top) is str:
            return top
        try:
            return body_text(reply)
        except Unreadable:
            return None

    return whole


def _xpath_finder(path: XPath) -> Find:
    def find(item: Json, top: Json, reply: HttpReply) -> Json:
        for found in select_xml(path, item, top):
            said = found.text() if type(found) is Element else found
            if said != "":
                return said
        return None

    return find


def select_xml(path: XPath, item: Json, top: Json) -> list[Element | str]:
    """Return what a path finds: of the document from its top, else of a part of it."""
    start = top if path.from_top else item
    if type(start) is not Element:
        return []
    if not path.from_top and not start.name and start.children:
        start = start.children[0]  # The document: paths begin inside its root.
    return select(path, start)


def _change(selector: Selector) -> Change | None:
    if selector.regex:
        return regex(selector.regex)
    if selector.separator:
        return _column(selector.separator, selector.column)
    return None


def regex(written: str) -> Change:
    """Return the function that gives the group of the first match, or all of the match.

    RE2: its time grows with the length of the text and no faster, whatever a buyer answers.
    """
    pattern = compile_regex(written)
    group = 1 if pattern.groups else 0

    def find(text: str) -> str | None:
        found = pattern.search(text)
        said: str | None = found.group(group) if found else None
        return said

    return find


def compile_regex(written: str) -> re2._Regexp[str]:
    """Return the pattern, ready. Raises TemplateError."""
    options = re2.Options()
    options.log_errors = False
    try:
        if len(written) > REGEX_MAX:
            raise TemplateError("a pattern that is too long", f"at most {REGEX_MAX} characters")
        pattern = re2.compile(written, options)
    except re2.error as error:
        words = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        right = "RE2 has no looking ahead or back, and no references back"
        raise TemplateError(f"{written!r} is no pattern ({words})", right) from None
    if pattern.groups > 1:
        raise TemplateError(f"{written!r} has {pattern.groups} groups", "one: (?:...) is none")
    return pattern


def columns(line: str, separator: str) -> list[str]:
    """Return the parts of a line; one in double quotes may hold the separator."""
    if len(separator) != 1:
        return [part.strip() for part in line.split(separator)]
    try:
        rows = list(csv.reader([line], delimiter=separator, skipinitialspace=True))
    except csv.Error:
        return []
    return [part.strip() for part in rows[0]] if rows else []


def _column(separator: str, number: int) -> Change:
    def find(text: str) -> str | None:
        parts = columns(text, separator)
        return parts[number] if number < len(parts) else None

    return find


def find_each(selector: Selector) -> FindAll:
    """Return the function that gives all that a selector finds, of which there may be none."""
    path = selector.path
    if isinstance(path, Path):
        steps, from_top = path.steps, path.from_top
        if steps[-1] == ASTERISK:
            above = steps[:-1]
            return lambda item, top: named_members(find_all(above, top if from_top else item))
        return lambda item, top: find_all(steps, top if from_top else item)
    if isinstance(path, XPath):
        return lambda item, top: list(select_xml(path, item, top))
    pattern = compile_regex(selector.regex)
    group = 1 if pattern.groups else 0

    def matches(item: Json, top: Json) -> list[Json]:
        return [one.group(group) for one in pattern.finditer(item)] if type(item) is str else []

    return matches
