"""Who may have the call of a caller who was here before, and whether the publisher is paid. Pure.

Everything is decided from what the call's log says of the earlier calls, so that a call that is
decided again is decided alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from market.bids import BuyerId, NoBid, TargetId
from market.network import Campaign, Network, Publisher, Target
from market.repeat import NEVER_DAYS, BuyerRepeat, CampaignRepeat, Moment, Past, Talk
from market.value import dataclass
from routing.network_returns import return_days_of
from routing.payouts import repeat_days_of

DAY_MS = 86_400_000
UNPAID = "duplicate"  # Why a publisher is not paid for a sale.


@dataclass(frozen=True, slots=True)
class Seen:
    """A caller as a rule sees it: what was before, and whether we could know."""

    past: tuple[Past, ...]
    is_duplicate: bool  # Without a number, where all such callers count as one.
    at_ms: int


@dataclass(frozen=True, slots=True)
class Repeats:
    """The rules of a network about callers who call again."""

    campaigns: Mapping[str, CampaignRepeat]
    targets: Mapping[TargetId, tuple[BuyerRepeat | None, BuyerRepeat | None]]  # Own, buyer's.
    days: Mapping[str, int]  # By campaign: how far back its rules look. 0: not at all.
    publisher_days: Mapping[str, int]

    def days_of(self, campaign: str, publisher: str) -> int:
        """Return how many days of a caller's calls must be known; 0: nobody asks."""
        return max(self.days.get(campaign, 0), self.publisher_days.get(publisher, 0))


def compile_repeats(network: Network) -> Repeats:
    """Return the rules of `network`."""
    of_buyers = {buyer.id: buyer.repeat for buyer in network.buyers}
    targets = {one.id: (one.repeat, of_buyers[one.buyer]) for one in network.targets}
    paid = {one.id: max(_pay_days(one), repeat_days_of(one)) for one in network.publishers}
    returned = return_days_of(network)
    return Repeats(
        {one.id: one.repeat for one in network.campaigns if one.repeat is not None},
        {id_: rules for id_, rules in targets.items() if any(rules)},
        {one.id: max(_days_of(one, targets), returned) for one in network.campaigns},
        {id_: days for id_, days in paid.items() if days},
    )


def seen_of(
    campaign: str, past: tuple[Past, ...], anonymous: bool, at_ms: int, repeats: Repeats
) -> Seen:
    """Return a caller as the rules see it at `at_ms`."""
    rule = repeats.campaigns.get(campaign)
    is_duplicate = anonymous and rule is not None and rule.anonymous == "duplicate"
    return Seen(past, is_duplicate, at_ms)


def is_refused(seen: Seen, campaign: str, repeats: Repeats) -> bool:
    """Tell whether `campaign` takes no second call of this caller at all."""
    rule = repeats.campaigns.get(campaign)
    return rule is not None and rule.to == "nobody" and _is_again(seen, campaign, rule)


def is_unpaid(seen: Seen, publisher: Publisher) -> bool:
    """Tell whether `publisher` was paid for this caller lately, and is not paid again."""
    days = _pay_days(publisher)
    since = seen.at_ms - days * DAY_MS
    return days > 0 and (
        seen.is_duplicate
        or any(
            talk.paid and talk.billable_ms is not None and talk.billable_ms > since
            for past in seen.past
            if past.publisher == publisher.id
            for talk in past.talks
        )
    )


def without_repeats(
    targets: tuple[Target, ...], seen: Seen, campaign: str, repeats: Repeats
) -> tuple[tuple[Target, ...], tuple[NoBid, ...]]:
    """Return those of `targets` that may have this caller again, and the reason of the others."""
    if not seen.past and not seen.is_duplicate:
        return targets, ()
    kept: list[Target] = []
    left_out: list[NoBid] = []
    latest = _latest(seen) if repeats.targets else {}
    for target in targets:
        whose = _unwanted(target, seen, latest, repeats)
        if whose:
            left_out.append(NoBid(target.id, f"duplicate:{whose}"))
        else:
            kept.append(target)
    rule = repeats.campaigns.get(campaign)
    if rule is not None and _is_again(seen, campaign, rule):
        kept, more = _by_rule(kept, seen, campaign, rule)
        left_out += more
    return tuple(kept), tuple(left_out)


def _by_rule(
    targets: list[Target], seen: Seen, campaign: str, rule: CampaignRepeat
) -> tuple[list[Target], list[NoBid]]:
    """Keep to the rule of the campaign; if nobody can, it holds only where it is strict."""
    if rule.to not in ("original", "another"):
        return targets, []
    earlier = _earlier_buyers(seen, campaign, rule)
    if rule.to == "original":
        fitting = [target for target in targets if target.buyer in earlier[:1]]
    else:
        fitting = [target for target in targets if target.buyer not in earlier]
    if (not earlier and not seen.is_duplicate) or (not fitting and not rule.strict):
        return targets, []
    others = [target for target in targets if target not in fitting]
    return fitting, [NoBid(target.id, f"duplicate:{rule.to}") for target in others]


def _is_again(seen: Seen, campaign: str, rule: CampaignRepeat) -> bool:
    """Tell whether the caller was here before, in the campaign's sense."""
    since = seen.at_ms - rule.days * DAY_MS
    return seen.is_duplicate or any(
        past.campaign == campaign and _counts(past, rule.counts, since) for past in seen.past
    )


def _counts(past: Past, moment: Moment, since_ms: int) -> bool:
    if moment == "incoming":
        return past.arrived_ms > since_ms
    return any(_is_since(talk, moment, since_ms) for talk in past.talks)


def _is_since(talk: Talk, moment: Literal["connected", "billable"], since_ms: int) -> bool:
    at_ms = talk.connected_ms if moment == "connected" else talk.billable_ms
    return at_ms is not None and at_ms > since_ms


def _earlier_buyers(seen: Seen, campaign: str, rule: CampaignRepeat) -> list[BuyerId]:
    """Return with whom the caller talked, the last one first."""
    since = seen.at_ms - rule.days * DAY_MS
    moment: Literal["connected", "billable"] = (
        "billable" if rule.counts == "billable" else "connected"
    )
    talks = [
        talk
        for past in seen.past
        if past.campaign == campaign
        for talk in past.talks
        if _is_since(talk, moment, since)
    ]
    talks.sort(key=lambda talk: -talk.connected_ms)
    return [talk.buyer for talk in talks]


def _latest(seen: Seen) -> dict[tuple[str, str], int]:
    """Return when the caller last was with each target and buyer, connected and billable."""
    latest: dict[tuple[str, str], int] = {}
    for past in seen.past:
        for talk in past.talks:
            for whose in (f"target/{talk.target}", f"buyer/{talk.buyer}"):
                for moment in ("connected", "billable"):
                    at_ms = talk.connected_ms if moment == "connected" else talk.billable_ms
                    if at_ms is not None and at_ms > latest.get((whose, moment), 0):
                        latest[whose, moment] = at_ms
    return latest


def _unwanted(
    target: Target, seen: Seen, latest: Mapping[tuple[str, str], int], repeats: Repeats
) -> str:
    """Return who does not want the caller again, the target or its buyer; "" for nobody."""
    rules = repeats.targets.get(target.id)
    if rules is None:
        return ""
    own, of_buyer = rules
    if own is not None and _was_with(own, f"target/{target.id}", seen, latest):
        return "target"
    if of_buyer is not None and _was_with(of_buyer, f"buyer/{target.buyer}", seen, latest):
        return "buyer"
    return ""


def _was_with(
    rule: BuyerRepeat, whose: str, seen: Seen, latest: Mapping[tuple[str, str], int]
) -> bool:
    since = seen.at_ms - rule.days * DAY_MS
    return seen.is_duplicate or latest.get((whose, rule.after), since) > since


def _pay_days(publisher: Publisher) -> int:
    again = publisher.pay_again_days
    return NEVER_DAYS if isinstance(again, str) else again or 0


def _days_of(
    campaign: Campaign,
    targets: Mapping[TargetId, tuple[BuyerRepeat | None, BuyerRepeat | None]],
) -> int:
    """Return how far back the rules of a campaign and of those who take its calls look."""
    offered = [targets[id_] for tier in campaign.tiers for id_ in tier.targets]
    rules = [campaign.repeat, *(rule for pair in offered for rule in pair)]
    return max((rule.days for rule in rules if rule is not None), default=0)
