"""What a flow does next: from where a call is and what happened, to where it goes. Pure.

`begin` and `step` return a Step; whoever carries it out keeps its `at` and hands it back with
the next news. Nothing else is remembered, so a call that is folded from its events goes on
where it was. Nodes that need nobody (conditions, hours, tags) are passed within one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from market import call_flow as f
from routing.flows.answers import Answer, asked_of, value_of
from routing.flows.compiled import CompiledFlow

HOPS_MOST = 100  # Nodes passed in one step. A flow that was checked has no such way.
Goes = Literal["on", "auction", "dial", "close", "lost"]


@dataclass(frozen=True, slots=True)
class At:
    """Where a call is. `turn` counts the tries of a question, or the numbers of a group."""

    node: str = ""
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """What a step goes by, besides what happened."""

    facts: Mapping[str, str]  # Also what is personal: it decides, and goes no further.
    at_ms: int
    taken: tuple[str, ...] = ()  # Bounded ways that were taken, each as often as it was.
    must_ask: bool = True  # Whether the law of any place may need a consent to a recording.


@dataclass(frozen=True, slots=True)
class Keys:
    """The caller pressed these; "" is nothing."""

    digits: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What the node does is done: said, played, waited for."""


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook answered."""

    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """What the node does could not be done: no answer, no place, nobody there."""


News = Keys | Done | Told | Failed


@dataclass(frozen=True, slots=True)
class Step:
    at: At
    goes: Goes = "on"
    path: tuple[str, ...] = ()  # The nodes that were entered; the last is where it is now.
    edge: str = ""  # By which edge the former node was left; "again" for another try.
    answers: tuple[Answer, ...] = ()
    taken: tuple[str, ...] = ()  # Bounded ways that this step took.


def begin(flow: CompiledFlow, known: Known) -> Step:
    """Return the first step of a call."""
    return _enter(flow, flow.begin, known, Step(At()))


def step(flow: CompiledFlow, at: At, news: News, known: Known) -> Step:
    """Return what follows when `news` comes while a call is at `at`."""
    node = flow.nodes.get(at.node)
    if node is None:
        return Step(at, "lost")
    match node:
        case f.Menu() | f.YesNo() | f.Gather():
            return _answered(flow, node, at, news, known)
        case f.RingGroup() if at.turn + 1 < flow.rounds(node):
            return Step(At(at.node, at.turn + 1), "dial", edge="again")
        case f.Webhook() if isinstance(news, Told):
            answers = tuple((name, value) for name, value in news.values.items() if value)
            return _leave(flow, node, "next", known, answers)
        case f.Voicemail() if at.turn == 0 and isinstance(news, Done | Keys):
            return Step(At(at.node, 1), edge="beep")  # The words are over: now the caller talks.
        case f.Hangup():
            return Step(at, "close")
    return _leave(flow, node, _edge(node, news), known)


def _edge(node: f.Node, news: News) -> str:
    """Return by which edge `news` leaves a node that asks nothing to be checked."""
    match node:
        case f.Auction():
            return "unsold"
        case f.Dial() | f.RingGroup():
            return "unanswered"
        case f.Webhook():
            return "failed"
        case f.Queue():
            return "full" if isinstance(news, Failed) else "next"
        case f.ConsentAsk():
            return "declined" if declines(node, news) else "next"
        case f.CallbackOffer():
            return "accepted" if isinstance(news, Keys) and news.digits == node.key else "declined"
    return "next"


def declines(node: f.ConsentAsk, news: News) -> bool:
    """Tell whether a caller does not agree to be recorded. Where a key agrees, silence does not.

    Who may not have heard it has not agreed.
    """
    if isinstance(news, Failed):
        return True
    pressed = news.digits if isinstance(news, Keys) else ""
    if node.accept:
        return pressed != node.accept
    return bool(pressed) and pressed == node.decline


def _answered(flow: CompiledFlow, node: f.Question, at: At, news: News, known: Known) -> Step:
    if isinstance(news, Failed):  # It could not be asked, and no other try would change that.
        return _leave(flow, node, "otherwise", known)
    digits = news.digits if isinstance(news, Keys) else ""
    asked = asked_of(node)
    found = value_of(node, digits)
    if found is not None:
        return _leave(flow, node, found.edge, known, found.answers)
    if at.turn + 1 < node.tries:
        return Step(At(at.node, at.turn + 1), edge="again")
    edge = "none" if not digits and asked.none else "otherwise"
    return _leave(flow, node, edge, known)


def _leave(
    flow: CompiledFlow, node: f.Node, edge: str, known: Known, answers: tuple[Answer, ...] = ()
) -> Step:
    to = flow.way(node.id, edge)
    if to is None:  # "declined" where there is no such way of its own.
        edge, to = "next", flow.way(node.id, "next")
    told = Step(At(), edge=edge, answers=answers)
    return Step(At(node.id), "lost", edge=edge) if to is None else _enter(flow, to, known, told)


def _enter(flow: CompiledFlow, to: str, known: Known, told: Step) -> Step:
    """Go on to the first node that does something, past all that only decide."""
    path: list[str] = []
    answers, taken = list(told.answers), list(told.taken)
    facts = dict(known.facts) | dict(answers)
    for _ in range(HOPS_MOST):
        node = flow.nodes[to]
        path.append(to)
        edge = _silent(flow, node, facts, known, taken)
        if edge is None:
            return Step(At(to), _goes(node), tuple(path), told.edge, tuple(answers), tuple(taken))
        if isinstance(node, f.Tag | f.Language):
            new = node.set if isinstance(node, f.Tag) else {"language": node.language}
            answers += [(f"ivr.{name}", value) for name, value in new.items()]
            facts |= {f"ivr.{name}": value for name, value in new.items()}
        to = flow.way(to, edge) or ""
    return Step(At(path[-1]), "lost", tuple(path), told.edge, tuple(answers), tuple(taken))


def _silent(
    flow: CompiledFlow, node: f.Node, facts: Mapping[str, str], known: Known, taken: list[str]
) -> str | None:
    """Return by which edge a node is passed that needs nobody; None: it does something."""
    match node:
        case f.OpenHours():
            return "open" if flow.is_open(node.id, known.at_ms) else "closed"
        case f.Decide():
            return "yes" if flow.trees[node.id].holds(facts) else "no"
        case f.Tag() | f.Language():
            return "next"
        case f.Goto():
            return _bounded(node.id, node.most, "to", "otherwise", known, taken)
        case f.Queue():
            most = max(1, int(node.wait_s // node.again_s))
            way = _bounded(node.id, most, "", "over", known, taken)
            return way or None
        case f.Gather(check="zip") if facts.get("zip"):
            return "next"  # A publisher has told it already.
        case f.ConsentAsk(ask="by_law") if not known.must_ask:
            return "next"
    return None


def _bounded(
    id_: str, most: int | None, way: str, otherwise: str, known: Known, taken: list[str]
) -> str:
    if most is None:
        return way
    if (*known.taken, *taken).count(id_) >= most:
        return otherwise
    taken.append(id_)
    return way


def _goes(node: f.Node) -> Goes:
    match node:
        case f.Auction():
            return "auction"
        case f.Dial() | f.RingGroup():
            return "dial"
    return "on"
