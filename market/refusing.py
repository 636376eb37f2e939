"""Who was rung, and does not take the call or is a machine. Pure.

A leg that was refused is never sold, whatever else is told of it.
"""

from __future__ import annotations

from market.call import Call, Event
from market.call import State as S
from market.value import replace


def refusal(call: Call) -> str:
    """Return why the current leg is refused: "declined" or "machine"; "" of all others."""
    return "" if call.screened == "hears" else call.screened


def is_taken_by_key(call: Call) -> bool:
    """Tell whether somebody has pressed the key: whatever else is heard, that is no machine."""
    here = call.joined_ms is not None or call.buyer_answered_ms is not None
    return call.bid is not None and call.bid.accept_key and here


def is_unsalable(call: Call) -> bool:
    """Tell whether the current leg is refused, or nobody there has heard its whisper out."""
    heard_out = call.joined_ms is not None or call.buyer_answered_ms is not None
    return bool(refusal(call) or (call.screened and not heard_out))


def crossed(call: Call, event: Event) -> Call:
    """Return the call after a join that crossed our hang-up: they talk, unless it was refused."""
    return replace(call, state=S.CANCELLING if refusal(call) else S.BRIDGED)
