"""What must hold of a whole flow: its edges, its loops, its ends, what an auction needs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from market.call_flow import Auction, Decide, Flow, Node, Queue, Webhook
from market.call_flow_edges import Edge, collected, edges_of
from market.condition import fields_of
from routing.network_error import Place
from routing.network_known import check_known

Graph = Mapping[str, tuple[Edge, ...]]
GIVEN = ("area_code", "state", "vertical", "publisher", "number")  # Known of most callers.


def check_flow(flow: Flow, place: Place) -> None:
    """Note all that is wrong with a flow whose nodes can be read."""
    before = len(place.notes)
    places = {node.id: place.at("node").item(at) for at, node in enumerate(flow.nodes)}
    _check_ids(flow, place)
    _check_edges(flow, place)
    if len(place.notes) > before:
        return  # The graph is not whole, and would be wrong in more ways than it is.
    graph = {node.id: edges_of(node) for node in flow.nodes}
    for id_ in places.keys() - reached(graph, flow.begin):
        places[id_].note("a node that nothing leads to", "an edge to it, or no such node")
    for id_ in _silent_loop(graph):
        places[id_].note(
            "a loop without end: a caller who does nothing goes around here for ever",
            "an edge to another node, or a goto with `most`",
        )
    if len(place.notes) == before:
        _check_fields(flow, graph, places)


def reached(graph: Graph, begin: str) -> set[str]:
    """Return the nodes that can be reached from `begin`."""
    seen, todo = {begin}, [begin]
    while todo:
        new = {edge.to for edge in graph[todo.pop()]} - seen
        seen |= new
        todo += new
    return seen


def always_known(flow: Flow) -> dict[str, frozenset[str]]:
    """Return, for each node, the facts that every way to it has gathered."""
    graph = {node.id: edges_of(node) for node in flow.nodes}
    nodes = {node.id: node for node in flow.nodes}
    known: dict[str, frozenset[str]] = {flow.begin: frozenset()}
    todo = [flow.begin]
    while todo:
        id_ = todo.pop()
        for edge in graph[id_]:
            told = known[id_] | (_told(nodes[id_]) if edge.answered else frozenset())
            before = known.get(edge.to)
            after = told if before is None else before & told
            if after != before:
                known[edge.to] = after
                todo.append(edge.to)
    return known


def _told(node: Node) -> frozenset[str]:
    """Return what is known after `node`: a webhook may leave out what it is asked for."""
    return frozenset() if isinstance(node, Webhook) else frozenset(collected(node))


def _check_ids(flow: Flow, place: Place) -> None:
    seen: set[str] = set()
    for at, node in enumerate(flow.nodes):
        if node.id in seen:
            here = place.at("node").item(at).at("id")
            here.note(f'a second "{node.id}"', "each node once")
        seen.add(node.id)


def _check_edges(flow: Flow, place: Place) -> None:
    ids = [node.id for node in flow.nodes]
    check_known(flow.begin, "node", ids, place.at("begin"))
    for at, node in enumerate(flow.nodes):
        here = place.at("node").item(at)
        for edge in edges_of(node):
            at_edge = here
            for part in edge.name.split("."):
                at_edge = at_edge.at(part)
            check_known(edge.to, "node", ids, at_edge)


def _silent_loop(graph: Graph) -> Iterator[str]:
    """Yield the nodes of loops that a caller who does nothing would never leave.

    Nodes are taken away that have no way on but by the caller, or a few times only, until what
    is left are the loops and what leads to them; the same backwards leaves the loops alone.
    """
    ways = {
        id_: {e.to for e in edges if not e.callers and not e.bounded}
        for id_, edges in graph.items()
    }
    left = _peel(ways)
    back: dict[str, set[str]] = {id_: set() for id_ in left}
    for id_ in left:
        for to in ways[id_] & left:
            back[to].add(id_)
    yield from sorted(_peel(back))


def _peel(ways: Mapping[str, set[str]]) -> set[str]:
    """Return the nodes from which one can go on for ever."""
    left = set(ways)
    while gone := {id_ for id_ in left if not ways[id_] & left}:
        left -= gone
    return left


def _check_fields(flow: Flow, graph: Graph, places: Mapping[str, Place]) -> None:
    ever = {name for node in flow.nodes for name in collected(node)}
    known = always_known(flow)
    for node in flow.nodes:
        match node:
            case Auction():
                for at, name in enumerate(node.needs):
                    if name not in known[node.id]:
                        places[node.id].at("needs").item(at).note(
                            f'"{name}", which not every way here has gathered',
                            "a node that gathers it on each way before",
                        )
            case Decide():
                for name in fields_of(node.condition):
                    if name.startswith("ivr.") and name not in ever:
                        places[node.id].at("if").note(
                            f'"{name}", which no node collects', _collects(ever)
                        )
            case Webhook():
                for at, name in enumerate(node.send):
                    if name.startswith("ivr.") and name not in ever:
                        here = places[node.id].at("send").item(at)
                        here.note(f'"{name}", which no node collects', _collects(ever))
            case Queue():
                if not _leads_to_auction(flow, graph, node.next):
                    here = places[node.id].at("next")
                    here.note("a way without an auction", "a way to the auction to be tried again")


def _collects(ever: set[str]) -> str:
    return f"what some node collects: {', '.join(sorted(ever)) or 'none does so far'}"


def _leads_to_auction(flow: Flow, graph: Graph, begin: str) -> bool:
    there = reached(graph, begin)
    return any(isinstance(node, Auction) and node.id in there for node in flow.nodes)
