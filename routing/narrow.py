"""Who of the eligible may have this call of this caller: limits around it, earlier calls. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from market.inputs import Inputs
from routing.eligible import Eligible, Usage
from routing.limits import within_limits
from routing.repeats import seen_of, without_repeats
from routing.snapshot import Snapshot


def narrowed(
    chosen: Eligible, snapshot: Snapshot, inputs: Inputs, at: datetime, usage: Usage
) -> Eligible:
    """Return `chosen` without the targets that may not have the call, each with its reason."""
    campaign, repeats = inputs.campaign, snapshot.repeats
    reserve = snapshot.tier(campaign, inputs.tier).reserve
    targets, full = within_limits(
        snapshot.limits, chosen.targets, campaign, inputs.publisher, reserve, at, usage
    )
    seen = seen_of(campaign, inputs.past, inputs.anonymous, inputs.at_ms, repeats)
    targets, again = without_repeats(targets, seen, campaign, repeats)
    if not again and not full:
        return chosen
    return replace(chosen, targets=targets, excluded=again + full + chosen.excluded)
