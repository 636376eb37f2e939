"""A flow as plain data in the shape of its file. Pure. `network_writing` makes TOML of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from market import call_flow as f
from market.condition import And, Comparison, Not, Or
from market.schedule import Hours
from routing.condition_writing import condition_text
from routing.network_hours import hours_text

Document = dict[str, Any]
KIND_OF: dict[type, str] = {
    f.Say: "say",
    f.Menu: "menu",
    f.YesNo: "yes_no",
    f.Gather: "gather",
    f.OpenHours: "hours",
    f.Decide: "condition",
    f.Tag: "tag",
    f.Webhook: "webhook",
    f.Auction: "auction",
    f.Dial: "dial",
    f.RingGroup: "ring_group",
    f.ConsentAsk: "consent",
    f.Record: "record",
    f.Voicemail: "voicemail",
    f.Queue: "queue",
    f.Language: "language",
    f.CallbackOffer: "callback",
    f.Goto: "goto",
    f.Hangup: "hang_up",
}
NODES = tuple(KIND_OF)


def node_document(node: f.Node, *, defaults: bool) -> Document:
    """Return a node as the table that reads back as it."""
    document: Document = {"id": node.id, "kind": KIND_OF[type(node)]}
    if isinstance(node, f.Say) and not node.prompt.say:
        document["kind"] = "play"
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name == "id" or value is None or value in ("", f.SILENT):
            continue
        if _is_as_usual(field, value) and (not defaults or value in ((), {})):
            continue
        document |= _written(field.name, value)
    if isinstance(node, f.Gather) and node.check in ("zip", "phone"):
        document.pop("digits", None)
    return document


def case_document(case: f.Case) -> Document:
    """Return a case as the table that reads back as it."""
    document: Document = {"name": case.name}
    for field in fields(case):
        value = getattr(case, field.name)
        if field.name == "name" or _is_as_usual(field, value):
            continue
        document[field.name] = _plain(value)
    return document


def flow_document(flow: f.Flow, *, defaults: bool) -> Document:
    """Return a flow as the table that reads back as it."""
    document: Document = {"id": flow.id}
    for name in ("name", "language", "begin"):
        value = getattr(flow, name)
        if value and (defaults or name == "begin" or value != _usual(name)):
            document[name] = value
    document["node"] = [node_document(node, defaults=defaults) for node in flow.nodes]
    if flow.cases:
        document["case"] = [case_document(case) for case in flow.cases]
    return document


def _usual(name: str) -> object:
    return next(field.default for field in fields(f.Flow) if field.name == name)


def _is_as_usual(field: Field[Any], value: object) -> bool:
    if field.default_factory is not MISSING:
        return bool(value == field.default_factory())
    return field.default is not MISSING and bool(value == field.default)


def _written(name: str, value: object) -> Document:
    """Return the keys of one field of a node."""
    if isinstance(value, f.Prompt):
        if name == "again":
            return {"again": _texts(value.say)}
        said = {"say": _texts(value.say)} if value.say else {}
        return said | ({"play": _texts(value.play)} if value.play else {})
    if isinstance(value, Comparison | Not | And | Or):
        return {"if": condition_text(value)}
    if isinstance(value, Hours):
        return {name: hours_text(value)}
    return {name: _plain(value)}


def _texts(texts: Mapping[str, str]) -> object:
    return texts[""] if list(texts) == [""] else dict(texts)


def _plain(value: object) -> object:
    match value:
        case tuple():
            return [_plain(one) for one in value]
        case Mapping():
            return dict(value)
        case float() if value.is_integer():
            return int(value)
    return value


Writer = Callable[..., Document]
