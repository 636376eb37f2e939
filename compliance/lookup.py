"""Asking a service whether a person may be called: question and answer, from a data file. Pure.

What the file does not name as "clear" or "listed" is "unknown", and who is unknown is not called.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import orjson

from market.http import HttpReply, HttpRequest

LIBRARY = Path(__file__).parent / "lookups"
DEPTH_MAX = 8  # Steps of a path. No answer lies deeper.
Answer = Literal["clear", "listed", "unknown"]
NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)
KEYS = {"title", "source", "method", "url", "body", "headers", "secrets", "listed", "clear", "case"}
OURS = ("digits", "number")  # Ten digits; E.164.


class LookupFileError(ValueError):
    """The file is refused: which key, and what would be right."""

    def __init__(self, key: str, right: str) -> None:
        super().__init__(f"{key}: expected {right}")


@dataclass(frozen=True, slots=True)
class Sign:
    """An answer in which the value at `path` is one of `values`."""

    path: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """An answer of the service, and how it is to be read: the file's own test."""

    reply: HttpReply
    right: Answer


@dataclass(frozen=True, slots=True)
class LookupFormat:
    title: str
    method: Literal["GET", "POST"]
    url: str  # With {digits} or {number}, and the names of secrets.
    listed: Sign
    clear: Sign
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()


def write_question(
    form: LookupFormat, number: str, secrets: Mapping[str, str], url: str = ""
) -> HttpRequest:
    """Return the request that asks about `number` (E.164); `url` in place of the file's."""
    values = dict(secrets) | {"number": number, "digits": number.removeprefix("+1")}
    headers = tuple((name, _fill(value, values)) for name, value in form.headers.items())
    body = _fill(form.body, {name: _in_json(value) for name, value in values.items()}).encode()
    if body:
        headers = (*headers, ("content-type", "application/json"))
    in_url = {name: quote(value, safe="") for name, value in values.items()}
    return HttpRequest(form.method, _fill(url or form.url, in_url), headers, body)


def read_answer(form: LookupFormat, reply: HttpReply) -> Answer:
    """Return what the service says. In doubt "unknown": also when both signs are there."""
    if reply.status != 200:
        return "unknown"
    try:
        found = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return "unknown"
    listed, clear = _shows(found, form.listed), _shows(found, form.clear)
    if listed == clear:
        return "unknown"
    return "listed" if listed else "clear"


def read_format(text: str) -> LookupFormat:
    """Return the format in the text of a file. Raises LookupFileError."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LookupFileError("the file", f"TOML ({error})") from None
    if unknown := sorted(set(found) - KEYS):
        raise LookupFileError(unknown[0], f"one of {', '.join(sorted(KEYS))}")
    method = found.get("method")
    if method not in ("GET", "POST"):
        raise LookupFileError("method", '"GET" or "POST"')
    secrets, headers = found.get("secrets", []), found.get("headers", {})
    form = LookupFormat(
        _text(found, "title"),
        method,
        _text(found, "url", ""),
        _sign(found, "listed"),
        _sign(found, "clear"),
        _text(found, "body", ""),
        {str(name): str(value) for name, value in headers.items()},
        tuple(str(one) for one in secrets),
        tuple(_cases(found)),
    )
    _check_names(form)
    return form


def shipped_formats() -> dict[str, LookupFormat]:
    """Return the formats that come with this version, by their names."""
    return {path.stem: read_format(path.read_text()) for path in sorted(LIBRARY.glob("*.toml"))}


def _check_names(form: LookupFormat) -> None:
    known = {*OURS, *form.secrets}
    for key, text in (("url", form.url), ("body", form.body), *form.headers.items()):
        if unknown := [name for name in NAME.findall(text) if name not in known]:
            raise LookupFileError(key, f"{{digits}}, {{number}} or a secret, not {{{unknown[0]}}}")


def _cases(found: Mapping[str, Any]) -> Iterator[Case]:
    for at, case in enumerate(found.get("case", [])):
        right = case.get("right")
        if right not in ("clear", "listed", "unknown"):
            raise LookupFileError(f"case[{at}].right", '"clear", "listed" or "unknown"')
        reply = HttpReply(case.get("status", 200), (), str(case.get("body", "")).encode())
        yield Case(reply, right)


def _sign(found: Mapping[str, Any], key: str) -> Sign:
    table = found.get(key)
    values = table.get("values") if isinstance(table, dict) else None
    if not isinstance(table, dict) or not isinstance(values, list) or not values:
        raise LookupFileError(key, 'a path and the values there: path = "status", values = ["ok"]')
    path = tuple(_text(table, "path").split("."))
    if len(path) > DEPTH_MAX:
        raise LookupFileError(f"{key}.path", f"at most {DEPTH_MAX} steps")
    return Sign(path, tuple(str(value) for value in values))


def _text(found: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = found.get(key, default)
    if not isinstance(value, str):
        raise LookupFileError(key, "a text")
    return value


def _shows(found: object, sign: Sign) -> bool:
    for step in sign.path:
        found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return ("true" if found else "false") in sign.values
    return isinstance(found, str | int) and str(found) in sign.values


def _fill(text: str, values: Mapping[str, str]) -> str:
    return NAME.sub(lambda name: values[name[1]], text)


def _in_json(value: str) -> str:
    return orjson.dumps(value).decode()[1:-1]
