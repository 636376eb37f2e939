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
from buyers.filter_names import Changes, Tables, filters_of
from buyers.filters import Filter, Value, text
from buyers.filters_bytes import KeyedHash

Scope = Mapping[str, str | int]
Render = Callable[[Scope], Value | None]  # None: there is nothing to send.
Quote = Callable[[str], str]

TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
FOREIGN = re.compile(r"\[\w+:[^\]]*\]|<%|\$\{")  # Other platforms' placeholders.


@dataclass(frozen=True, slots=True)
class Placeholder:
    source: str
    filters: tuple[Filter | KeyedHash, ...] = ()
    default: Value | None = None
    after_default: int = 0  # How many filters stand before it: they are not for the default.
    required: bool = False
    hashed: bool = False  # By a filter, keyed or not.

    def sources(self) -> Iterator[str]:
        """Yield what it names: its source, and the secrets of its filters."""
        yield self.source
        for one in self.filters:
            if isinstance(one, KeyedHash):
                yield f"secret.{one.secret}"


@dataclass(frozen=True, slots=True)
class Template:
    """A constant, one placeholder alone, or a text of both."""

    parts: tuple[Value | Placeholder, ...]

    def sources(self) -> Iterator[str]:
        """Yield what the template names."""
        for part in self.placeholders():
            yield from part.sources()

    def placeholders(self) -> Iterator[Placeholder]:
        """Yield its placeholders."""
        return (part for part in self.parts if isinstance(part, Placeholder))

    def is_fixed(self, known: Mapping[str, str]) -> bool:
        """Return whether it says the same for every ask of a target."""
        return all(is_known(source, known) for source in self.sources())


def parse(value: Value, tables: Tables) -> Template:
    """Return the template written as `value`. Raises TemplateError."""
    if not isinstance(value, str):
        return Template((value,))
    if FOREIGN.search(value):
        raise TemplateError(f"{value!r} has another system's placeholder", "ours is {zip}")
    parts: list[Value | Placeholder] = []
    end = 0
    for found in TOKEN.finditer(value):
        parts.append(value[end : found.start()])
        parts.append(_token(found, tables))
        end = found.end()
    parts.append(value[end:])
    kept = tuple(part for part in parts if part != "")
    return Template(kept or ("",))


def _token(found: re.Match[str], tables: Tables) -> Value | Placeholder:
    if found[0] in ("{{", "}}"):
        return found[0][0]
    if found[1] is None:
        raise TemplateError(f"a single {found[0]}", "write {{ or }} for a brace itself")
    source, *names = found[1].split("|")
    changes: Changes = filters_of(source, names, tables)
    return Placeholder(
        source,
        filters=changes.filters,
        default=changes.default,
        after_default=changes.after_default,
        required=changes.required,
        hashed=changes.hashed,
    )


def prepare(template: Template, known: Mapping[str, str], quote: Quote | None = None) -> Render:
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


def prepare_text(
    template: Template, known: Mapping[str, str], quote: Quote | None, missing: str | None
) -> Callable[[Scope], str]:
    """Return the renderer of a whole text, each value of which is put through `quote`.

    A missing value is written as `missing`; with None the text cannot be written: Unmapped.
    """
    pieces = []
    for part in template.parts:
        source = part.source if isinstance(part, Placeholder) else ""
        pieces.append((_part(part, known), source, quote if source else None))

    def render(scope: Scope) -> str:
        return _joined(pieces, scope, missing)

    return render


def _joined(
    pieces: list[tuple[Render, str, Quote | None]], scope: Scope, missing: str | None = None
) -> str:
    done = []
    for render, source, quote in pieces:
        value = render(scope)
        if value is None:
            value = missing
            if value is None:
                raise Unmapped(source)
        done.append(quote(text(value)) if quote else text(value))
    return "".join(done)


def is_known(source: str, known: Mapping[str, str]) -> bool:
    """Tell whether what a placeholder names is the target's own, and no matter of the ask."""
    return source in known or source.startswith(("settings.", "secret."))


def _fixed(part: Value | Placeholder, known: Mapping[str, str]) -> bool:
    return not isinstance(part, Placeholder) or is_known(part.source, known)


def _constant(value: Value | None) -> Render:
    return lambda scope: value


def _part(part: Value | Placeholder, known: Mapping[str, str]) -> Render:
    if not isinstance(part, Placeholder):
        return _constant(part)
    source = part.source
    filters = tuple(one.bind(known) if isinstance(one, KeyedHash) else one for one in part.filters)
    if _fixed(part, known):
        return _constant(_written(part, filters, known.get(source)))
    if filters or part.required or part.default is not None:
        return lambda scope: _written(part, filters, scope.get(source))

    def plain(scope: Scope) -> Value | None:
        value = scope.get(source)
        return None if value == "" else value

    return plain


def _written(part: Placeholder, filters: tuple[Filter, ...], value: Value | None) -> Value | None:
    if value is None or value == "":
        value = part.default
        if value is None:
            if part.required:
                raise Unmapped(part.source)
            return None
        filters = filters[part.after_default :]
    try:
        for change in filters:
            value = change(value)
    except (ValueError, ArithmeticError):  # NoWord is one of the former.
        raise Unmapped(part.source) from None
    return value
