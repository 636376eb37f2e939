"""Write fields as XML: prepared once, then called per ask. Pure.

In the tree of fields a name is an element, a name with @ an attribute of the element around it,
#text that element's own text, #cdata the same as CDATA. A list repeats its element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from buyers.encode import EVERY_ANSWER, Tree, every_answer
from buyers.errors import TemplateError
from buyers.filters import text
from buyers.filters_bytes import xml_clean, xml_text
from buyers.template import Render, Scope, Template, prepare

NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?", re.ASCII)
TEXT, CDATA = "#text", "#cdata"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'

Write = Callable[[Scope], str]  # "": there is nothing to send.


@dataclass(frozen=True, slots=True)
class XmlForm:
    root: str
    declaration: bool
    send_empty: bool


def check_names(root: str, top: Tree) -> None:
    """Refuse names that no XML has. Raises TemplateError."""
    for name in (root, *_names(top)):
        if not NAME.fullmatch(name):
            right = "a letter first, then letters, digits, - and _; an attribute is @NAME"
            raise TemplateError(f"{name!r} is no name in XML", right)


def _names(part: Tree | Template) -> Iterator[str]:
    if isinstance(part, dict):
        for name, child in part.items():
            if name not in (TEXT, CDATA):
                yield name.removeprefix("@")
            if not isinstance(child, Template) and name[:1] in "@#":
                raise TemplateError(f"{name!r} has fields inside", "it holds a text")
            yield from _names(child)
    elif isinstance(part, list):
        for child in part:
            yield from _names(child)


def xml_body(top: Tree, known: Mapping[str, str], form: XmlForm) -> Write:
    """Return the function that writes the tree inside the root element."""
    write = _element(form.root, top, known, form.send_empty)
    start = DECLARATION if form.declaration else ""
    return lambda scope: start + (write(scope) or f"<{form.root}/>")


def _element(name: str, part: Tree | Template, known: Mapping[str, str], send_empty: bool) -> Write:
    if isinstance(part, list):
        each = [_element(name, child, known, send_empty) for child in part]
        return lambda scope: "".join([write(scope) for write in each])
    if isinstance(part, Template):
        return _leaf(name, part, known, send_empty)
    attributes = [
        (child[1:], prepare(value, known))
        for child, value in part.items()
        if child.startswith("@") and isinstance(value, Template)
    ]
    inside = [
        _inside(child, value, known, send_empty)
        for child, value in part.items()
        if not child.startswith("@")
    ]

    def write(scope: Scope) -> str:
        said = _attributes(attributes, scope)
        content = "".join([one(scope) for one in inside])
        if not content and not said and not send_empty:
            return ""
        return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"

    return write


def _inside(name: str, part: Tree | Template, known: Mapping[str, str], send_empty: bool) -> Write:
    if name not in (TEXT, CDATA) or not isinstance(part, Template):
        return _element(name, part, known, send_empty)
    render = prepare(part, known)
    write = _cdata if name == CDATA else xml_text
    return lambda scope: "" if (value := render(scope)) is None else write(text(value))


def _leaf(name: str, part: Template, known: Mapping[str, str], send_empty: bool) -> Write:
    if EVERY_ANSWER in part.sources():
        return lambda scope: _answers(name, scope)
    render = prepare(part, known)
    nothing = f"<{name}/>" if send_empty else ""

    def write(scope: Scope) -> str:
        value = render(scope)
        return nothing if value is None else f"<{name}>{xml_text(text(value))}</{name}>"

    return write


def _answers(name: str, scope: Scope) -> str:
    answers = (every_answer(scope) or {}).items()
    inside = "".join(f"<{key}>{xml_text(str(said))}</{key}>" for key, said in answers)
    return f"<{name}>{inside}</{name}>" if inside else ""


def _attributes(attributes: list[tuple[str, Render]], scope: Scope) -> str:
    said = ((name, render(scope)) for name, render in attributes)
    return "".join(f' {name}="{xml_text(text(v))}"' for name, v in said if v is not None)


def _cdata(value: str) -> str:
    return f"<![CDATA[{xml_clean(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
