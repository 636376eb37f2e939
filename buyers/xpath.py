"""Paths into XML, a small part of XPath: price, bid/@id, //Error, bids/bid[2], fee[@code='100'].

A path begins inside the root element, or inside one bid of a list; with / in front at the whole
document (/response/price), with // anywhere in it. Namespace prefixes say nothing. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from buyers.errors import TemplateError
from buyers.xml_tree import Element

NAME = r"(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*"
PREDICATE = rf"\[(?:\d{{1,4}}|last\(\)|(?:@?{NAME}|text\(\)|\.)(?:=(?:'[^']*'|\"[^\"]*\"))?)\]"
STEP = re.compile(rf"(\*|@\*|text\(\)|@?{NAME}|\.)((?:{PREDICATE})*)", re.ASCII)
ONE_PREDICATE = re.compile(
    rf"\[(?:(?P<n>\d+)|(?P<last>last\(\))|(?P<what>@?{NAME}|text\(\)|\.)"
    r"(?P<eq>=(?:'(?P<a>[^']*)'|\"(?P<b>[^\"]*)\"))?)\]",
    re.ASCII,
)
RIGHT = "write price, /response/price, //price, bid/@id, bid[2] or fee[@code='100']"
STEPS_MAX = 20

Found = Element | str


@dataclass(frozen=True, slots=True)
class Predicate:
    """What an element must be like. `number` counts from 1; 0 is the last."""

    number: int | None = None
    what: str = ""
    equals: str | None = None


@dataclass(frozen=True, slots=True)
class XStep:
    name: str  # "*" is any, "@NAME" an attribute, "text()" its own text, "." itself.
    anywhere: bool  # Not only among the children.
    predicates: tuple[Predicate, ...] = ()


@dataclass(frozen=True, slots=True)
class XPath:
    text: str
    steps: tuple[XStep, ...]
    from_top: bool


def parse_xpath(text: str) -> XPath:
    """Return the path written as `text`. Raises TemplateError."""
    body, from_top, anywhere = text, False, False
    if body.startswith(".//"):
        body, anywhere = body[3:], True
    elif body.startswith("//"):
        body, from_top, anywhere = body[2:], True, True
    elif body.startswith("/"):
        body, from_top = body[1:], True
    steps: list[XStep] = []
    while found := STEP.match(body):
        steps.append(XStep(_local(found[1]), anywhere, tuple(_predicates(found[2]))))
        body = body[found.end() :]
        if not body:
            break
        anywhere = body.startswith("//")
        slashes = 2 if anywhere else 1
        if body[:1] != "/" or len(body) == slashes:
            raise TemplateError(f"{text!r} is no path into XML", RIGHT)
        body = body[slashes:]
    if body or not steps or len(steps) > STEPS_MAX:
        raise TemplateError(f"{text!r} is no path into XML", RIGHT)
    if any(step.name.startswith("@") or step.name == "text()" for step in steps[:-1]):
        raise TemplateError(f"{text!r} goes on behind a text", RIGHT)
    return XPath(text, tuple(steps), from_top)


def _local(name: str) -> str:
    at = "@" if name.startswith("@") else ""
    return at + name.removeprefix("@").rpartition(":")[2]


def _predicates(text: str) -> Iterator[Predicate]:
    for found in ONE_PREDICATE.finditer(text):
        if found["n"]:
            if not int(found["n"]):
                raise TemplateError("[0] is none", "XPath counts from [1]")
            yield Predicate(number=int(found["n"]))
        elif found["last"]:
            yield Predicate(number=0)
        else:
            equals = found["a"] if found["a"] is not None else found["b"]
            yield Predicate(what=_local(found["what"]), equals=equals)


def select(path: XPath, start: Element) -> list[Found]:
    """Return all that the path leads to from `start`, in the document's order."""
    found: list[Found] = [start]
    for step in path.steps:
        parents = [parent for parent in dict.fromkeys(found) if isinstance(parent, Element)]
        found = [one for parent in parents for one in _step(step, parent)]
    return list(dict.fromkeys(found)) if len(path.steps) > 1 else found


def _step(step: XStep, parent: Element) -> Iterable[Found]:
    if step.name == ".":
        return [parent]
    if step.name == "text()":
        return ["".join(parent.texts).strip()]
    if step.name.startswith("@"):
        return list(_attributes(step, parent))
    found: list[Element] = []
    if step.anywhere:
        for above in parent.walk():
            found += _kept(step, above.children)
    else:
        found = _kept(step, parent.children)
    return found


def _attributes(step: XStep, parent: Element) -> Iterator[str]:
    for element in parent.walk() if step.anywhere else (parent,):
        if step.name == "@*":
            yield from element.attributes.values()
        elif (said := element.attributes.get(step.name[1:])) is not None:
            yield said


def _kept(step: XStep, children: list[Element]) -> list[Element]:
    kept = [child for child in children if step.name in ("*", child.name)]
    for predicate in step.predicates:
        if predicate.number is None:
            kept = [child for child in kept if _holds(predicate, child)]
        else:
            last = predicate.number - 1
            kept = kept[last : last + 1] if last >= 0 else kept[-1:]
    return kept


def _holds(predicate: Predicate, element: Element) -> bool:
    return any(predicate.equals in (None, said) for said in _said(predicate.what, element))


def _said(what: str, element: Element) -> Iterator[str]:
    if what == ".":
        yield element.text()
    elif what == "text()":
        yield "".join(element.texts).strip()
    elif what.startswith("@"):
        if what[1:] in element.attributes:
            yield element.attributes[what[1:]]
    else:
        yield from (child.text() for child in element.children if child.name == what)
