"""Every flow in examples/ is good, plays its cases, and reads back equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from market.call_flow_edges import edges_of
from routing.flows.compiled import compile_flow
from routing.flows.drawing import mermaid
from routing.flows.reading import flow_of, read_flow
from routing.flows.simulating import play, wrong_cases
from routing.flows.writing import flow_document

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.flow.toml"))
flows = pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)


def test_there_are_flows() -> None:
    assert {file.name for file in FILES} >= {"auto_insurance.flow.toml", "medicare.flow.toml"}


@flows
def test_cases_hold(file: Path) -> None:
    flow = read_flow(file.read_text(), file.name)
    assert flow.cases
    assert list(wrong_cases(compile_flow(flow))) == []


@flows
def test_cases_visit_every_node(file: Path) -> None:
    flow = read_flow(file.read_text(), file.name)
    compiled = compile_flow(flow)
    visited = {id_ for case in flow.cases for id_ in play(compiled, case)[0].path}
    assert {node.id for node in flow.nodes} - visited == set()


@pytest.mark.parametrize("defaults", [False, True])
@flows
def test_a_flow_written_reads_back_equal(file: Path, defaults: bool) -> None:
    flow = read_flow(file.read_text(), file.name)
    assert flow_of(flow_document(flow, defaults=defaults), file.name) == flow


@flows
def test_the_drawing_has_every_node_and_every_edge(file: Path) -> None:
    flow = read_flow(file.read_text(), file.name)
    drawn = mermaid(flow)
    assert all(f"{node.id}<br/>" in drawn for node in flow.nodes)
    edges = sum(len(edges_of(node)) for node in flow.nodes)
    assert sum("->" in line for line in drawn.splitlines()) == edges + 1
