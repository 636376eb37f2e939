"""Nothing is lost: nothing_lost.txt has a row for all that can go wrong, each with its test."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LINES = [line for line in (TESTS / "nothing_lost.txt").read_text().splitlines() if line.strip()]
ROWS = [line for line in LINES if not line.startswith("#")]
TABLE = [(what, test.strip()) for what, test in zip(ROWS[::2], ROWS[1::2], strict=True)]
TRANSITIONS, RACES = 46, 16


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse((TESTS / file).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in tree.body if isinstance(node, kinds))


@pytest.mark.parametrize(("what", "test"), TABLE, ids=[what for what, _ in TABLE])
def test_each_row_has_its_test(what, test):
    file, _, name = test.partition("::")
    assert name in names_in(file), f"{what}: {file} has no {name}"


def test_no_transition_and_no_race_is_left_out():
    words = {word for what, _ in TABLE for word in what.split()}
    assert {str(number) for number in range(1, TRANSITIONS + 1)} <= words
    assert {f"R{number}" for number in range(1, RACES + 1)} <= words
