"""A flow made for playing: nodes by id, conditions as trees, hours as schedules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from market.call_flow import Decide, Flow, Node, OpenHours, RingGroup
from market.call_flow_edges import edges_of
from market.schedule import Holidays
from routing.condition_compiling import compile_condition
from routing.hours import Schedule, schedule_for
from routing.rule_tree import Tree, Values


@dataclass(frozen=True, slots=True)
class CompiledFlow:
    flow: Flow
    nodes: Mapping[str, Node]
    ways: Mapping[tuple[str, str], str]  # Node and edge -> the next node.
    trees: Mapping[str, Tree]  # Of conditions, by node.
    schedules: Mapping[str, tuple[Schedule, tzinfo]]

    @property
    def begin(self) -> str:
        """The node that a call begins with."""
        return self.flow.begin

    def way(self, node: str, edge: str) -> str | None:
        """Return where an edge leads; None: there is no such edge."""
        return self.ways.get((node, edge))

    def is_open(self, node: str, at_ms: int) -> bool:
        """Tell whether it is open at a moment, by the hours of a node."""
        schedule, zone = self.schedules[node]
        return not schedule.closed(datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone))

    def rounds(self, group: RingGroup) -> int:
        """Return how often a ring group rings before it gives up."""
        return 1 if group.order == "simultaneous" else len(group.to)


def compile_flow(
    flow: Flow,
    lists: Mapping[str, Values] | None = None,
    holidays: Mapping[str, Holidays] | None = None,
) -> CompiledFlow:
    """Return `flow`, which was checked, ready to be played."""
    return CompiledFlow(
        flow,
        {node.id: node for node in flow.nodes},
        {(node.id, edge.name): edge.to for node in flow.nodes for edge in edges_of(node)},
        {
            node.id: compile_condition(node.condition, lists or {})
            for node in flow.nodes
            if isinstance(node, Decide)
        },
        {
            node.id: (
                schedule_for(node.hours, [(holidays or {})[id_] for id_ in node.hours.holidays]),
                ZoneInfo(node.hours.zone),
            )
            for node in flow.nodes
            if isinstance(node, OpenHours)
        },
    )
