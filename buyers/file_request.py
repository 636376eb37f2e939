"""Read how a request is written from a buyer's file. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from buyers.encode import EVERY_ANSWER, tree
from buyers.errors import TemplateError
from buyers.filters import Value
from buyers.format import Encoding, RequestForm, Setting
from buyers.table import Table
from buyers.template import Maps, Placeholder, Template, parse
from buyers.words import Stage, why_not

METHODS = ("GET", "POST", "PUT", "PATCH")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
URL_START = re.compile(r"https?://[^/{}\s]+/", re.ASCII)
OURS = frozenset(("host", "content-length", "transfer-encoding", "connection"))


@dataclass(frozen=True, slots=True)
class Words:
    """What the templates of a file may name, besides the words of their stage."""

    maps: Maps
    settings: dict[str, Setting]
    secrets: dict[str, str]
    refs: int

    def template(
        self, table: Table, key: str, value: Value, stage: Stage, *, many: bool = False
    ) -> Template:
        """Return the template `value`; refuses what the stage may not name."""
        try:
            template = parse(value, self.maps)
        except TemplateError as error:
            table.fail(key, error.problem, error.right)
        for source in template.sources():
            self._check(table, key, source, stage)
        if EVERY_ANSWER in template.sources() and not (
            many and template.parts == (Placeholder(EVERY_ANSWER),)
        ):
            table.fail(key, "{ivr.*} is many values", "a field of its own, or {ivr.NAME}")
        return template

    def _check(self, table: Table, key: str, source: str, stage: Stage) -> None:
        wrong = why_not(stage, source)
        if wrong:
            table.fail(key, *wrong)
        prefix, _, name = source.partition(".")
        if prefix == "ref" and int(name) >= self.refs:
            table.fail(key, f"{{{source}}} is not read", f"ping.response.ref has {self.refs}")
        for word, declared in (("settings", self.settings), ("secret", self.secrets)):
            if prefix == word and name not in declared:
                place = "settings" if word == "settings" else "secrets"
                right = f"[{place}] declares: {', '.join(declared) or 'none'}"
                table.fail(key, f"{{{source}}} is not declared", right)


def read_request(table: Table, stage: Stage, words: Words) -> RequestForm:
    """Return the request written in `table`."""
    method = table.choice("method", METHODS, "POST")
    encoding = table.choice("encoding", ("json", "form", "query"), "json")
    if method == "GET" and encoding != "query":
        table.fail("encoding", f"{encoding!r} with GET", 'a GET has no body: encoding = "query"')
    url = words.template(table, "url", table.text("url", "{url}"), stage)
    _check_url(table, url)
    headers = _headers(table.table("headers"), stage, words)
    fields = _fields(table.table("fields"), stage, words)
    if encoding == "json":
        try:
            tree(fields)
        except TemplateError as error:
            table.fail("fields", error.problem, error.right)
    table.done()
    return RequestForm(method, url, cast("Encoding", encoding), headers, fields)


def _check_url(table: Table, url: Template) -> None:
    start = url.parts[0]
    if isinstance(start, str):
        good = bool(URL_START.match(start))
    else:
        source = next(url.sources())
        good = source == "url" or source.startswith("settings.")
    if not good:
        table.fail(
            "url", "no address to begin with", "begin with {url}, {settings.NAME} or https://"
        )
    if any(isinstance(part, str) and "#" in part for part in url.parts):
        table.fail("url", "a # in it", "a fragment is never sent: remove it")


def _headers(table: Table, stage: Stage, words: Words) -> tuple[tuple[str, Template], ...]:
    headers = []
    for name in table:
        if not HEADER.fullmatch(name) or name.lower() in OURS:
            table.fail(name, "not a header to set", "a header's name; Host and lengths are ours")
        headers.append((name, words.template(table, name, table.text(name), stage)))
    return tuple(headers)


def _fields(table: Table, stage: Stage, words: Words) -> tuple[tuple[str, Template], ...]:
    return tuple(_flat(table, "", stage, words))


def _flat(table: Table, prefix: str, stage: Stage, words: Words) -> Iterator[tuple[str, Template]]:
    for key in table:
        value = table.raw(key)
        if isinstance(value, dict):
            yield from _flat(table.table(key), f"{prefix}{key}.", stage, words)
            continue
        constant = table.constant(key, value)
        yield prefix + key, words.template(table, key, constant, stage, many=True)
