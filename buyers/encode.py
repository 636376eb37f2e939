"""Write fields as JSON, as a form, or as a query: prepared once, then called per ask. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote_plus

import orjson

from buyers.errors import TemplateError
from buyers.filters import text
from buyers.template import Render, Scope, Template, prepare

Fields = Sequence[tuple[str, Template]]
Tree = dict[str, "Tree | Template"] | list["Tree | Template"]
Node = Callable[[Scope], object]  # None: there is nothing to send.

NAME = re.compile(r"[^.\[\]]+(\[\d{1,3}\])*(\.[^.\[\]]+(\[\d{1,3}\])*)*")
STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d{1,3})\]")
EVERY_ANSWER = "ivr.*"
# Constants that TOML or a template cannot say; orjson writes them as they are.
NULL = orjson.Fragment(b"null")
NO_ITEMS = orjson.Fragment(b"[]")
NO_FIELDS = orjson.Fragment(b"{}")
LITERALS = (NULL, NO_ITEMS, NO_FIELDS)


def tree(fields: Fields, *, plain: bool = False) -> Tree:
    """Return the nested shape of dotted names: `a.b[0].c`; `plain`: a dot is only a dot.

    Raises TemplateError.
    """
    top: Tree = {}
    for name, template in fields:
        if plain:
            steps: list[str | int] = [name]
        elif NAME.fullmatch(name):
            steps = [int(n) if n else key for key, n in STEP.findall(name)]
        else:
            raise TemplateError(f"{name!r} is no name", "write a.b or a[0].b")
        _plant(top, steps, template, name)
    return top


def _plant(node: Tree, steps: list[str | int], template: Template, name: str) -> None:
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        child: Tree | Template = (
            template if following is None else [] if isinstance(following, int) else {}
        )
        if isinstance(node, dict) and isinstance(step, str):
            known = node.setdefault(step, child)
        elif isinstance(node, list) and isinstance(step, int) and step <= len(node):
            node[step:] = node[step:] or [child]
            known = node[step]
        else:
            raise TemplateError(f"{name!r} does not fit the others", "count a list from [0] on")
        if type(known) is not type(child) or (following is None and known is not child):
            raise TemplateError(f"{name!r} is also another field", "name each field once")
        if not isinstance(known, Template):
            node = known


def json_body(top: Tree, known: Mapping[str, str], empty: object) -> Callable[[Scope], bytes]:
    """Return the function that writes the tree as JSON; `empty` stands for what is missing."""
    render = _object(top, known, empty)
    return lambda scope: orjson.dumps(render(scope))


def _node(part: Tree | Template, known: Mapping[str, str], empty: object) -> Node:
    if isinstance(part, Template):
        return _leaf(part, known, empty)
    if isinstance(part, list):
        return _list([_node(child, known, empty) for child in part])
    inner = _object(part, known, empty)
    return lambda scope: inner(scope) or None


def _leaf(part: Template, known: Mapping[str, str], empty: object) -> Node:
    if EVERY_ANSWER in part.sources():
        return every_answer
    render = prepare(part, known)
    if empty is None:
        return render
    return lambda scope: empty if (value := render(scope)) is None else value


def _object(
    part: Tree, known: Mapping[str, str], empty: object
) -> Callable[[Scope], dict[str, object]]:
    assert isinstance(part, dict)
    members = tuple((name, _node(child, known, empty)) for name, child in part.items())

    def render(scope: Scope) -> dict[str, object]:
        done = {}
        for name, member in members:
            value = member(scope)
            if value is not None:
                done[name] = value
        return done

    return render


def _list(nodes: list[Node]) -> Node:
    def render(scope: Scope) -> object:
        done = [value for node in nodes if (value := node(scope)) is not None]
        return done or None

    return render


def every_answer(scope: Scope) -> dict[str, object] | None:
    """Return all answers of the call flow that may be told, by their names."""
    return {
        name[4:]: value for name, value in scope.items() if name.startswith("ivr.") and value
    } or None


def form_body(
    fields: Fields, known: Mapping[str, str], *, send_empty: bool = False
) -> Callable[[Scope], str]:
    """Return the function that writes the fields as NAME=VALUE pairs, in order."""
    pairs: list[tuple[str, Render | None]] = [
        (
            quote_plus(name, safe="[]") + "=",
            None if EVERY_ANSWER in template.sources() else prepare(template, known),
        )
        for name, template in fields
    ]

    def render(scope: Scope) -> str:
        done = []
        for name, value_of in pairs:
            if value_of is None:
                answers = every_answer(scope) or {}
                done += [f"{quote_plus(n)}={quote_plus(str(v))}" for n, v in answers.items()]
            elif (value := value_of(scope)) is not None:
                done.append(name + quote_plus(text(value)))
            elif send_empty:
                done.append(name)
        return "&".join(done)

    return render


def with_query(url: str, query: str) -> str:
    """Return the url with the query added to what it may have already."""
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"
