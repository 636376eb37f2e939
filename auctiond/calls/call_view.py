"""A call folded from its log, for people: its record and its timeline. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol

from auctiond.calls.event_codec import EVENTS, from_row
from auctiond.calls.inputs_codec import INPUTS
from market.bids import Bid
from market.call import (
    BidsClosed,
    BuyerRefused,
    Call,
    Confirmed,
    ConfirmFailed,
    Event,
    HoldRefused,
    LegEnded,
    Outcome,
    Reached,
    Settlement,
    State,
    TimedOut,
)
from market.call_state import NEVER_ANSWERED, expects, may_be_theirs, note, step
from market.reached import with_talk
from market.refusing import refusal

UNSOLD = (State.FLOW, State.FALLBACK)  # Where a call goes that nobody bought.
NOTHING: Mapping[str, Any] = MappingProxyType({})
SETTLED = "settled"  # The note of a decision that came after the call had left a leg for review.


class Row(Protocol):
    """A row of the call log."""

    @property
    def kind(self) -> str: ...
    @property
    def at_ms(self) -> int: ...
    @property
    def data(self) -> Mapping[str, Any]: ...


@dataclass(slots=True)
class Life:
    """A call folded from its rows."""

    call: Call
    events: list[Event] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    settlements: list[Settlement] = field(default_factory=list)
    offers: dict[int, Bid] = field(default_factory=dict)  # Leg -> the bid it was offered to.
    tiers: dict[int, int] = field(default_factory=dict)  # Leg -> the tier of its bid, from 0.
    leg_reasons: dict[int, str] = field(default_factory=dict)
    expired: set[Bid] = field(default_factory=set)  # They ran out before their turn.
    talks: dict[int, Call] = field(default_factory=dict)  # Leg -> the call while they talked.
    withheld: bool = False  # Not offered on: a buyer may have taken the lead.
    decided: dict[int, Call] = field(default_factory=dict)  # Leg -> the call when it was settled.
    inputs: list[Mapping[str, Any]] = field(default_factory=list)  # Of each auction, as noted.
    asked: list[int] = field(default_factory=list)  # The tier of each auction, from 0.
    won_in: dict[int, int] = field(default_factory=dict)  # Leg -> the auction of its bid, from 0.

    def settlement(self, leg: int) -> Settlement | None:
        """Return what was last decided for a leg."""
        return next((one for one in reversed(self.settlements) if one.leg == leg), None)


def fold(call: Call, rows: Sequence[Row]) -> Life:
    """Return the life that `rows` tell, in their order. Rows that moved nothing are notes."""
    life, inputs = Life(call), NOTHING
    for row in rows:
        if row.kind not in EVENTS:
            life.notes.append(row)
            inputs = row.data if row.kind == INPUTS else inputs
            if row.kind == SETTLED:
                _settle(life, row.data)
            continue
        event = from_row(row.kind, row.data)
        if expects(life.call, event):
            _live(life, event)
            if isinstance(event, BidsClosed):
                life.inputs.append(inputs)
                inputs = NOTHING
    return life


def _live(life: Life, event: Event) -> None:
    before, told = life.call, note(life.call, event)
    life.call, settlement = step(before, event)
    life.events.append(event)
    if isinstance(event, BidsClosed):
        life.asked.append(before.tier)
    life.expired |= {bid for bid in told.bids if _ran_out(bid, life.call, event)}
    if before.leg and before.leg not in life.leg_reasons:
        reason = _leg_reason(before, event)
        if reason:
            life.leg_reasons[before.leg] = reason
    if settlement is not None:
        life.settlements.append(settlement)
        life.decided[settlement.leg] = told
        if settlement.outcome is not Outcome.RELEASE:
            won = settlement.outcome is Outcome.CAPTURE
            life.leg_reasons[settlement.leg] = "won" if won else "review"
        elif told.joined_ms is not None and not refusal(told):
            life.leg_reasons[settlement.leg] = "under_duration"
        else:
            life.leg_reasons.setdefault(settlement.leg, _never_joined(told, event))
    if life.call.state is State.BRIDGED:
        life.talks[life.call.leg] = life.call
    if life.call.state in UNSOLD and before.state not in UNSOLD:
        life.withheld = life.withheld or may_be_theirs(before)
    if isinstance(event, Confirmed) and life.call.bid is not None:
        life.offers[life.call.leg] = life.call.bid  # It may be at another price now.
    if life.call.state is State.AWARDING and life.call.bid is not None:
        life.offers[life.call.leg] = life.call.bid
        life.tiers[life.call.leg] = life.call.tier
        life.won_in[life.call.leg] = len(life.asked) - 1


def _ran_out(bid: Bid, after: Call, event: Event) -> bool:
    """Tell whether `bid` was passed over because it lived no longer."""
    passed_over = bid not in after.bids and bid != after.bid
    return passed_over and bid.expires_ms is not None and bid.expires_ms <= event.at_ms


def _never_joined(call: Call, event: Event) -> str:
    if call.hung_up_ms is not None or (isinstance(event, LegEnded) and event.caller_left):
        return "caller_gone"
    return "declined" if call.leg_cause == "completed" else "carrier_error"


def _settle(life: Life, data: Mapping[str, Any]) -> None:
    """Take over what was decided for a leg after the call had left it for review."""
    leg, outcome = data["leg"], Outcome[data["outcome"]]
    bid = life.offers[leg]
    known = life.settlement(leg) or Settlement(leg, bid, outcome)
    reached = Reached[data.get("reached", known.reached.name)]
    decided = replace(known, outcome=outcome, why="", reached=reached)
    lasted = replace(decided, talk_ms=data["talk_ms"], call_ms=data.get("call_ms"))
    life.settlements.append(lasted)
    if outcome is Outcome.CAPTURE:
        talks = with_talk(life.decided.get(leg, life.call), life.settlements[-1])
        life.call = replace(life.call, sold=True, bid=bid, talks=(*life.call.talks, talks[-1]))
    life.leg_reasons[leg] = data["reason"]


def why_leg_failed(event: Event) -> str:
    """Return why an offer came to nothing, if `event` tells that; else ""."""
    match event:
        case HoldRefused() | ConfirmFailed():
            return event.reason
        case BuyerRefused():
            return event.cause
        case LegEnded() if event.cause in NEVER_ANSWERED:
            if event.cause != "cancelled":
                return event.cause
            return "caller_gone" if event.caller_left else "no_answer"  # It was we who stopped.
    return ""


def _leg_reason(call: Call, event: Event) -> str:
    match event:
        case LegEnded() if call.joined_ms is not None:
            return ""
        case LegEnded() if event.cause == "cancelled" and call.hung_up_ms is not None:
            return "caller_gone"
        case TimedOut() if call.state is State.AWARDING:
            return "hold_refused:away"
        case TimedOut() if call.state is State.CONFIRMING:
            return "confirm_unknown"
    return why_leg_failed(event)


def disposition(call: Call) -> str:
    """Return how the call ended, for people."""
    if call.state is not State.ENDED:
        return "live"
    if call.sold:
        return "sold"
    if call.blocked:
        return "blocked"
    if call.left_in in (State.FALLBACK, State.PASSING) or _ends_in_flow(call):
        return "unsold"
    if call.origin == "callback" and not call.answered:
        return "unreached" if call.left_in in (State.SCREENING, State.CALLING) else "unsold"
    if call.left_in in (State.BRIDGED, State.LEG_OVER) or call.joined_ms is not None:
        return "under_duration"
    return "abandoned"


def _ends_in_flow(call: Call) -> bool:
    """Tell whether a flow ended the call, or had it back from an auction when the caller left."""
    spot = call.spot
    if spot is None or call.left_in is not State.FLOW:
        return False
    return spot.came == "closed" or spot.auctions > 0


def summary(call: Call) -> dict[str, Any]:
    """Return a call in one line: stored with its end, and shown in lists."""
    won = call.bid if call.sold else None
    return {
        "network": call.network,
        "state": call.state.name.lower(),
        "disposition": disposition(call),
        "blocked": call.blocked,
        "facts": dict(call.facts),
        "legs": call.leg,
        "buyer": won.buyer if won else None,
        "target": won.target if won else None,
        "price_micros": won.pays if won else None,
        "talk_ms": talk_ms(call),
        "talks": [asdict(talk) for talk in call.talks],
        "unpaid": call.unpaid if won else "",
    } | (_of_callback(call) if call.origin else {})


def _of_callback(call: Call) -> dict[str, Any]:
    """Return what the callback of a call wants to know of its end."""
    return {
        "origin": call.origin,
        "first": call.first,
        "reached": call.answered,
        "no_buyer": not call.answered and disposition(call) == "unsold",
        "callback_cause": "" if call.answered else call.hung_up_cause,
    }


def talk_ms(call: Call) -> int:
    """Return how long caller and last buyer talked, in ms by the carrier's clock; else 0."""
    ends = [end for end in (call.leg_ended_ms, call.hung_up_ms) if end is not None]
    return max(0, min(ends) - call.joined_ms) if call.joined_ms is not None and ends else 0


def timeline(rows: Sequence[Row], arrived_ms: int) -> list[dict[str, Any]]:
    """Return what happened, with milliseconds since the call arrived."""
    return [
        {
            "ms": row.at_ms - arrived_ms,
            "kind": row.kind,
            "data": {name: value for name, value in row.data.items() if name not in BULKY},
        }
        for row in rows
        if row.kind != INPUTS  # For a replay: much of it, and nothing that happened.
    ]


BULKY = ("ranked", "others", "at_ms", "news", "past")  # The bids have their own table.
