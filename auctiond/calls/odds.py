"""What became of the calls offered to each target: kept in memory, for ranking by what is expected.

The call log has it all: each leg that is over is a row there (`LEG`). From those of the last
days the counts are made at the start, and anew from time to time, so that old ones fade and
those of other processes are heard of; in between, what happens here is counted as it happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from market.bids import TargetId
from market.call import Call, Outcome, Reached, Settlement
from market.network import Campaign
from market.pricing import Odds
from routing.odds import Counts, History, LegCounts, chances

LEG = "leg"  # The kind of the rows.
DEFAULTS = Odds()

Chances = tuple[tuple[TargetId, int], ...]


@dataclass(slots=True)
class OddsBook:
    _targets: dict[str, dict[TargetId, Counts]] = field(default_factory=dict)
    _wholes: dict[str, Counts] = field(default_factory=dict)

    def load(self, rows: Iterable[LegCounts]) -> None:
        """Begin anew with `rows`."""
        self._targets, self._wholes = {}, {}
        for row in rows:
            self._add(row.campaign, row.target, row.counts)

    def leg_over(self, call: Call, settlement: Settlement) -> dict[str, Any] | None:
        """Count a leg that is over, and return its row for the log; None: it tells nothing.

        A leg that rang nowhere is not the target's fault, nor is one whose talk is unknown.
        """
        if settlement.reached is Reached.NOBODY or settlement.outcome is Outcome.REVIEW:
            return None
        target, sold = settlement.bid.target, settlement.outcome is Outcome.CAPTURE
        answered = settlement.reached is Reached.ANSWERED
        self._add(call.campaign, target, Counts(1, int(answered), int(sold)))
        return {"leg": settlement.leg, "target": target, "answered": answered, "sold": sold}

    def chances(self, campaign: Campaign, targets: Iterable[TargetId], seed: bytes) -> Chances:
        """Return the chances of `targets`; none where the campaign ranks by price alone."""
        if campaign.rank_by != "expected":
            return ()
        history = History(
            self._targets.get(campaign.id, {}), self._wholes.get(campaign.id, Counts())
        )
        return chances(history, targets, campaign.odds or DEFAULTS, seed)

    def _add(self, campaign: str, target: TargetId, counts: Counts) -> None:
        own = self._targets.setdefault(campaign, {})
        own[target] = own.get(target, Counts()) + counts
        self._wholes[campaign] = self._wholes.get(campaign, Counts()) + counts
