"""Events of a call as rows of the call log, and back. Pure. Rows hold no personal data."""

from __future__ import annotations

from typing import Any

import orjson
from cattrs.preconf.orjson import make_converter

from market.call import Event

EVENTS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
_converter = make_converter(omit_if_default=True)


def to_row(event: Event) -> tuple[str, str]:
    """Return the kind of `event`, and its data as JSON."""
    return type(event).__name__, orjson.dumps(_converter.unstructure(event)).decode()


def from_row(kind: str, data: str | dict[str, Any]) -> Event:
    """Return the event of a row of the call log. Raises KeyError for a kind we do not know."""
    values = orjson.loads(data) if isinstance(data, str) else data
    return _converter.structure(values, EVENTS[kind])
