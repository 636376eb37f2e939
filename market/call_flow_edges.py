"""Where a flow's nodes lead: their edges, as data. Pure.

An edge is the caller's when the caller has to do something to take it. A caller who does
nothing goes along the others, so these may form no circle, or nobody would ever hang up.
"""

from __future__ import annotations

from dataclasses import dataclass

from market.call_flow import (
    Auction,
    CallbackOffer,
    ConsentAsk,
    Decide,
    Dial,
    Gather,
    Goto,
    Hangup,
    Language,
    Menu,
    Node,
    OpenHours,
    Queue,
    Record,
    RingGroup,
    Say,
    Tag,
    Voicemail,
    Webhook,
    YesNo,
)


@dataclass(frozen=True, slots=True)
class Edge:
    name: str  # The key in the file: "next", "otherwise", "choices.1".
    to: str
    callers: bool = False  # The caller must do something to take it.
    bounded: bool = False  # It can be taken a few times only.
    answered: bool = False  # What the node collects is known on it.


def edges_of(node: Node) -> tuple[Edge, ...]:
    """Return the edges of `node`, in the order of the file."""
    match node:
        case Say() | Tag() | Record() | Language():
            return (Edge("next", node.next, answered=True),)
        case Menu():
            choices = [_choice(f"choices.{key}", to) for key, to in node.choices.items()]
            return (*choices, *_failing(node))
        case YesNo():
            return (_choice("yes", node.yes), _choice("no", node.no), *_failing(node))
        case Gather():
            asked = node.check != "zip"  # One that is known already is not asked for.
            return (Edge("next", node.next, callers=asked, answered=True), *_failing(node))
        case OpenHours():
            return (Edge("open", node.open), Edge("closed", node.closed))
        case Decide():
            return (Edge("yes", node.yes), Edge("no", node.no))
        case Webhook():
            return (Edge("next", node.next, answered=True), Edge("failed", node.failed))
        case Goto():
            bounded = node.most is not None
            first = Edge("to", node.to, bounded=bounded)
            return (first, Edge("otherwise", node.otherwise)) if node.otherwise else (first,)
        case Hangup():
            return ()
    return _handing_on(node)


def _handing_on(
    node: Auction | Dial | RingGroup | ConsentAsk | Voicemail | Queue | CallbackOffer,
) -> tuple[Edge, ...]:
    match node:
        case Auction():
            return (Edge("unsold", node.unsold),)
        case Dial() | RingGroup():
            return (Edge("unanswered", node.unanswered),)
        case ConsentAsk():
            declined = (Edge("declined", node.declined),) if node.declined else ()
            return (Edge("next", node.next), *declined)
        case Voicemail():
            return (Edge("next", node.next),)
        case Queue():
            again = Edge("next", node.next, bounded=True)
            return (again, Edge("over", node.over), Edge("full", node.full))
        case CallbackOffer():
            return (_choice("accepted", node.accepted), Edge("declined", node.declined))


def _choice(name: str, to: str) -> Edge:
    return Edge(name, to, callers=True, answered=True)


def _failing(node: Menu | YesNo | Gather) -> tuple[Edge, ...]:
    none = (Edge("none", node.none),) if node.none else ()
    return (Edge("otherwise", node.otherwise), *none)


def collected(node: Node) -> tuple[str, ...]:
    """Return the facts that `node` collects, under their full names ("ivr.insured", "zip")."""
    match node:
        case Gather(check="zip"):
            return ("zip", "state")
        case Menu() | YesNo() | Gather() if node.keep_as:
            return (f"ivr.{node.keep_as}",)
        case Tag():
            return tuple(f"ivr.{name}" for name in node.set)
        case Webhook():
            return tuple(f"ivr.{name}" for name in node.take)
        case Language():
            return ("ivr.language",)
    return ()
