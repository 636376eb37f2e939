"""How a call moves through its flow: the one event, and where it leads. Pure.

The flow itself is not at hand where a call is folded from its events, so the event carries all
that came of a step: where the call is now, what was collected, what is done next.
"""

from __future__ import annotations

from typing import Literal

from market.call import Call, Event, LegEnded
from market.call import State as S
from market.spot import Came
from market.value import dataclass, replace
from market.waiting import Waiting

Goes = Literal["on", "auction", "dial", "close", "lost"]


@dataclass(frozen=True, slots=True)
class FlowMoved(Event):
    """`facts` may be pinged or are asked about by rules; what is personal is not here."""

    visit: int = 0  # Which one of the call's visits it ends.
    left: str = ""  # The node it was at.
    node: str = ""  # Where the call is now.
    turn: int = 0
    goes: Goes = "on"
    edge: str = ""  # By which edge the former node was left.
    path: tuple[str, ...] = ()  # The nodes that were entered.
    facts: tuple[tuple[str, str], ...] = ()
    sealed: tuple[str, ...] = ()  # Names of what was collected and is personal.
    taken: tuple[str, ...] = ()
    agreed: bool | None = None  # To be recorded, where that was asked.
    key: str = ""  # That was pressed to say so.
    longest_s: float = 0.0


def is_of_this_visit(call: Call, event: FlowMoved) -> bool:
    """Tell whether `event` is about the node that the call is at."""
    return call.spot is not None and call.spot.visit == event.visit


def noted(call: Call, event: FlowMoved) -> Call:
    """Return `call` with what the event tells."""
    assert call.spot is not None
    spot = replace(
        call.spot,
        node=event.node,
        turn=event.turn,
        visit=event.visit + 1,
        came="closed" if event.goes == "close" else "",
        taken=call.spot.taken + event.taken,
        agreed=call.spot.agreed if event.agreed is None else event.agreed,
        since_ms=event.at_ms,
        longest_s=event.longest_s,
    )
    kept = tuple(fact for fact in call.facts if fact[0] not in dict(event.facts))
    return replace(call, spot=spot, facts=kept + event.facts)


def begin(call: Call, event: Event) -> Call:
    """Return the call once its caller can be heard."""
    return replace(call, state=S.GREETING if call.spot is None else S.FLOW)


def go(call: Call, event: Event) -> Call:
    """Return the call after a move that was noted."""
    assert isinstance(event, FlowMoved)
    assert call.spot is not None
    match event.goes:
        case "auction" if call.tiers == 0 or call.spot.unsalable or is_used_up(call):
            return back(call, "unsold")
        case "auction":
            spot = replace(call.spot, auctions=call.spot.auctions + 1)
            return replace(call, state=S.PINGING, tier=0, asked_as="", spot=spot)
        case "dial":
            return replace(new_leg(call, S.PASSING, own=True), dialled_ms=event.at_ms)
        case "close":
            return replace(call, state=S.CLOSING)
        case "lost":
            return last_resort(call)
    return replace(call, state=S.FLOW)


def passed(call: Call, event: Event) -> Call:
    """Return the call after the end of a number that the flow dialled."""
    left = call.hung_up_ms is not None or (isinstance(event, LegEnded) and event.caller_left)
    if left or call.joined_ms is not None or call.buyer_answered_ms is not None:
        return replace(call, state=S.CLOSING)
    return back(call, "unanswered")


def unsold(call: Call, *, unsalable: bool) -> Call:
    """Return a call that nobody bought: its flow goes on, or there is the last resort."""
    if call.spot is None:
        return last_resort(call)
    spot = replace(call.spot, unsalable=call.spot.unsalable or unsalable)
    return back(replace(call, spot=spot), "unsold")


def back(call: Call, came: Came) -> Call:
    """Return the call, in its flow again where it left it."""
    assert call.spot is not None
    spot = replace(call.spot, came=came, visit=call.spot.visit + 1, longest_s=0.0)
    fresh = new_leg(replace(call, spot=spot), S.FLOW, own=True)
    return replace(fresh, bid=None, bids=Waiting(), destination="")


def last_resort(call: Call) -> Call:
    """Return a call for the campaign's fallback or its polite sentence."""
    return replace(new_leg(call, S.FALLBACK), bid=None, bids=Waiting(), destination="")


def apologise(call: Call, event: Event) -> Call:
    """Return the call after the fallback's leg: over after a talk, else there are words left."""
    left = call.hung_up_ms is not None or (isinstance(event, LegEnded) and event.caller_left)
    if left or call.sorry or call.joined_ms is not None or call.buyer_answered_ms is not None:
        return replace(call, state=S.CLOSING)
    return replace(new_leg(call, S.FALLBACK, own=True), sorry=True)


def is_used_up(call: Call) -> bool:
    """Tell whether the call was offered to as many as it may be. The flow's own legs are none."""
    return call.leg - call.own_legs >= call.legs_max


def new_leg(call: Call, state: S, *, own: bool = False) -> Call:
    """Return the call in its next leg; `own`: of its flow, offered to nobody."""
    return replace(
        call,
        state=state,
        leg=call.leg + 1,
        own_legs=call.own_legs + own,
        held=False,
        dialled_ms=None,
        buyer_answered_ms=None,
        joined_ms=None,
        leg_ended_ms=None,
        leg_cause="",
        post=None,
        screened="",
        leg_end_is_guess=False,
    )
