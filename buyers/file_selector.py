"""Read where something stands in an answer from a buyer's file. Pure.

A text is a path in the way of the answer: a.b[0] in JSON, //price in XML, a regular expression
in text, [line][column] in delimited text. A table says more: see docs/buyers.md.
"""

from __future__ import annotations

from buyers.errors import TemplateError
from buyers.format import AnswerKind, Selector
from buyers.path import Path, parse_path
from buyers.selector import compile_regex
from buyers.table import Table
from buyers.xpath import XPath, parse_xpath

KEYS = ("path", "header", "http_status", "regex", "separator", "column", "whole_answer")
COLUMN_MAX = 1000
SOURCES = ("path", "header", "http_status")


def read_selectors(table: Table, key: str, kind: AnswerKind) -> tuple[Selector, ...]:
    """Return the places at `key`, to be tried in order; none when it is missing."""
    read = []
    for one in table.mixed(key):
        if isinstance(one, str):
            read.append(_of_text(table, key, one, kind))
        else:
            read.append(selector_in(one, kind))
            one.done()
    return tuple(read)


def one_selector(table: Table, key: str, kind: AnswerKind) -> Selector | None:
    """Return the one place at `key`, or None."""
    read = read_selectors(table, key, kind)
    if len(read) > 1:
        table.fail(key, "more than one place", "one")
    return read[0] if read else None


def says_where(table: Table) -> bool:
    """Return whether the table says where something stands."""
    return any(key in table for key in KEYS)


def selector_in(table: Table, kind: AnswerKind) -> Selector:
    """Return the place that the keys of `table` tell of."""
    if sum(key in table for key in SOURCES) > 1:
        table.fail("path", "more than one source", "one of: path, header, http_status")
    if not any(key in table for key in (*SOURCES, "regex", "separator")):
        table.fail("path", "missing", "one of: path, header, http_status, regex")
    if "regex" in table and "separator" in table:
        table.fail("regex", "a regex and a separator", "one of the two")
    if "column" in table and "separator" not in table:
        table.fail("column", "a column of what?", 'separator = "|" beside it')
    path = _path(table, "path", table.text("path"), kind) if "path" in table else None
    regex = _regex(table, "regex", table.text("regex")) if "regex" in table else ""
    separator = table.text("separator", "")
    if "separator" in table and not 0 < len(separator) <= 8:
        table.fail("separator", f"found {separator!r}", "1 to 8 characters")
    column = table.integer("column", 0)
    if not 0 <= column <= COLUMN_MAX:
        table.fail("column", f"found {column}", f"0 (the first) to {COLUMN_MAX}")
    return Selector(
        text=", ".join(str(table.raw(key)) for key in KEYS if key in table),
        path=path,
        header=table.text("header", "").strip().lower(),
        status=table.flag("http_status"),
        regex=regex,
        separator=separator,
        column=column,
        top=table.flag("whole_answer"),
    )


def _of_text(table: Table, key: str, text: str, kind: AnswerKind) -> Selector:
    if kind == "text":
        return Selector(text, regex=_regex(table, key, text))
    return Selector(text, path=_path(table, key, text, kind))


def _path(table: Table, key: str, text: str, kind: AnswerKind) -> Path | XPath:
    if kind == "text":
        table.fail(key, "a path into text", 'regex = "Price: ([0-9.]+)"')
    try:
        return parse_xpath(text) if kind == "xml" else parse_path(text)
    except TemplateError as error:
        table.fail(key, error.problem, error.right)


def _regex(table: Table, key: str, text: str) -> str:
    try:
        compile_regex(text)
    except TemplateError as error:
        table.fail(key, error.problem, error.right)
    if not text:
        table.fail(key, "an empty pattern", "a regular expression with one group: Price: ([0-9.]+)")
    return text
