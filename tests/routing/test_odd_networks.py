"""Whatever a network file says, it is read or refused in words that name its place."""

from __future__ import annotations

import copy
import tomllib
from contextlib import suppress
from pathlib import Path

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.network_error import NetworkError
from routing.network_file import read_network

EXAMPLE = tomllib.loads((Path(__file__).parents[2] / "examples/auto_insurance.toml").read_text())
ODD = (
    *("", " ", "x" * 2000, "((((", "a{100000}", "state in (", "not not", "12.505", "25:00-26:00"),
    *("America/Nowhere", "+1", "sip:", "https://[::1", "2026-13-45", "../../x", "env:", "\u202e"),
    *(-1, 0, 10**20, 1.5, float("inf"), float("nan"), True, [], {}, [[]], [{}], ["a", "a"]),
    {"a": 1},
)


def places(found, path=()):
    """Yield the way to everything in a document."""
    inside = found.items() if isinstance(found, dict) else enumerate(found)
    for key, value in inside:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


PLACES = list(places(EXAMPLE))


def toml(value):
    """Return a value as TOML: tables and lists of tables inline, so that any key can hold any."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return orjson.dumps(value).decode() if isinstance(value, str | bool) else repr(value)


def changed(changes):
    """Return the example as text, with each change made that can be."""
    document = copy.deepcopy(EXAMPLE)
    for (*above, last), value in changes:
        parent = document
        for key in above:
            inside = parent if isinstance(parent, dict | list) else {}
            known = key in inside if isinstance(inside, dict) else key < len(inside)
            parent = inside[key] if known else {}
        if value == "renamed" and isinstance(last, str) and last in parent:
            parent[last + "s"] = parent.pop(last)
        elif value == "twice" and isinstance(parent, list) and last < len(parent):
            parent.append(parent[last])
        elif isinstance(parent, dict) or (isinstance(parent, list) and last < len(parent)):
            parent[last] = value
    return "\n".join(f"{key} = {toml(value)}" for key, value in document.items())


CHANGES = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from((*ODD, "renamed", "twice"))),
    min_size=1,
    max_size=2,
)


@given(CHANGES)
@settings(max_examples=250)
def test_a_file_with_odd_values_is_read_or_refused_in_words(changes):
    try:
        read_network(changed(changes), "odd.toml")
    except NetworkError as error:
        for problem in map(str, error.problems):
            assert problem.startswith("odd.toml")
            assert len(problem) < 1000


def test_each_id_that_is_no_text_is_refused_and_breaks_nothing():
    for place in PLACES:
        if place[-1] in ("id", "number", "values", "targets", "secondary_of"):
            for value in ([], {}, [[]], [{}], 7):
                with suppress(NetworkError):  # Any other error fails.
                    read_network(changed([(place, value)]), "odd.toml")
