"""Find the filters that a placeholder names, by their words and what stands behind them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NoReturn, TypeVar

from buyers.errors import TemplateError
from buyers.filters import (
    ALONE_TOO,
    FILTERS,
    MONEY_FILTERS,
    WITH_WORD,
    Band,
    Filter,
    Value,
    as_dollars,
    banded,
    mapped,
)
from buyers.filters_bytes import BYTES_FILTERS, HASHES, HashName, KeyedHash
from buyers.filters_dates import DATE_FILTERS, DATE_WITH_WORD
from buyers.words import MONEY, NOW

T = TypeVar("T")

PLAIN = {**FILTERS, **BYTES_FILTERS, **DATE_FILTERS}
ARGUED = {**WITH_WORD, **DATE_WITH_WORD}
HMACS: dict[str, HashName] = {f"hmac_{name}": name for name in HASHES}
OURS = ("map:NAME", "band:NAME", *(f"{name}:SECRET" for name in HMACS), "default:TEXT", "required")


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of a file that filters look into."""

    maps: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    bands: Mapping[str, tuple[Band, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is done to the value of one placeholder."""

    filters: tuple[Filter | KeyedHash, ...]
    default: str | None
    after_default: int
    required: bool
    hashed: bool


def filters_of(source: str, names: list[str], tables: Tables) -> Changes:
    """Return what `names` do to the value of `source`. Raises TemplateError."""
    filters: list[Filter | KeyedHash] = list(_first(source, names))
    default: str | None = None
    after_default = 0
    required = hashed = False
    for name in names:
        word, colon, argument = name.partition(":")
        if word == "default" and colon:
            default, after_default = argument, len(filters)
        elif name == "required":
            required = True
        else:
            hashed = hashed or word in HASHES or word in HMACS
            filters.append(_filter(source, word, argument if colon else None, tables))
    return Changes(tuple(filters), default, after_default, required, hashed)


def _first(source: str, names: list[str]) -> tuple[Filter, ...]:
    """Return what makes money and the time readable where no filter says how."""
    first = names[0].partition(":")[0] if names else ""
    if source in MONEY and first not in MONEY_FILTERS:
        return (as_dollars,)
    if source == NOW and first not in DATE_FILTERS and first not in DATE_WITH_WORD:
        return (DATE_FILTERS["iso"],)
    return ()


def _filter(source: str, word: str, argument: str | None, tables: Tables) -> Filter | KeyedHash:
    if argument is not None:
        if word == "map":
            return mapped(_table(tables.maps, word, argument))
        if word == "band":
            return banded(_table(tables.bands, word, argument))
        if word in HMACS:
            return KeyedHash(HMACS[word], argument)
    known = PLAIN | (MONEY_FILTERS if source in MONEY else {})
    if argument is None and word in known:
        return known[word]
    if word in ARGUED and (argument is not None or word in ALONE_TOO):
        try:
            return ARGUED[word](argument or "")
        except ValueError as error:
            raise TemplateError(f"{word}:{argument or ''} cannot be", str(error)) from None
    _unknown(word, argument, tuple(known))


def _table(tables: Mapping[str, T], word: str, name: str) -> T:
    if name not in tables:
        raise TemplateError(f"no {word} {name!r}", f"the file has: {', '.join(tables) or 'none'}")
    return tables[name]


def _unknown(word: str, argument: str | None, known: tuple[str, ...]) -> NoReturn:
    written = word if argument is None else f"{word}:{argument}"
    if word in ARGUED and argument is None:
        raise TemplateError(f"no filter {written!r}", f"{word} needs a word: {word}:...")
    if word in known:
        raise TemplateError(f"no filter {written!r}", f"{word} stands alone")
    filters = (*known, *(f"{name}:..." for name in ARGUED), *OURS)
    close = get_close_matches(word, (*known, *ARGUED), n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise TemplateError(f"no filter {written!r}", f"{hint}filters are: {', '.join(filters)}")
