"""Which targets of a tier may have a call, and for each other the reason why not. Pure.

In a small tier each target is looked at, one after the other. A large one has an index over
its rules, and what is known of its accounts is kept (routing/standing.py); both ways have the
same answer. In a large tier the reasons of those that the index left out are found when
somebody asks for them: there are thousands, for every call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from pyroaring import BitMap

from market.bids import NoBid, TargetId
from market.network import Target
from market.value import dataclass
from routing.one_target import NOBODY, Moment, Usage
from routing.snapshot import Candidate, Snapshot
from routing.standing import Kept, Standing
from routing.target_index import TargetIndex

__all__ = ["ASKED_MOST", "CROWD", "Eligible", "Usage", "eligible", "look_up", "scan"]

# Targets that one tier asks for one call, the first in routing order. It is a guard: a ping is
# 20 to 30 us of our time, and no caller's call is worth the time of thousands of buyers.
ASKED_MOST = 200
SPENT_MOST = 1000  # Of a large tier, those on record whom their accounts kept out.
CROWD = "crowd"


@dataclass(frozen=True, slots=True)
class Eligible:
    """`excluded` goes on the call's record: in a small tier it is all others."""

    targets: tuple[Target, ...]  # In routing order.
    excluded: tuple[NoBid, ...]
    spent: tuple[NoBid, ...] = ()  # In a large tier: whose accounts kept them out.
    others: Others | None = None  # In a large tier: all that are not in `targets`.

    def explain(self, target: TargetId) -> str:
        """Return why `target` may not have the call; "" for one that may."""
        if any(one.id == target for one in self.targets):
            return ""
        reason = next((no.reason for no in self.excluded if no.target == target), "")
        if reason or self.others is None:
            return reason
        return self.others.explain(target)

    def all_excluded(self) -> tuple[NoBid, ...]:
        """Return every target that may not have the call, in routing order. For people: slow."""
        if self.others is None:
            return self.excluded
        told = {no.target: no for no in self.excluded}
        rest = self.others.all({one.id for one in self.targets})
        return tuple(told.get(no.target, no) for no in rest)


@dataclass(frozen=True, slots=True)
class Others:
    """What is needed to say later why a target of a large tier was left out."""

    candidates: tuple[Candidate, ...]
    index: TargetIndex
    moment: Moment
    spent: BitMap  # Whose accounts kept them out, as far as that was found then,
    reasons: Mapping[int, NoBid]  # and why: asked again, the accounts may say otherwise.
    looked: Mapping[int, str]  # Why others were not asked that were looked at.
    by_record: bool  # Of all other accounts nothing is known any more.

    def explain(self, target: TargetId) -> str:
        """Return why `target` was not among those asked."""
        number = self.index.numbers[target]
        if number in self.spent:
            return self.reasons[number].reason
        if number in self.looked:
            return self.looked[number]
        return self.moment.why_not(self.index.members[number], not self.by_record) or CROWD

    def all(self, asked: set[TargetId]) -> Iterator[NoBid]:
        """Yield all that were not asked, in routing order."""
        for candidate in self.candidates:
            if candidate.target.id not in asked:
                yield NoBid(candidate.target.id, self.explain(candidate.target.id))


def eligible(
    snapshot: Snapshot,
    campaign: str,
    tier: int,
    facts: Mapping[str, str],
    at: datetime,
    usage: Usage,
    kept: Kept | None = None,
) -> Eligible:
    """Sort the targets of one tier into those that may have the call, and those that may not.

    `kept` is what is known of accounts in large tiers; None: nothing, so they are looked up.
    """
    known = {**facts, "vertical": snapshot.campaign(campaign).vertical}
    moment = Moment(known, at, usage, snapshot.blocked.get(facts.get("publisher", ""), NOBODY))
    compiled = snapshot.tier(campaign, tier)
    if compiled.index is None:
        return scan(compiled.candidates, moment)
    index = compiled.index
    standing = Standing(index, None) if kept is None else kept.of(index)
    return look_up(compiled.candidates, index, standing, moment, at)


def scan(candidates: tuple[Candidate, ...], moment: Moment) -> Eligible:
    """Look at each of `candidates`."""
    targets: list[Target] = []
    excluded: list[NoBid] = []
    for candidate in candidates:
        reason = moment.why_not(candidate)
        if not reason and len(targets) == ASKED_MOST:
            reason = CROWD
        if reason:
            excluded.append(NoBid(candidate.target.id, reason))
        else:
            targets.append(candidate.target)
    return Eligible(tuple(targets), tuple(excluded))


def look_up(
    candidates: tuple[Candidate, ...],
    index: TargetIndex,
    standing: Standing,
    moment: Moment,
    at: datetime,
) -> Eligible:
    """Find those that may have the call in the index, and ask only what it cannot know."""
    among = standing.at(at)
    if moment.blocked:
        among = among - standing.numbers(moment.blocked)
    found = index.matches(moment.facts, among)
    able = found - standing.spent
    unsure = standing.unsure(able)
    looked: dict[int, str] = {}
    numbers = index.in_order(able)[:ASKED_MOST]
    while asking := unsure & BitMap(numbers) if unsure else unsure:
        unsure -= asking
        able -= _refused(asking, standing, moment, looked)
        numbers = index.in_order(able)[:ASKED_MOST]
    asked = tuple(map(index.targets.__getitem__, numbers))
    spent = found & standing.spent
    others = Others(candidates, index, moment, spent, standing.reasons, looked, standing.by_record)
    told = _told(others, numbers)
    return Eligible(asked, told, told, others)


def _told(others: Others, asked: Sequence[int]) -> tuple[NoBid, ...]:
    """Return those whom accounts kept out, and who would else have been asked."""
    index = others.index
    found = BitMap(index.in_order(others.spent)[:SPENT_MOST])
    reasons = others.reasons
    if others.looked:
        members, by_rules = index.members, others.moment.why_not
        own = {one: NoBid(members[one].target.id, why) for one, why in others.looked.items()}
        found |= BitMap(one for one in own if not by_rules(members[one], accounts=False))
        reasons = {**{one: reasons[one] for one in found if one not in own}, **own}
    told = index.in_order(found)
    if len(asked) == ASKED_MOST:  # Who comes later would not have been asked anyway.
        told = [one for one in told if index.comes_before(one, asked[-1])]
    return tuple(map(reasons.__getitem__, told))


def _refused(asking: BitMap, standing: Standing, moment: Moment, looked: dict[int, str]) -> BitMap:
    """Ask of each, note what is found, and return those that may not have the call."""
    index, refused = standing.index, BitMap()
    for number in asking:
        reason = moment.why_not(index.members[number])
        if number not in index.one_by_one:
            standing.note(number, reason)
        elif reason:
            looked[number] = reason
        if reason:
            refused.add(number)
    return refused
