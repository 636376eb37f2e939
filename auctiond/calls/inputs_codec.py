"""What an auction was decided by, as a note in the call's log: what stands there is not repeated.

An answer that the decision tells as it came is named by its target alone. What the call or
its decision says (facts, tier, times) is read from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from cattrs.preconf.orjson import make_converter

from auctiond.calls.asking import routing_facts
from market.bids import Bid, NoBid, TargetId
from market.call import BidsClosed, Call
from market.inputs import Inputs
from market.money import Micros

INPUTS = "inputs"  # The kind of the note. It stands before the decision that it explains.
_converter = make_converter(omit_if_default=True)
Told = Mapping[TargetId, Bid | NoBid]
_answer = attrgetter(*(field.name for field in fields(Bid) if field.name != "effective"))


def pack(inputs: Inputs, closed: BidsClosed) -> dict[str, Any]:
    """Return the data of the note that explains `closed`."""
    told = _told(closed)
    rest = replace(
        inputs,
        network=0,
        campaign="",
        publisher="",
        tier=0,
        facts=(),
        used=(),
        replies=(),
        unasked=(),
        spent=(),
        deadline_ms=0,
        took_ms=0.0,
        closed_ms=0,
    )
    data: dict[str, Any] = _converter.unstructure(rest)
    if inputs.used:
        data["used"] = dict(inputs.used)
    for name in ("replies", "unasked", "spent"):
        replies: Sequence[Bid | NoBid] = getattr(inputs, name)
        if replies:
            data[name] = [_pack(reply, told) for reply in replies]
    return data


def unpack(data: Mapping[str, Any], call: Call, closed: BidsClosed) -> Inputs:
    """Return what `pack` packed. `call` is the call before `closed`, folded from its events."""
    told = _told(closed)
    plain = {name: value for name, value in data.items() if name not in SPECIAL}
    return replace(
        _converter.structure(plain, Inputs),
        network=call.network,
        campaign=call.campaign,
        publisher=call.publisher,
        tier=call.tier,
        facts=tuple(routing_facts(call).items()),
        used=tuple(data.get("used", {}).items()),
        replies=tuple(_unpack(one, told) for one in data.get("replies", ())),
        unasked=_no_bids(data.get("unasked", ()), told),
        spent=_no_bids(data.get("spent", ()), told),
        deadline_ms=closed.deadline_ms,
        took_ms=closed.took_ms,
        closed_ms=closed.at_ms,
    )


SPECIAL = ("used", "replies", "unasked", "spent")


def _no_bids(listed: Sequence[Any], told: Told) -> tuple[NoBid, ...]:
    found = (_unpack(each, told) for each in listed)
    return tuple(one for one in found if isinstance(one, NoBid))


def _told(closed: BidsClosed) -> Told:
    told: dict[TargetId, Bid | NoBid] = {one.target: one for one in closed.others}
    return told | {bid.target: bid for bid in closed.ranked}


def _as_read(bid: Bid) -> Bid:
    """Return `bid` without what it counts as: that is decided, and no part of an answer."""
    return replace(bid, effective=Micros(0))


def _pack(reply: Bid | NoBid, told: Told) -> Any:  # noqa: ANN401  JSON: a name, or all of it.
    if _is_told(reply, told.get(reply.target)):
        return reply.target
    kind = "bid" if isinstance(reply, Bid) else "no"
    return {kind: _converter.unstructure(_as_read(reply) if isinstance(reply, Bid) else reply)}


def _is_told(reply: Bid | NoBid, told: Bid | NoBid | None) -> bool:
    """Return whether `told` is `reply`, whatever it counts as by now."""
    if isinstance(reply, Bid) and isinstance(told, Bid):
        return _answer(reply) == _answer(told)  # Not by replace(): this is done for each bid.
    return reply == told


def _unpack(data: Any, told: Told) -> Bid | NoBid:  # noqa: ANN401
    if isinstance(data, str):
        one = told[TargetId(data)]
        return _as_read(one) if isinstance(one, Bid) else one
    if "bid" in data:
        return _converter.structure(data["bid"], Bid)
    return _converter.structure(data["no"], NoBid)
