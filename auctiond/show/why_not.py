"""Why one target did not get a call, in words: from its record, or decided again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from auctiond.calls.candidates import candidates
from auctiond.calls.replay import History
from market.bids import TargetId
from market.reasons import reason_of
from routing.decide import why_not
from routing.snapshot import Snapshot
from routing.what_if import paused


def why_lines(past: History, was: Snapshot | None, target: TargetId) -> Iterator[str]:
    """Yield a line for each tier that was asked and has `target`; `was` is the network it had."""
    told = {row["tier"]: row["reason"] for row in candidates(past.life) if row["target"] == target}
    for held in past.held:
        inputs = held.past.inputs
        tier = inputs.tier + 1
        reason = told.pop(tier, "")
        if not reason and was is not None:
            reason = why_not(paused(was, inputs.unfit), inputs, target)
        if reason:
            yield _line(tier, reason)
    for tier, reason in told.items():
        yield _line(tier, reason)


def _line(tier: int, reason: str) -> str:
    return f"tier {tier}: {reason}  ({reason_of(reason).text})"
