"""Paths into an answer: `a.b[0].c`, `buyers[*].bid`, `terms[code=100].seconds`. Pure.

`*` is every member or element, `[-1]` the last, `['a.b']` a name with a dot, `..a` an `a` at any
depth. `$` in front starts at the whole answer where an answer holds a list of bids. A JSON null is
as good as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from buyers.errors import TemplateError
from market.http import HttpReply

STEP = re.compile(
    r"(?P<deep>\.\.)?\.?(?P<name>[^.\[\]$'\"]+)"
    r"|\[(?:(?P<n>-?\d{1,4})|(?P<all>\*)|'(?P<a>[^']+)'|\"(?P<b>[^\"]+)\""
    r"|(?P<key>[^\[\]='\"]+)=(?P<value>[^\[\]]*))\]"
)
STEPS_MAX = 30
FOUND_MAX = 1000  # Of what a * or .. leads to; what is behind that is not read.
RIGHT = "write a.b, a[0].b, a[*].b or a[code=100].b"
ASTERISK = "*"

Json = object
Find = Callable[[Json, Json, HttpReply], Json]  # Of a bid's part, the whole answer, the reply.


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Every member of this name, at any depth."""

    name: str


Step = str | int | tuple[str, str] | Anywhere  # A member or *, an element, or where KEY=VALUE.


@dataclass(frozen=True, slots=True)
class Path:
    """Where something stands in an answer."""

    text: str
    steps: tuple[Step, ...]
    from_top: bool = False  # Written with "$.": from the whole answer, not from one bid of it.


def parse_path(text: str) -> Path:
    """Return the path written as `text`. Raises TemplateError."""
    body = text[1:] if text[:2] in ("$.", "$[") else text
    steps: list[Step] = []
    at = 0
    while at < len(body):
        found = STEP.match(body, at)
        if found is None or (at and not found["deep"] and body[at] not in ".["):
            raise TemplateError(f"{text!r} is no path", RIGHT)
        steps.append(_step(found))
        at = found.end()
    if (
        not steps
        or len(steps) > STEPS_MAX
        or (body is text and body.startswith(".") and not (body.startswith("..")))
    ):
        raise TemplateError(f"{text!r} is no path", RIGHT)
    if sum(isinstance(step, Anywhere) for step in steps) > 1:  # Each is a walk for each found.
        raise TemplateError(f"{text!r} looks everywhere twice", "one .. a path")
    return Path(text, tuple(steps), from_top=body != text)


def _step(found: re.Match[str]) -> Step:
    if found["n"]:
        return int(found["n"])
    if found["all"]:
        return ASTERISK
    if found["key"]:
        return found["key"], found["value"].strip("'\"")
    name = found["name"] or found["a"] or found["b"]
    return Anywhere(name) if found["deep"] else name


def path_finder(path: Path) -> Find:
    """Return the finder of one path; the usual one, a member of the bid, is the quickest.

    An empty text counts as nothing found.
    """
    steps, from_top = path.steps, path.from_top
    key = steps[0]

    def member(item: Json, top: Json, reply: HttpReply) -> Json:
        parent = top if from_top else item
        value = parent.get(key) if type(parent) is dict else None
        return None if value == "" else value

    def deep(item: Json, top: Json, reply: HttpReply) -> Json:
        for value in find_all(steps, top if from_top else item):
            if value != "":
                return value
        return None

    return member if len(steps) == 1 and _is_plain(steps) else deep


def _is_plain(steps: tuple[Step, ...]) -> bool:
    return all(isinstance(step, str) and step != ASTERISK for step in steps)


def find_all(steps: tuple[Step, ...], value: Json) -> list[Json]:
    """Return all that the steps lead to, in order, without nulls."""
    found = [value]
    for step in steps:
        found = [child for parent in found for child in _children(step, parent)][:FOUND_MAX]
    return [value for value in found if value is not None]


def named_members(parents: list[Json]) -> list[Json]:
    """Return the members of objects, each with its own name at "~" (and what is no object at
    "value"), and the elements of lists as they are.
    """
    found: list[Json] = []
    for parent in parents:
        if type(parent) is dict:
            for name, value in parent.items():
                own = value if type(value) is dict else {"value": value}
                found.append({**own, "~": name})
        elif type(parent) is list:
            found.extend(parent)
    return found[:FOUND_MAX]


def _children(step: Step, parent: Json) -> Iterable[Json]:
    if step == ASTERISK:
        return parent if type(parent) is list else parent.values() if type(parent) is dict else ()
    if type(step) is str:
        return (parent.get(step),) if type(parent) is dict else ()
    if type(step) is Anywhere:
        return _anywhere(step.name, parent)
    if type(parent) is not list:
        return ()
    if type(step) is int:
        return parent[step : step + 1] if step != -1 else parent[-1:]
    assert isinstance(step, tuple)
    key, wanted = step
    return [e for e in parent if type(e) is dict and _says(e.get(key), wanted)]


def _anywhere(name: str, value: Json) -> Iterator[Json]:
    stack = [value]
    while stack:
        one = stack.pop()
        if type(one) is dict:
            if name in one:
                yield one[name]
            stack.extend(reversed(one.values()))
        elif type(one) is list:
            stack.extend(reversed(one))


def _says(value: Json, wanted: str) -> bool:
    if type(value) is bool:
        return wanted == ("true" if value else "false")
    return type(value) in (str, int) and str(value) == wanted
