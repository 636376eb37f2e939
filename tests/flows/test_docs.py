"""docs/flows.md: its example is good and drawn as it is, and every kind and key is in it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from market.call_flow import Case, Flow
from routing.flows.compiled import compile_flow
from routing.flows.drawing import mermaid
from routing.flows.node_reading import KINDS
from routing.flows.reading import FLOW, read_flow
from routing.flows.simulating import wrong_cases
from routing.flows.writing import KIND_OF

TEXT = (Path(__file__).parents[2] / "docs" / "flows.md").read_text("utf-8")


def example() -> Flow:
    """Return the flow of the page."""
    part = TEXT.split("## An example\n")[1].split("Drawn by")[0]
    return read_flow("\n".join(line[4:] for line in part.splitlines()), "docs", "example")


def test_the_example_is_good_and_drawn() -> None:
    flow = example()
    assert list(wrong_cases(compile_flow(flow))) == []
    assert f"```mermaid\n{mermaid(flow)}```" in TEXT


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_explained(kind: str) -> None:
    assert re.search(rf"^### .*`{kind}`", TEXT, re.M)


@pytest.mark.parametrize("noun", [*KIND_OF, Case], ids=lambda noun: noun.__name__)
def test_every_key_is_explained(noun: type) -> None:
    inside = {"prompt": "say", "condition": "if"}
    for field in fields(noun):  # type: ignore[arg-type]
        assert f"`{inside.get(field.name, field.name)}" in TEXT, field.name


def test_every_key_of_a_flow_is_explained() -> None:
    assert all(f"| `{key}` |" in TEXT for key in FLOW)
