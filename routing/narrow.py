"""Who of the eligible may have this call of this caller: limits around it, earlier calls. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from market.inputs import Inputs
from routing.eligible import Eligible, Usage
from routing.limits import within_limits
from routing.snapshot import Snapshot


def narrowed(
    chosen: Eligible, snapshot: Snapshot, inputs: Inputs, at: datetime, usage: Usage
) -> Eligible:
    """Return `chosen` without the targets that may not have the call, each with its reason."""
    reserve = snapshot.tier(inputs.campaign, inputs.tier).reserve
    targets, full = within_limits(
        snapshot.limits, chosen.targets, inputs.campaign, inputs.publisher, reserve, at, usage
    )
    return replace(chosen, targets=targets, excluded=full + chosen.excluded) if full else chosen
