"""How a table of a network file becomes a noun: known keys only, all that is wrong noted. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from routing.network_error import Place, Refused
from routing.network_values import Reader

Found = Mapping[str, Any]
Check = Callable[[Found, dict[str, Any], Place], None]


@dataclass(frozen=True, slots=True)
class Key:
    read: Reader
    needed: bool = False
    into: str = ""  # The noun's field, where it is called otherwise.


def read_table(found: object, place: Place, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return what can be read of a table, by the noun's fields; the rest is noted."""
    if not isinstance(found, dict):
        raise place.refuse(found, "a table")
    for name in found:
        if name not in keys:
            close = get_close_matches(name, keys, n=1) or sorted(keys)
            place.at(name).note("an unknown key", f"a known one, like {', '.join(close)}")
    fields: dict[str, Any] = {}
    for name, key in keys.items():
        if name in found:
            with suppress(Refused):
                fields[key.into or name] = key.read(found[name], place.at(name))
        elif key.needed:
            place.at(name).note("nothing", "this key: it has no default")
    return fields


def table_of(
    noun: Callable[..., Any], keys: Mapping[str, Key], check: Check | None = None
) -> Reader:
    """Return a reader of tables that become a `noun`, when nothing in them is wrong."""

    def read(found: object, place: Place) -> object:
        before = len(place.notes)
        fields = read_table(found, place, keys)
        if check is not None and isinstance(found, dict):
            check(found, fields, place)
        if len(place.notes) > before:
            raise Refused(place.key)
        return noun(**fields)

    return read


def list_of(read: Reader, least: int = 0, *, hide: bool = False) -> Reader:
    """Return a reader of lists; what cannot be read is noted, and left out.

    `hide`: what is no list is noted without being shown.
    """

    def read_all(found: object, place: Place) -> tuple[Any, ...]:
        if not isinstance(found, list) or len(found) < least:
            right = "a list" + (f" of at least {least}" if least else "")
            raise place.refuse(found, right, hide=hide)
        items = []
        for index, one in enumerate(found):
            with suppress(Refused):
                items.append(read(one, place.item(index)))
        return tuple(items)

    return read_all


def table_list(
    noun: Callable[..., Any], keys: Mapping[str, Key], check: Check | None = None
) -> Reader:
    """Return a reader of lists of tables, of one at least; a list of none is left out instead."""
    return list_of(table_of(noun, keys, check), least=1)


def tables(found: Found, name: str, place: Place) -> Iterator[tuple[Found, Place]]:
    """Yield those items of the list `name` that are tables, with their places, as found."""
    listed = found.get(name)
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(one, dict):
            yield one, place.at(name).item(index)


def words(read: Reader) -> Reader:
    """Return a reader of tables whose keys are free: the settings of a buyer's format."""

    def read_words(found: object, place: Place) -> dict[str, str]:
        if not isinstance(found, dict):
            raise place.refuse(found, "a table of texts")
        keys = {name: Key(read) for name in found}
        return read_table(found, place, keys)

    return read_words
