"""Whether a leg was one that its buyer left unanswered. Pure: times of the carrier's clock.

The bounds are those of RingbaX' rule: connected for at most 9 s and ended by the buyer, or
never connected after 8 s or more of ringing. A line that is busy or declines at once has
answered in its way.
"""

from __future__ import annotations

from market.call import Call, Event, LegEnded

SHORT_MS = 9_000  # Who says hello and hangs up had nobody to take the call.
RUNG_MS = 8_000  # Two rings and more: somebody could have answered.
NOT_THEIRS = {"carrier_error", "bad_number"}


def unanswered(call: Call, event: Event) -> bool:
    """Tell whether the current leg of `call`, settled by `event`, was left unanswered."""
    if call.dialled_ms is None or call.leg_cause in NOT_THEIRS:
        return False
    if call.first == "buyer" and call.joined_ms is None and call.buyer_answered_ms is not None:
        return False  # It answered, and nobody came to talk to.
    if call.screened in ("hears", "declined"):
        return False  # It picked up, and heard what it is offered.
    if call.screened == "machine":
        return True
    connected = call.joined_ms or call.buyer_answered_ms
    if connected is None:
        ends = [end for end in (call.leg_ended_ms, call.hung_up_ms) if end is not None]
        return min(ends, default=event.at_ms) - call.dialled_ms >= RUNG_MS
    if call.leg_ended_ms is None or _is_callers_end(call, event):
        return False
    return call.leg_ended_ms - connected <= SHORT_MS


def _is_callers_end(call: Call, event: Event) -> bool:
    """Tell whether the talk ended with the caller, or with us: not the buyer's doing."""
    left = isinstance(event, LegEnded) and event.caller_left
    return left or call.hung_up_ms is not None or call.left_in is not None
