"""Paths into an answer: `a.b[0].c`, `buyers[*].bid`, `terms[code=100].seconds`. Pure.

`*` is every member or element. `$.` in front starts at the whole answer where an answer
holds a list of bids. A JSON null is as good as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from buyers.errors import TemplateError

PATH = re.compile(r"(\$\.)?([^.\[\]]+|\[[^\[\]]+\])(\.[^.\[\]]+|\[[^\[\]]+\])*")
STEP = re.compile(r"\.?([^.\[\]]+)|\[([^\[\]]+)\]")
ASTERISK = "*"

Json = object
Find = Callable[[Json, Json], Json]
Step = str | int | tuple[str, str]  # A member or *, an element, or elements where KEY=VALUE.


@dataclass(frozen=True, slots=True)
class Path:
    """Where something stands in an answer."""

    text: str
    steps: tuple[Step, ...]
    from_top: bool = False  # Written with "$.": from the whole answer, not from one bid of it.


def parse_path(text: str) -> Path:
    """Return the path written as `text`. Raises TemplateError."""
    if not PATH.fullmatch(text):
        raise TemplateError(f"{text!r} is no path", "write a.b, a[0].b, a[*].b or a[code=100].b")
    body = text.removeprefix("$.")
    steps = tuple(_step(found[1], found[2]) for found in STEP.finditer(body))
    return Path(text, steps, from_top=body != text)


def _step(member: str | None, inside: str | None) -> Step:
    if member is not None:
        return member
    assert inside is not None
    if inside.isascii() and inside.isdigit():
        return int(inside)
    key, equals, value = inside.partition("=")
    if equals:
        return key, value
    if inside == ASTERISK:
        return ASTERISK
    raise TemplateError(f"[{inside}] is no step", "write [0], [*] or [code=100]")


def finder(paths: Iterable[Path]) -> Find:
    """Return a function of a bid's part and the whole answer: what the first path finds, or None.

    An empty text counts as nothing found.
    """
    ways = tuple(_way(path) for path in paths)
    if len(ways) == 1:
        return ways[0]

    def find(item: Json, top: Json) -> Json:
        for way in ways:
            value = way(item, top)
            if value is not None:
                return value
        return None

    return find


def _way(path: Path) -> Find:
    """Return the finder of one path; the usual one, a member of the bid, is the quickest."""
    steps, from_top = path.steps, path.from_top
    key = steps[0]

    def member(item: Json, top: Json) -> Json:
        parent = top if from_top else item
        value = parent.get(key) if type(parent) is dict else None
        return None if value == "" else value

    def deep(item: Json, top: Json) -> Json:
        found = find_all(steps, top if from_top else item)
        return found[0] if found and found[0] != "" else None

    return member if len(steps) == 1 and _is_plain(steps) else deep


def _is_plain(steps: tuple[Step, ...]) -> bool:
    return all(isinstance(step, str) and step != ASTERISK for step in steps)


def find_all(steps: tuple[Step, ...], value: Json) -> list[Json]:
    """Return all that the steps lead to, in order, without nulls."""
    found = [value]
    for step in steps:
        found = [child for parent in found for child in _children(step, parent)]
    return [value for value in found if value is not None]


def _children(step: Step, parent: Json) -> Iterable[Json]:
    if step == ASTERISK:
        return parent if type(parent) is list else parent.values() if type(parent) is dict else ()
    if type(step) is str:
        return (parent.get(step),) if type(parent) is dict else ()
    if type(parent) is not list:
        return ()
    if type(step) is int:
        return parent[step : step + 1]
    assert isinstance(step, tuple)
    key, wanted = step
    return [e for e in parent if type(e) is dict and _says(e.get(key), wanted)]


def _says(value: Json, wanted: str) -> bool:
    return type(value) in (str, int) and str(value) == wanted
