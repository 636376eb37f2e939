"""How far a leg came, and with whom the caller talked: what caps and later calls go by. Pure."""

from __future__ import annotations

from market.call import Call, Outcome, Reached, Settlement
from market.repeat import Talk

NEVER_RANG = {"bad_number", "carrier_error"}


def reached(call: Call) -> Reached:
    """Return how far the current leg came."""
    if call.buyer_answered_ms is not None or call.joined_ms is not None:
        return Reached.ANSWERED
    rang = call.dialled_ms is not None and call.leg_cause not in NEVER_RANG
    return Reached.RUNG if rang else Reached.NOBODY


def with_talk(call: Call, settlement: Settlement) -> tuple[Talk, ...]:
    """Return the talks of `call` with the one that `settlement` is about, if there was one."""
    bid, sold = settlement.bid, settlement.outcome is Outcome.CAPTURE
    if call.joined_ms is None and not sold:
        return call.talks
    began = call.joined_ms or call.buyer_answered_ms or settlement.awarded_ms or call.arrived_ms
    billable = began + (settlement.talk_ms or 0) if sold else None
    talk = Talk(bid.target, bid.buyer, began, billable, paid=sold and not call.unpaid)
    return (*call.talks, talk)


def with_talk_so_far(call: Call) -> tuple[Talk, ...]:
    """Return the talks of a live call, with the one that is going on."""
    if call.bid is None or call.joined_ms is None or not call.held:
        return call.talks
    return with_talk(call, Settlement(call.leg, call.bid, Outcome.REVIEW))
