"""Recorded auctions, read from a call's log, and decided again. Pure.

The same inputs on the same network must give the same decision, byte for byte: whoever was
told why they lost can be shown that it was so, and nothing else went into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson

from auctiond.calls.call_view import Life, Row, fold
from auctiond.calls.event_codec import EVENTS, from_row, to_data
from auctiond.calls.inputs_codec import INPUTS, unpack
from market.call import BidCame, BidsClosed, Call
from market.call_state import expects, step
from routing.decide import decide
from routing.snapshot import Snapshot
from routing.what_if import Past, paused


@dataclass(frozen=True, slots=True)
class Held:
    """An auction that was held: what it was decided by, and its decision as it is stored."""

    past: Past
    closed: BidsClosed
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """A call with its auctions. `unrecorded`: of so many nobody noted what decided them."""

    call_id: UUID
    life: Life
    held: tuple[Held, ...]
    unrecorded: int
    is_over: bool = True

    @property
    def network(self) -> int:
        """The version of the network that the call ran on."""
        return self.life.call.network


def history(call: Call, rows: Sequence[Row]) -> History:
    """Return the history that `rows` tell of the call that began as `call`."""
    held: list[Held] = []
    noted: Mapping[str, Any] | None = None
    unrecorded, before = 0, call
    for row in rows:
        if row.kind == INPUTS:
            noted = row.data
        if row.kind not in EVENTS:
            continue
        event = from_row(row.kind, row.data)
        if not expects(before, event):
            continue
        if isinstance(event, BidsClosed) and noted is not None:
            auction = UUID(event.asked_as) if event.asked_as else call.id
            past = Past(auction, unpack(noted, before, event))
            held.append(Held(past, event, row.data))
            noted = None
        elif isinstance(event, BidsClosed):
            unrecorded += 1
        elif isinstance(event, BidCame) and event.bid is not None and held:
            past = held[-1].past
            held[-1] = replace(held[-1], past=replace(past, came=(*past.came, event.bid)))
        before, _ = step(before, event)
    is_over = any(row.kind == "ended" for row in rows)
    return History(call.id, fold(call, rows), tuple(held), unrecorded, is_over)


def again(held: Held, snapshot: Snapshot) -> BidsClosed:
    """Return the decision on the network it had."""
    inputs = held.past.inputs
    closed = decide(paused(snapshot, inputs.unfit), held.past.call_id, inputs)
    return replace(closed, asked_as=held.closed.asked_as)  # Which is no matter of deciding.


def is_same(held: Held, closed: BidsClosed) -> bool:
    """Tell whether `closed` is the stored decision, byte for byte as an event of the log."""
    return as_bytes(to_data(closed)) == as_bytes(held.data)


def as_bytes(data: Mapping[str, Any]) -> bytes:
    """Return the data of an event in one order of keys: the database keeps none."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
