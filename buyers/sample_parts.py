"""Take a sample of an answer apart: its kind, and each value in it with the path to it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import orjson

from buyers.format import AnswerKind
from buyers.sample_words import PRICE, simple
from buyers.unreadable import Unreadable
from buyers.xml_tree import Element, parse_xml

DEEP_MAX = 8  # Bids do not stand deeper.
SEPARATORS = "|\t;"


class SampleError(ValueError):
    """No file can be proposed from this sample; says why."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value: what it is called, the path to it, and whether that begins at the top."""

    name: str
    path: str
    value: object


@dataclass(frozen=True, slots=True)
class Sample:
    kind: AnswerKind
    parts: tuple[Part, ...]
    each: str = ""  # The list of bids, which the paths of some parts begin in.
    separator: str = ""


def take_apart(text: str) -> Sample:
    """Return the sample's kind and parts. Raises SampleError."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    else:
        if isinstance(value, dict | list):
            return _of_json(value)
    if text.lstrip().startswith("<"):
        try:
            return _of_xml(parse_xml(text))
        except Unreadable as error:
            raise SampleError(f"it looks like XML and is not: {error}") from None
    if text.lstrip()[:1] in ("{", "["):
        raise SampleError('it looks like JSON and is not: mend it, or see "forgive"')
    return _of_text(text)


def _of_json(value: object) -> Sample:
    parts = list(_walk(value, "", "", DEEP_MAX))
    for list_path, items in _lists(value, "", DEEP_MAX):
        inside = list(_walk(items[0], "", "", DEEP_MAX))
        if any(simple(part.name) in PRICE for part in inside):
            above = [
                Part(part.name, f"$.{part.path}", part.value)
                for part in parts
                if not part.path.startswith(f"{list_path}[")
            ]
            return Sample("json", (*inside, *above), each=f"{list_path}[*]")
    return Sample("json", tuple(parts))


def _walk(value: object, path: str, name: str, deep: int) -> Iterator[Part]:
    if isinstance(value, dict) and deep:
        for key, child in value.items():
            if not key or set(key) & set(".[]'\"$"):
                continue  # Rare, and never what we look for.
            yield from _walk(child, f"{path}.{key}" if path else key, key, deep - 1)
    elif isinstance(value, list) and deep:
        for n, child in enumerate(value[:2]):
            yield from _walk(child, f"{path}[{n}]", name, deep - 1)
    elif value is not None and not isinstance(value, dict | list):
        yield Part(name, path, value)


def _lists(value: object, path: str, deep: int) -> Iterator[tuple[str, list[object]]]:
    if isinstance(value, list):
        if value and isinstance(value[0], dict) and path:
            yield path, value
    elif isinstance(value, dict) and deep:
        for key, child in value.items():
            if not set(key) & set(".[]'\"$"):
                yield from _lists(child, f"{path}.{key}" if path else key, deep - 1)


def _of_xml(document: Element) -> Sample:
    root = document.children[0]
    for path, items in _repeated(root, "", DEEP_MAX):
        inside = list(_elements(items[0], "", DEEP_MAX))
        if any(simple(part.name) in PRICE for part in inside):
            above = [
                Part(part.name, f"/{root.name}/{part.path}", part.value)
                for part in _elements(root, "", DEEP_MAX)
                if not part.path.startswith(f"{path}/")
            ]
            return Sample("xml", (*inside, *above), each=path)
    return Sample("xml", tuple(_elements(root, "", DEEP_MAX)))


def _elements(element: Element, path: str, deep: int) -> Iterator[Part]:
    for name, said in element.attributes.items():
        if name not in ("xmlns", "schemaLocation", "type"):
            yield Part(name, f"{path}/@{name}" if path else f"@{name}", said)
    if not element.children and path:
        yield Part(element.name, path, element.text())
    for child in element.children if deep else ():
        yield from _elements(child, f"{path}/{child.name}" if path else child.name, deep - 1)


def _repeated(element: Element, path: str, deep: int) -> Iterator[tuple[str, list[Element]]]:
    names = [child.name for child in element.children]
    for name in dict.fromkeys(names):
        inner = [child for child in element.children if child.name == name]
        at = f"{path}/{name}" if path else name
        # A list of one is told by its plural: <bids><bid>...</bid></bids>.
        plural = path.rpartition("/")[2].lower() == f"{name.lower()}s"
        if inner[0].children and (len(inner) > 1 or plural):
            yield at, inner
        if deep:
            yield from _repeated(inner[0], at, deep - 1)


def _of_text(text: str) -> Sample:
    line = next((line for line in text.splitlines() if line.strip()), "")
    for separator in SEPARATORS:
        if separator in line:
            columns = [column.strip() for column in line.split(separator)]
            parts = tuple(Part("", f"[0][{n}]", said) for n, said in enumerate(columns))
            return Sample("delimited", parts, separator=separator)
    if not line:
        raise SampleError("it is empty")
    return Sample("text", (Part("", "", text.strip()),))
