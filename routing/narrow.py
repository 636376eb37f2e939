"""Who of the eligible may have this call of this caller: limits around it, earlier calls. Pure."""

from __future__ import annotations

from datetime import datetime

from market.call import Call
from routing.eligible import Eligible, Usage
from routing.limits import within_limits
from routing.repeats import seen_of, without_repeats
from routing.snapshot import Snapshot


def narrowed(
    chosen: Eligible, snapshot: Snapshot, call: Call, at: datetime, usage: Usage
) -> Eligible:
    """Return `chosen` without the targets that may not have `call`, each with its reason."""
    reserve = snapshot.tier(call.campaign, call.tier).reserve
    targets, full = within_limits(
        snapshot.limits, chosen.targets, call.campaign, call.publisher, reserve, at, usage
    )
    seen = seen_of(call, snapshot.repeats)
    targets, again = without_repeats(targets, seen, call.campaign, snapshot.repeats)
    return Eligible(targets, again + full + chosen.excluded) if again or full else chosen
