"""Texts with {placeholders}: parsed when a file is read, prepared when a target is bound. Pure.

`{zip}` alone keeps the type of what it names; `Zip {zip}` is text. Filters follow after a
bar: `{vertical|map:products}`, `{phone|digits10}`, `{ivr.owner|boolean}`. A field whose only
placeholder has no value is not sent; in the middle of a text a missing value is Unmapped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from buyers.errors import TemplateError, Unmapped
from buyers.filters import FILTERS, MONEY_FILTERS, Filter, NoWord, Value, as_dollars, mapped, text
from buyers.words import MONEY

Scope = Mapping[str, str | int]
Render = Callable[[Scope], Value | None]  # None: there is nothing to send.
Maps = Mapping[str, dict[str, Value]]

TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
FOREIGN = re.compile(r"\[\w+:[^\]]*\]|<%|\$\{")  # Other platforms' placeholders.


@dataclass(frozen=True, slots=True)
class Placeholder:
    source: str
    filters: tuple[Filter, ...] = ()
    default: Value | None = None
    required: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """A constant, one placeholder alone, or a text of both."""

    parts: tuple[Value | Placeholder, ...]

    def sources(self) -> Iterator[str]:
        """Yield what the template names."""
        return (part.source for part in self.parts if isinstance(part, Placeholder))


def parse(value: Value, maps: Maps) -> Template:
    """Return the template written as `value`. Raises TemplateError."""
    if not isinstance(value, str):
        return Template((value,))
    if FOREIGN.search(value):
        raise TemplateError(f"{value!r} has another system's placeholder", "ours is {zip}")
    parts: list[Value | Placeholder] = []
    end = 0
    for found in TOKEN.finditer(value):
        parts.append(value[end : found.start()])
        parts.append(_token(found, maps))
        end = found.end()
    parts.append(value[end:])
    kept = tuple(part for part in parts if part != "")
    return Template(kept or ("",))


def _token(found: re.Match[str], maps: Maps) -> Value | Placeholder:
    if found[0] in ("{{", "}}"):
        return found[0][0]
    if found[1] is None:
        raise TemplateError(f"a single {found[0]}", "write {{ or }} for a brace itself")
    source, *filters = found[1].split("|")
    if source in MONEY and (not filters or filters[0] not in MONEY_FILTERS):
        return _placeholder(source, filters, maps, (as_dollars,))
    return _placeholder(source, filters, maps, ())


def _placeholder(
    source: str, names: list[str], maps: Maps, filters: tuple[Filter, ...]
) -> Placeholder:
    default: str | None = None
    required = False
    for name in names:
        word, _, argument = name.partition(":")
        if word == "default":
            default = argument
        elif word == "required":
            required = True
        else:
            filters = (*filters, _filter(source, word, argument, maps))
    return Placeholder(source, filters, default, required)


def _filter(source: str, word: str, argument: str, maps: Maps) -> Filter:
    if word == "map":
        if argument not in maps:
            raise TemplateError(
                f"no map {argument!r}", f"the file has: {', '.join(maps) or 'none'}"
            )
        return mapped(maps[argument])
    known = FILTERS | (MONEY_FILTERS if source in MONEY else {})
    if word not in known or argument:
        right = f"filters are: {', '.join((*known, 'map:NAME', 'default:TEXT', 'required'))}"
        raise TemplateError(f"no filter {word + ':' * bool(argument) + argument!r}", right)
    return known[word]


def prepare(
    template: Template, known: Mapping[str, str], quote: Callable[[str], str] | None = None
) -> Render:
    """Return the template's renderer. What is `known` now is worked out now. Raises Unmapped.

    `quote` is put on every value but the first part's: the start of an URL is the operator's.
    """
    renders = [_part(part, known) for part in template.parts]
    fixed = [_fixed(part, known) for part in template.parts]
    if len(renders) == 1:
        return _constant(renders[0]({})) if fixed[0] else renders[0]
    sources = [part.source if isinstance(part, Placeholder) else "" for part in template.parts]
    quotes = [quote if source and n else None for n, source in enumerate(sources)]
    pieces = list(zip(renders, sources, quotes, strict=True))
    if all(fixed):
        return _constant(_joined(pieces, {}))
    return lambda scope: _joined(pieces, scope)


def _joined(pieces: list[tuple[Render, str, Callable[[str], str] | None]], scope: Scope) -> str:
    done = []
    for render, source, quote in pieces:
        value = render(scope)
        if value is None:
            raise Unmapped(source)
        done.append(quote(text(value)) if quote else text(value))
    return "".join(done)


def _fixed(part: Value | Placeholder, known: Mapping[str, str]) -> bool:
    if not isinstance(part, Placeholder):
        return True
    return part.source in known or part.source.startswith(("settings.", "secret."))


def _constant(value: Value | None) -> Render:
    return lambda scope: value


def _part(part: Value | Placeholder, known: Mapping[str, str]) -> Render:
    if not isinstance(part, Placeholder):
        return _constant(part)
    source = part.source
    if _fixed(part, known):
        return _constant(_written(part, known.get(source)))
    if part.filters or part.required or part.default is not None:
        return lambda scope: _written(part, scope.get(source))

    def plain(scope: Scope) -> Value | None:
        value = scope.get(source)
        return None if value == "" else value

    return plain


def _written(part: Placeholder, value: Value | None) -> Value | None:
    if value is None or value == "":
        value = part.default
        if value is None:
            if part.required:
                raise Unmapped(part.source)
            return None
    try:
        for change in part.filters:
            value = change(value)
    except NoWord:
        raise Unmapped(part.source) from None
    return value
