"""Events of a call as rows of the call log, and back. Pure. Rows hold no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cattrs.preconf.orjson import make_converter

from market.call import Event
from market.flow_moves import FlowMoved

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
assert FlowMoved.__name__ in EVENTS, "it has a module of its own, which is imported for that"
_converter = make_converter(omit_if_default=True)


def to_data(event: Event) -> dict[str, Any]:
    """Return the data of `event`, ready for JSON; what is as usual is left out."""
    data: dict[str, Any] = _converter.unstructure(event)
    return data


def from_row(kind: str, data: Mapping[str, Any]) -> Event:
    """Return the event of a row of the call log. Raises KeyError for a kind we do not know."""
    return _converter.structure(data, EVENTS[kind])
