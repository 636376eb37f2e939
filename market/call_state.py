"""What a call does next. Pure: no clock, no I/O, nothing to await.

Rule 1: all that decides what a call does next is here and in the table (call_table.py).
Rule 2: these files perform nothing. The call's actor does the work of a state, and makes
the settlements that `step` returns.
"""

from __future__ import annotations

from collections.abc import Callable

from market.call import (
    BidCame,
    BidsClosed,
    Blocked,
    BuyerAnswered,
    BuyerHears,
    BuyerJoined,
    BuyerRefused,
    Call,
    CallerAnswered,
    Cleared,
    Confirmed,
    Event,
    HoldRefused,
    HungUp,
    LegEnded,
    Outcome,
    Posted,
    Settlement,
    ZipEntered,
)
from market.call import State as S
from market.call_table import DEADLINE_S, DIGIT_S, TABLE, Turn
from market.calling import buyer_here, is_alone, person_here, take_up
from market.clearing import take_down
from market.flow_moves import (
    FlowMoved,
    apologise,
    begin,
    go,
    is_of_this_visit,
    is_used_up,
    last_resort,
    new_leg,
    noted,
    passed,
    unsold,
)
from market.reached import reached, with_talk
from market.refusing import crossed, is_taken_by_key, is_unsalable, refusal
from market.unanswered import unanswered
from market.value import replace
from market.waiting import Waiting

OUT_OF_LEG = {
    S.FLOW,
    S.PINGING,
    S.FALLBACK,
    S.ENDED,
}  # Where nothing can be held for a leg any more.
NEVER_ANSWERED = {"busy", "no_answer", "declined", "machine"}
NEVER_ANSWERED |= {"bad_number", "cancelled", "carrier_error"}


def deadline_s(call: Call) -> float:
    """Return how long `call` may stay in its state, in seconds."""
    extra = 0.0
    if call.bid is not None and call.state is S.DIALING:
        extra = call.bid.ring_s
    if call.bid is not None and call.state is S.WHISPERING:
        extra = call.bid.whisper_s
    if call.state is S.CALLING:
        extra = call.person_ring_s
    if call.spot is not None and call.state is S.FLOW:
        extra = call.spot.longest_s
    if call.state in (S.BRIDGED, S.FALLBACK, S.PASSING):
        extra = call.longest_s
    if call.state is S.GATHERING:
        extra = call.zip_timeout_s + 4 * min(DIGIT_S, call.zip_timeout_s)
    return DEADLINE_S[call.state] + extra


def expects(call: Call, event: Event) -> bool:
    """Tell whether `event` may move `call`. A stale leg or a repeated webhook may not."""
    if isinstance(event, FlowMoved) and not is_of_this_visit(call, event):
        return False
    if isinstance(event, BuyerRefused) and is_taken_by_key(call):
        return False
    return type(event) in TABLE[call.state] and event.leg in (None, call.leg)


def step(call: Call, event: Event) -> tuple[Call, Settlement | None]:
    """Return the call after `event`, and what becomes of what is held, if that is decided."""
    assert expects(call, event), (call.state, event)
    was, call = call, note(call, event)
    after = TABLE[was.state][type(event)]
    turned = TURNS[after](call, event) if isinstance(after, Turn) else replace(call, state=after)
    if turned.state is S.DIALING:
        turned = replace(turned, dialled_ms=event.at_ms)
    if turned.state is S.BRIDGED and turned.post is None and turned.bid and turned.bid.post:
        turned = replace(turned, post="unknown")  # Until its answer is here: a lost one is no "no".
    if turned.state in (S.CLOSING, S.ENDED) and turned.left_in is None:
        turned = replace(turned, left_in=was.state)
    if not call.held or (turned.leg == call.leg and turned.state not in OUT_OF_LEG):
        return turned, None
    settlement = settle(call)
    if settlement.outcome is Outcome.RELEASE and unanswered(call, event):
        settlement = replace(settlement, unanswered=True)
    sold = was.sold or settlement.outcome is Outcome.CAPTURE
    talks = with_talk(call, settlement)
    held = turned.leg != call.leg and turned.held
    return replace(turned, held=held, sold=sold, talks=talks), settlement


def note(call: Call, event: Event) -> Call:
    """Return `call` with what `event` tells: times, answers, bids."""
    match event:
        case Cleared():
            return take_down(call, event)
        case Blocked():
            return replace(call, blocked=event.reason)
        case CallerAnswered():
            return replace(call, answered=True)
        case FlowMoved():
            return noted(call, event)
        case ZipEntered() if event.facts:
            kept = tuple(fact for fact in call.facts if fact[0] not in dict(event.facts))
            return replace(call, facts=kept + event.facts, zip_tries=0, zip_required=False)
        case BidsClosed():
            return replace(call, bids=Waiting(event.ranked), asked_as=event.asked_as)
        case BidCame() if event.bid is not None:
            better = [bid for bid in call.bids if bid.target not in event.worse]
            worse = [bid for bid in call.bids if bid.target in event.worse]
            return replace(call, bids=Waiting([*better, event.bid, *worse]))
        case HoldRefused():
            return replace(call, held=False)
        case Confirmed() if call.bid is not None:
            agreed = replace(call.bid, agreed=event.price)
            return replace(call, bid=agreed, destination=event.destination or call.destination)
        case Posted():
            return replace(call, post=event.outcome)
        case BuyerHears():
            return replace(call, screened="hears")
        case BuyerRefused():
            return replace(call, screened=event.cause)
        case BuyerAnswered():
            return replace(call, buyer_answered_ms=call.buyer_answered_ms or event.at_ms)
        case BuyerJoined():
            return replace(call, joined_ms=call.joined_ms or event.at_ms, answered=True)
        case LegEnded() if call.leg_ended_ms is None or not event.guess:
            return replace(
                call,
                leg_ended_ms=event.at_ms,
                leg_cause=refusal(call) or event.cause,
                leg_end_is_guess=event.guess,
            )
        case HungUp() if call.hung_up_ms is None or not event.guess:
            return replace(
                call,
                hung_up_ms=event.at_ms,
                hung_up_is_guess=event.guess,
                hung_up_cause=event.cause,
            )
    return call


def settle(call: Call) -> Settlement:
    """Return what becomes of what is held for the current leg, and how far it came."""
    return replace(_settle(call), awarded_ms=call.awarded_ms, reached=reached(call))


def _settle(call: Call) -> Settlement:
    """Decide. Unknown is never guessed.

    A talk can have lasted from the first to the end that came first, at most: too short even
    so is no sale. It is a sale when both its join and an end are known, and far enough apart.
    """
    assert call.bid is not None
    needed_ms = call.bid.billable_after_s * 1000
    start = call.joined_ms or call.buyer_answered_ms or call.dialled_ms
    unheard = call.joined_ms is None and call.buyer_answered_ms is None
    if start is None or is_unsalable(call) or (unheard and call.leg_cause in NEVER_ANSWERED):
        return Settlement(call.leg, call.bid, Outcome.RELEASE)
    if is_alone(call) and call.hung_up_cause in NEVER_ANSWERED:  # The carrier is sure of that.
        return Settlement(call.leg, call.bid, Outcome.RELEASE)
    ends = [end for end in (call.leg_ended_ms, call.hung_up_ms) if end is not None]
    longest_ms = max(0, min(ends) - start) if ends else None
    if longest_ms is not None and longest_ms < needed_ms:
        return Settlement(call.leg, call.bid, Outcome.RELEASE, longest_ms)
    if call.joined_ms is None:
        return Settlement(call.leg, call.bid, Outcome.REVIEW, why="no_join")
    if not _knows_an_end(call):
        return Settlement(call.leg, call.bid, Outcome.REVIEW, why="no_end")
    whole_ms = min(ends) - call.arrived_ms
    return Settlement(call.leg, call.bid, Outcome.CAPTURE, longest_ms, call_ms=whole_ms)


def _knows_an_end(call: Call) -> bool:
    """Tell whether an end has a time by the carrier's clock that makes the talk long enough."""
    assert call.bid is not None
    ends = (
        (call.leg_ended_ms, call.leg_end_is_guess),
        (call.hung_up_ms, call.hung_up_is_guess),
    )
    needed_ms = (call.joined_ms or 0) + call.bid.billable_after_s * 1000
    return any(end is not None and not guess and end >= needed_ms for end, guess in ends)


def may_be_theirs(call: Call) -> bool:
    """Tell whether the current buyer may have taken the lead, so that nobody else may have it."""
    return call.post == "unknown" and not call.resells_unknown


def _ask_zip(call: Call, event: Event) -> Call:
    tries = call.zip_tries - (call.state is S.GATHERING and call.zip_tries > 0)
    call = replace(call, zip_tries=tries)
    if call.tiers == 0:  # There is nobody to ask: the call was only taken to be polite.
        return _fallback(call)
    if tries > 0:
        return replace(call, state=S.GATHERING)
    return _fallback(call) if call.zip_required else replace(call, state=S.PINGING)


def _next_bid(call: Call, event: Event) -> Call:
    live = [b for b in call.bids if b.expires_ms is None or b.expires_ms > event.at_ms]
    if call.hung_up_ms is not None:
        return replace(call, state=S.ENDED)
    if is_used_up(call) or may_be_theirs(call):
        return _fallback(call)
    if live:
        return replace(
            new_leg(call, S.AWARDING),
            awarded_ms=event.at_ms,
            bid=live[0],
            bids=Waiting(live[1:]),
            destination=live[0].destination,
            held=True,
        )
    if call.tier + 1 < call.tiers:
        return replace(call, state=S.PINGING, tier=call.tier + 1, bids=Waiting(), asked_as="")
    return _fallback(call)


def _fallback(call: Call) -> Call:
    if is_alone(call):  # Nobody is on the line who could hear anything.
        return replace(new_leg(call, S.ENDED), bid=None, bids=Waiting(), destination="")
    return unsold(call, unsalable=may_be_theirs(call))


def _no_sale(call: Call, event: Event) -> Call:
    return _fallback(call)


def _lost(call: Call, event: Event) -> Call:
    return last_resort(call)


def _offer(call: Call, event: Event) -> Call:
    assert call.bid is not None
    return replace(call, state=S.CONFIRMING if call.bid.confirm else S.DIALING)


def _leg_done(call: Call, event: Event) -> Call:
    if call.hung_up_ms is not None or (isinstance(event, LegEnded) and event.caller_left):
        return replace(call, state=S.CLOSING)
    if refusal(call):
        return _next_bid(call, event)
    if call.joined_ms is None and call.leg_cause not in NEVER_ANSWERED:
        return replace(call, state=S.LEG_OVER)
    if call.bid is not None and settle(call).outcome is Outcome.CAPTURE:
        return replace(call, state=S.CLOSING)
    return _next_bid(call, event)


def _all_over(call: Call, event: Event) -> Call:
    dialled = call.dialled_ms or call.buyer_answered_ms or call.joined_ms
    leg_lives = dialled is not None and call.leg_ended_ms is None
    over = call.hung_up_ms is not None and not leg_lives
    return replace(call, state=S.ENDED if over else S.CLOSING)


TURNS: dict[Turn, Callable[[Call, Event], Call]] = {
    Turn.TAKE_UP: take_up,
    Turn.PERSON_HERE: person_here,
    Turn.BUYER_HERE: buyer_here,
    Turn.BEGIN: begin,
    Turn.GO: go,
    Turn.PASSED: passed,
    Turn.LOST: _lost,
    Turn.APOLOGISE: apologise,
    Turn.ASK_ZIP: _ask_zip,
    Turn.NEXT_BID: _next_bid,
    Turn.NO_SALE: _no_sale,
    Turn.OFFER: _offer,
    Turn.CROSSED: crossed,
    Turn.LEG_DONE: _leg_done,
    Turn.CALLER_LEFT: _all_over,
    Turn.ALL_OVER: _all_over,
}
