"""A flow as a Mermaid flowchart, for people. Pure."""

from __future__ import annotations

from market import call_flow as f
from market.call_flow_edges import edges_of
from routing.condition_writing import condition_text
from routing.flows.writing import KIND_OF

LABEL_MOST = 60  # Characters of a label; the file has the rest.
ENDS = (f.Hangup,)
DECIDES = (f.OpenHours, f.Decide, f.Goto)
ASKS = (f.Menu, f.YesNo, f.Gather, f.ConsentAsk, f.CallbackOffer)


def mermaid(flow: f.Flow) -> str:
    """Return the drawing. Dotted: what happens when the caller does nothing, or it fails."""
    names = {node.id: f"n{number}" for number, node in enumerate(flow.nodes)}
    lines = ["flowchart TD", f"    start(({_quoted('call')})) --> {names[flow.begin]}"]
    lines += [f"    {names[node.id]}{_shape(node)}" for node in flow.nodes]
    for node in flow.nodes:
        for edge in edges_of(node):
            arrow = "-.->" if _is_failing(edge.name) else "-->"
            label = _label(node, edge.name)
            told = f"|{_quoted(label)}|" if label else ""
            lines.append(f"    {names[node.id]} {arrow}{told} {names[edge.to]}")
    return "\n".join(lines) + "\n"


def _is_failing(edge: str) -> bool:
    return edge in ("otherwise", "none", "failed", "unsold", "unanswered", "over", "full")


def _label(node: f.Node, edge: str) -> str:
    if edge.startswith("choices.") and isinstance(node, f.Menu):
        key = edge.removeprefix("choices.")
        return f"{key}: {node.answers[key]}" if key in node.answers else key
    return "" if edge == "next" else edge


def _shape(node: f.Node) -> str:
    label = _quoted(f"{node.id}<br/>{_escaped(_about(node))}")
    if isinstance(node, ENDS):
        return f"([{label}])"
    if isinstance(node, DECIDES):
        return f"{{{label}}}"
    if isinstance(node, ASKS):
        return f"[/{label}/]"
    if isinstance(node, f.Auction):
        return f"[[{label}]]"
    return f"[{label}]"


def _about(node: f.Node) -> str:
    """Return what a node is about, in a few words."""
    match node:
        case f.Decide():
            return _cut(condition_text(node.condition))
        case f.OpenHours():
            return f"hours in {node.hours.zone}"
        case f.Tag():
            return _cut(", ".join(f"{name} = {value}" for name, value in node.set.items()))
        case f.Gather():
            return _cut(f"gather {node.check if node.check != 'any' else node.keep_as}")
        case f.Dial():
            return "dial"  # Numbers stay in the file: drawings get around.
        case f.RingGroup():
            return f"ring {len(node.to)}, {node.order.replace('_', ' ')}"
        case f.Record():
            return f"recording: {node.action}"
        case f.Language():
            return f"language {node.language}"
        case f.Goto() if node.most is not None:
            return f"at most {node.most} times"
    texts = getattr(node, "prompt", f.SILENT).say
    kind = KIND_OF[type(node)].replace("_", " ")
    return _cut(f"{kind}: {next(iter(texts.values()))}" if texts else kind)


def _cut(text: str) -> str:
    return text if len(text) <= LABEL_MOST else f"{text[:LABEL_MOST]}..."


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "#quot;") + '"'
