"""Readers of single values of a flow: prompts, keys, names. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from market.call_flow import Prompt
from routing import network_values as v
from routing.network_error import Place, Refused
from routing.network_reading import words

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2}|-\d{3})?", re.ASCII)
LANGUAGE_RIGHT = 'a language like "en-US" or "es-US"'
language = v.matching(LANGUAGE, LANGUAGE_RIGHT)
key = v.matching(re.compile(r"[0-9*#]", re.ASCII), "one key: 0-9, * or #")
some_key = v.matching(re.compile(r"[0-9*#]", re.ASCII), 'one key, or "" for none', empty=True)
fact = v.matching(
    re.compile(rf"{'|'.join(map(re.escape, v.ALL_FIELDS))}|ivr\.{v.ANSWER.pattern}"),
    f"a field: {', '.join(v.ALL_FIELDS)} or ivr.NAME",
)
answer_value = v.matching(
    re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,39}", re.ASCII),
    "a short value of letters and digits, at most 40",
)
json_path = v.matching(
    re.compile(r"[A-Za-z0-9_-]{1,60}(\.[A-Za-z0-9_-]{1,60}){0,5}", re.ASCII),
    'where it is in the answer, like "plan.level"',
)


def texts(read: Callable[[object, Place], Any]) -> Callable[[object, Place], dict[str, str]]:
    """Return a reader of one text for all languages, or of a table with one for each."""

    def read_texts(found: object, place: Place) -> dict[str, str]:
        if not isinstance(found, dict):
            return {"": _full(read, found, place)}
        if not found:
            raise place.refuse("an empty table", "a text, or one for each language")
        read_all = {}
        for name, one in found.items():
            with suppress(Refused):
                language(name, place.at(name))
                read_all[name] = _full(read, one, place.at(name))
        return read_all

    return read_texts


def _full(read: Callable[[object, Place], Any], found: object, place: Place) -> str:
    if found == "":
        raise place.refuse(found, "something for the caller to hear")
    return str(read(found, place))


spoken = texts(v.text)
played = texts(v.web_address)


def again(found: object, place: Place) -> Prompt:
    """Read what is said before another try."""
    return Prompt(say=spoken(found, place))


def keyed(read: Callable[[object, Place], Any]) -> Callable[[object, Place], dict[str, str]]:
    """Return a reader of a table whose keys are keys of a phone."""
    inner = words(read)

    def read_keyed(found: object, place: Place) -> dict[str, str]:
        for name in found if isinstance(found, dict) else ():
            with suppress(Refused):
                key(name, place.at(name))
        return dict(inner(found, place))

    return read_keyed


def named(read: Callable[[object, Place], Any]) -> Callable[[object, Place], dict[str, str]]:
    """Return a reader of a table whose keys are names of answers."""
    inner = words(read)

    def read_named(found: object, place: Place) -> dict[str, str]:
        if not isinstance(found, dict) or not found:
            raise place.refuse(found, "a table with at least one name")
        for name in found:
            with suppress(Refused):
                v.answer(name, place.at(name))
        return dict(inner(found, place))

    return read_named
