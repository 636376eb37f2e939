"""Values: one that is replaced is what dataclasses would have made of it."""

from __future__ import annotations

import dataclasses

import pytest

from market.call import HungUp
from market.value import dataclass, replace


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    name: str = ""


def test_what_is_replaced_is_as_dataclasses_have_it():
    for value, changes in (
        (Point(1, 2, "a"), {"y": 3}),
        (Point(1), {"name": "b", "x": 2}),
        (HungUp(at_ms=1, cause="caller", guess=True), {"at_ms": 2}),
    ):
        before = dataclasses.replace(value)
        assert replace(value, **changes) == dataclasses.replace(value, **changes)
        assert value == before


def test_a_field_that_does_not_exist_is_no_field():
    with pytest.raises(KeyError, match="z"):
        replace(Point(1), z=1)
