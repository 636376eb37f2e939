"""A buyer's file with anything in it is read, or refused in words: it never breaks the reader."""

from __future__ import annotations

import copy
import datetime
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from buyers.base import LIBRARY, read_document
from buyers.cases import run_cases
from buyers.errors import BindError, BuyerFileError
from buyers.library import read_format

DOCUMENTS = {path.stem: read_document(path) for path in sorted(LIBRARY.glob("*.toml"))}
ODD = [
    *(5, -1, 2.5, True, "", "x", "{zip}", "{phone}", "{", "{zip|cut:1}", "{ivr.*}", "{ref.9}"),
    *("a..b", "//x[", "[0]", [], {}, [1], [[1]], [{}], {"a": 1}, {"path": 5}, {"regex": "("}),
    *({"regex": "(a{1000}){1000}"}, datetime.date(2020, 1, 1), float("nan"), 10**30, "x" * 5000),
    *("https://x", "{now|date:YY}", {"a": {"b": {"c": {}}}}),
]
Place = tuple[str | int, ...]


def places(value: object, at: Place = ()) -> list[Place]:
    """Return the place of everything inside `value`."""
    inner = value.items() if isinstance(value, dict) else []
    inner = enumerate(value) if isinstance(value, list) else inner
    return [place for key, one in inner for place in ((*at, key), *places(one, (*at, key)))]


@given(data=st.data(), name=st.sampled_from(sorted(DOCUMENTS)))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_a_file_with_one_odd_value_is_read_or_refused(data: st.DataObject, name: str):
    document = copy.deepcopy(DOCUMENTS[name].data)
    *way, last = data.draw(st.sampled_from(places(document)))
    table = document
    for key in way:
        table = table[key]
    if data.draw(st.integers(0, 3)):
        table[last] = copy.deepcopy(data.draw(st.sampled_from(ODD)))
    else:
        del table[last]
    with suppress(BuyerFileError, BindError, ValueError):  # Of the example's target or question.
        for run in run_cases(read_format(document, name, f"{name}.toml")):
            assert all(isinstance(problem, str) for problem in run.problems)
