"""A network as plain data in the shape of its file, and that as TOML text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import TYPE_CHECKING, Any

from market.call_flow import Flow
from market.callback import CallbackTerms
from market.condition import And, Comparison, Not, Or
from market.limits import ByHour
from market.money import dollars
from market.network import Cap, Network, Tier
from market.payout import PayoutRule, PayoutTier
from market.pricing import Modifier
from market.returns import ReturnTerms
from market.rtb import RtbDoor
from market.schedule import Holidays, Hours, Pause
from market.screening import ScreeningRules
from routing.condition_writing import condition_text
from routing.flows.writing import flow_document
from routing.network_days import holidays_document, pause_document
from routing.network_hours import hours_text
from routing.network_limits import by_hour_text
from routing.network_pricing import modifier_document

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Document = dict[str, Any]
LISTS = {  # The noun's field -> its name in the file, where one block is one of them.
    "campaigns": "campaign",
    "publishers": "publisher",
    "numbers": "number",
    "buyers": "buyer",
    "targets": "target",
    "tiers": "tier",
    "filters": "filter",
    "caps": "cap",
    "rtb": "rtb",
    "lists": "list",
    "lookups": "lookup",
    "holidays": "holidays",
    "flows": "flow",
    "webhooks": "webhook",
    "payout_tiers": "payout_tier",
    "payout_rules": "payout_rule",
    "pauses": "pause",
    "modifiers": "modifier",
    "reserve_steps": "reserve_step",
}
MONEY = {"price", "price_max", "reserve", "credit", "payout_amount", "penalty"}
MONEY |= {"payout_min", "payout_max", "payout_least"}
MONEY |= {"bid", "bid_max", "margin_amount", "margin_min"}  # Of an [[rtb]] door.
BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_network(network: Network) -> str:
    """Return `network` as the text of a file that reads back equal; defaults are left out."""
    return "\n".join(_lines(document_of(network, defaults=False), "")).lstrip("\n") + "\n"


def document_of(noun: DataclassInstance, *, defaults: bool) -> Document:
    """Return a noun as its table; `defaults` also writes the keys that have their default."""
    match noun:
        case Flow():
            return flow_document(noun, defaults=defaults)
        case Hours():
            return hours_text(noun)
        case ByHour():
            return by_hour_text(noun)
        case Holidays():
            return holidays_document(noun)
        case Pause():
            return pause_document(noun)
        case Modifier():
            return modifier_document(noun)
    document: Document = {}
    for field in fields(noun):
        value = getattr(noun, field.name)
        if value is None or (not defaults and value == _default(field)):
            continue
        document[_name(noun, field.name)] = (
            dollars(value) if _is_money(noun, field.name) else _plain(value, defaults)
        )
    return document


def _default(field: Field[Any]) -> object:
    if field.name in LISTS:
        return ()  # A block that is not there is a list of none.
    return field.default if field.default_factory is MISSING else field.default_factory()


def _name(noun: DataclassInstance, field: str) -> str:
    """Return the key of a field; a tier's `targets` and a door's `numbers` are no blocks."""
    if isinstance(noun, ReturnTerms):
        return "rule" if field == "rules" else field
    ids = (isinstance(noun, Tier) and field == "targets") or isinstance(noun, RtbDoor)
    ids = ids or isinstance(noun, CallbackTerms | ScreeningRules)  # Their look-ups are names.
    return field if ids else LISTS.get(field, field)


def _is_money(noun: DataclassInstance, field: str) -> bool:
    if isinstance(noun, PayoutTier | PayoutRule):
        return field == "amount"
    return field in MONEY or (isinstance(noun, Cap) and field == "limit" and noun.kind == "money")


def _plain(value: object, defaults: bool) -> object:
    if isinstance(value, tuple):
        return [_plain(one, defaults) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Comparison | Not | And | Or):
        return condition_text(value)
    if is_dataclass(value) and not isinstance(value, type):
        return document_of(value, defaults=defaults)
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _lines(table: Document, path: str) -> Iterator[str]:
    """Yield the lines of a table: its own keys first, for a header ends them."""
    inner = {key: value for key, value in table.items() if _is_inner(value)}
    for key, value in table.items():
        if key not in inner:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        for one in value if isinstance(value, list) else [value]:
            yield ""
            yield f"[[{name}]]" if isinstance(value, list) else f"[{name}]"
            yield from _lines(one, name)


def _is_inner(value: object) -> bool:
    return isinstance(value, dict) or (
        bool(value) and isinstance(value, list) and isinstance(value[0], dict)
    )


def _key(key: str) -> str:
    return key if BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(_value(one) for one in value)}]"
        case _:
            return repr(value)


def _text(value: str) -> str:
    """Return a text in quotes: JSON's escapes are TOML's, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
