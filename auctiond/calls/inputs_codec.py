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
PACKED = ("used", "replies", "unasked", "spent")
Told = Mapping[TargetId, Bid | NoBid]

# What the call, its decision and what is packed here say of the inputs; all else is written out.
SAID = {
    *("network", "campaign", "publisher", "tier", "facts", "deadline_ms", "took_ms", "closed_ms"),
    *PACKED,
    *("anonymous", "past"),
}
REST = [(field.name, field.default) for field in fields(Inputs) if field.name not in SAID]
BID = [(field.name, field.default) for field in fields(Bid) if field.name != "effective"]
# What a bid counts for is decided, and no part of an answer.
_answer = attrgetter(*(name for name, _ in BID))


def pack(inputs: Inputs, closed: BidsClosed) -> dict[str, Any]:
    """Return the data of the note that explains `closed`. Written by hand: it is on every call."""
    data: dict[str, Any] = {}
    for name, default in REST:
        value = getattr(inputs, name)
        if value != default:
            data[name] = _converter.unstructure(value)
    if inputs.used:
        data["used"] = dict(inputs.used)
    told: dict[TargetId, Bid | NoBid] = {one.target: one for one in closed.others}
    told |= {bid.target: bid for bid in closed.ranked}
    if inputs.replies:
        data["replies"] = [_pack(reply, told) for reply in inputs.replies]
    if inputs.unasked:
        data["unasked"] = [_pack(reply, told) for reply in inputs.unasked]
    if inputs.spent:
        data["spent"] = [_pack(reply, told) for reply in inputs.spent]
    return data


def unpack(data: Mapping[str, Any], call: Call, closed: BidsClosed) -> Inputs:
    """Return what `pack` packed. `call` is the call before `closed`, folded from its events."""
    told = _told(closed)
    plain = {name: value for name, value in data.items() if name not in PACKED}
    return replace(
        _converter.structure(plain, Inputs),
        network=call.network,
        campaign=call.campaign,
        publisher=call.publisher,
        tier=call.tier,
        facts=tuple(routing_facts(call).items()),
        anonymous=call.anonymous,
        past=call.past,
        used=tuple(data.get("used", {}).items()),
        replies=tuple(_unpack(one, told) for one in data.get("replies", ())),
        unasked=_no_bids(data.get("unasked", ()), told),
        spent=_no_bids(data.get("spent", ()), told),
        deadline_ms=closed.deadline_ms,
        took_ms=closed.took_ms,
        closed_ms=closed.at_ms,
    )


def _no_bids(listed: Sequence[Any], told: Told) -> tuple[NoBid, ...]:
    found = (_unpack(each, told) for each in listed)
    return tuple(one for one in found if isinstance(one, NoBid))


def _told(closed: BidsClosed) -> Told:
    told: dict[TargetId, Bid | NoBid] = {one.target: one for one in closed.others}
    return told | {bid.target: replace(bid, effective=Micros(0)) for bid in closed.ranked}


def _pack(reply: Bid | NoBid, told: Told) -> Any:  # noqa: ANN401  JSON: a name, or all of it.
    same = told.get(reply.target)
    if same is reply:
        return reply.target
    if isinstance(reply, Bid):
        if isinstance(same, Bid) and _answer(same) == _answer(reply):
            return reply.target
        values = zip(BID, _answer(reply), strict=True)
        return {"bid": {name: value for (name, default), value in values if value != default}}
    return reply.target if same == reply else {"no": _converter.unstructure(reply)}


def _unpack(data: Any, told: Told) -> Bid | NoBid:  # noqa: ANN401
    if isinstance(data, str):
        return told[TargetId(data)]
    if "bid" in data:
        return _converter.structure(data["bid"], Bid)
    return _converter.structure(data["no"], NoBid)
