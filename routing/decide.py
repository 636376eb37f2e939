"""Decide a tier's auction from what is known. Pure: a live auction and its replay do the same."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from market.bids import Bid, NoBid, TargetId
from market.call import BidsClosed
from market.inputs import Inputs
from routing.eligible import Eligible, Usage, eligible
from routing.narrow import narrowed
from routing.rank import rank
from routing.snapshot import Snapshot
from routing.standing import Kept, Recorded
from routing.terms import worth_of
from routing.worth import Worth

BY_USAGE = frozenset(
    ("cap", "concurrency", "balance")
)  # What a target is told that an account refused.
NAME_PARTS = re.compile("[:/]")
ENOUGH = 10**15  # Micros. A cap or a slot that nobody uses has 0.
Left = tuple[tuple[str, int], ...]  # Account -> posted less held.


class Reading:
    """Passes on what accounts hold, and keeps what was read: an account may refuse a target."""

    __slots__ = ("_available", "_read")

    def __init__(self, usage: Usage) -> None:
        self._available = usage.available
        self._read: dict[str, tuple[int, int]] = {}

    def available(self, account: str) -> tuple[int, int]:
        """Return posted and held of `account`."""
        found = self._read[account] = self._available(account)
        return found

    def refusing(self, chosen: Eligible, inputs: Inputs, snapshot: Snapshot) -> Left:
        """Return what was left on the accounts of those whom an account refused.

        The others had enough, and that is all that a decision needs to know of them. An account
        is named after whose it is, so that finding them takes no notes on the way.
        """
        refused = [no.target for no in chosen.excluded if no.reason.partition(":")[0] in BY_USAGE]
        if not refused:
            return ()
        owners = {inputs.campaign, inputs.publisher, *refused}
        owners |= {snapshot.target(target).buyer for target in refused}
        return tuple(
            (account, posted - held)
            for account, (posted, held) in self._read.items()
            if not owners.isdisjoint(NAME_PARTS.split(account))
        )


class Known:
    """What accounts held when an auction was decided. Who is not named had enough."""

    def __init__(self, used: Left) -> None:
        self._left = dict(used)

    def available(self, account: str) -> tuple[int, int]:
        """Return posted less held of `account`, and nothing held: their difference counts."""
        return self._left.get(account, ENOUGH if account.startswith("wallet:") else 0), 0


def decide(snapshot: Snapshot, call_id: UUID, inputs: Inputs) -> BidsClosed:
    """Return how the auction ends that `inputs` tell of, on the network it had.

    Answers of targets that could not have been asked are none: the decision will differ.
    """
    chosen = choose(snapshot, inputs, Known(inputs.used))
    asked = {target.id for target in chosen.targets}
    replies = tuple(reply for reply in inputs.replies if reply.target in asked)
    return close(snapshot, call_id, chosen, replace(inputs, replies=replies))


def choose(snapshot: Snapshot, inputs: Inputs, usage: Usage, kept: Kept | None = None) -> Eligible:
    """Return which targets may have the call, and why each other may not.

    `kept` is what is known of accounts in large tiers; None: what stands on record.
    """
    facts, at = dict(inputs.facts), datetime.fromtimestamp(inputs.at_ms / 1000, UTC)
    kept = Recorded(inputs.spent) if kept is None else kept
    found = eligible(snapshot, inputs.campaign, inputs.tier, facts, at, usage, kept)
    return narrowed(found, snapshot, inputs, at, usage)


def why_not(snapshot: Snapshot, inputs: Inputs, target: TargetId) -> str:
    """Return why `target` was not asked: also where the tier is too large to have each on record.

    "" for one that could have been asked, or is not in the tier.
    """
    if all(
        one.target.id != target for one in snapshot.tier(inputs.campaign, inputs.tier).candidates
    ):
        return ""
    return choose(snapshot, inputs, Known(inputs.used)).explain(target)


def worth_at(snapshot: Snapshot, inputs: Inputs) -> Worth:
    """Return what bids count for in the auction that `inputs` tell of."""
    facts = {"publisher": inputs.publisher, **dict(inputs.facts)}
    return worth_of(snapshot, inputs.campaign, inputs.tier, facts, dict(inputs.chances))


def seed_of(call_id: UUID, tier: int) -> bytes:
    """Return what all draws of an auction go by."""
    return call_id.bytes + bytes([tier])


def close(snapshot: Snapshot, call_id: UUID, chosen: Eligible, inputs: Inputs) -> BidsClosed:
    """Return the end of an auction: who ranks where, and why each other target does not."""
    if inputs.shed:
        shed = tuple(NoBid(target.id, "shed") for target in chosen.targets)
        return BidsClosed(at_ms=inputs.closed_ms, others=shed + chosen.excluded)
    tier = snapshot.tier(inputs.campaign, inputs.tier)
    worth = worth_at(snapshot, inputs)
    ranking = rank(
        [reply for reply in inputs.replies if isinstance(reply, Bid)],
        strategy=tier.strategy,
        worth=worth,
        order=chosen.targets,
        seed=seed_of(call_id, inputs.tier),
        turn=inputs.turn,
    )
    no_bids = tuple(reply for reply in inputs.replies if isinstance(reply, NoBid))
    return BidsClosed(
        at_ms=inputs.closed_ms,
        ranked=ranking.ranked,
        others=ranking.others + no_bids + inputs.unasked + chosen.excluded,
        took_ms=inputs.took_ms,
        deadline_ms=inputs.deadline_ms,
        reserve=worth.reserve.least,
    )
