"""Where a call leads that we began: the person is called back, before a buyer or after. Pure."""

from __future__ import annotations

from market.call import BuyerAnswered, BuyerHears, Call, CallerAnswered, Event
from market.call import State as S
from market.flow_moves import begin
from market.value import replace


def take_up(call: Call, event: Event) -> Call:
    """Return a call that may be taken: answered, or the person is rung, or first a buyer found."""
    if call.first == "caller":
        return replace(call, state=S.CALLING)
    if call.first == "buyer":
        return replace(call, state=S.PINGING if call.tiers else S.ENDED)
    return replace(call, state=S.ANSWERING)


def person_here(call: Call, event: Event) -> Call:
    """Return the call once the person who is called back is on the line."""
    waits = call.buyer_answered_ms is not None and call.leg_ended_ms is None
    return replace(call, state=S.CONNECTING) if waits else begin(call, event)


def buyer_here(call: Call, event: Event) -> Call:
    """Return the call once a buyer answered: joined next, or the person is rung now."""
    return replace(call, state=S.CALLING if is_alone(call) else S.CONNECTING)


def picked_up(call: Call, leg: int, at_ms: int) -> Event:
    """Return what it means that `leg` was still there after its ring."""
    if leg == 0:
        return CallerAnswered(at_ms=at_ms)
    if call.bid is not None and call.bid.whisper_s and not is_alone(call):
        return BuyerHears(at_ms=at_ms, leg=leg)
    return BuyerAnswered(at_ms=at_ms, leg=leg)


def is_alone(call: Call) -> bool:
    """Tell whether no person is on the line yet: there is nobody to whom to say anything."""
    return call.first == "buyer" and not call.answered and call.joined_ms is None
