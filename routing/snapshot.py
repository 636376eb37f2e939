"""A network made for looking up: one immutable value that all calls of a moment share. Pure.

Compiled once for each version of the network; a new version is a new snapshot, swapped in
whole. Calls under way keep the one they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from market.bids import BuyerId, TargetId
from market.money import Micros
from market.network import (
    Buyer,
    Campaign,
    Network,
    Publisher,
    Strategy,
    Target,
    TrackingNumber,
    ValueList,
)
from market.pricing import Modifier, ReserveStep
from market.schedule import Holidays
from routing.caps import CapRule, cap_rules
from routing.condition_compiling import values_of
from routing.filters import Rule, compile_filters
from routing.flows.compiled import CompiledFlow, compile_flow
from routing.flows.recorded import with_notices
from routing.hours import Schedule, schedule_of, zone_of
from routing.index_building import build_index
from routing.limits import Limits, compile_limits
from routing.modifiers import Step, compile_modifiers
from routing.ping_caps import PingCaps, compile_ping_caps
from routing.repeats import Repeats, compile_repeats
from routing.rule_tree import Values
from routing.target_index import TargetIndex
from routing.worth import Terms, terms_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A target of a tier, with everything that decides whether it may have a call."""

    target: Target
    buyer: Buyer
    wallet: str  # Its buyer's account in the ledger.
    least: Micros  # The least it could pay for a call of this tier.
    rules: tuple[Rule, ...]  # Of its filters, cheap ones first.
    steps: tuple[Step, ...]  # Of its modifiers.
    caps: tuple[CapRule, ...]
    schedule: Schedule | None  # None: always open.
    zone: tzinfo  # Kept here so that a call never loads a zone's file.


@dataclass(frozen=True, slots=True)
class CompiledTier:
    """A tier with its targets, and with what it takes over from its campaign."""

    candidates: tuple[Candidate, ...]  # In routing order.
    strategy: Strategy
    reserve: Micros
    reserve_steps: tuple[ReserveStep, ...]
    deadline_ms: int
    index: TargetIndex | None  # None: looking at each candidate is quicker.


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Ids come from the network itself, so an unknown one is a bug: a KeyError."""

    version: int
    network: Network
    numbers: Mapping[str, TrackingNumber]
    campaigns: Mapping[str, Campaign]
    publishers: Mapping[str, Publisher]
    buyers: Mapping[str, Buyer]
    targets: Mapping[str, Target]
    tiers: Mapping[str, tuple[CompiledTier, ...]]  # By campaign.
    terms: Mapping[TargetId, Terms]  # Of the targets whose bids do not just count for their price.
    onward: Mapping[str, tuple[Step, ...]]  # Modifiers of what we bid onward, by campaign.
    onward_to: Mapping[str, tuple[Step, ...]]  # By publisher: taken after the campaign's.
    blocked: Mapping[str, frozenset[TargetId]]  # Who does not get the calls of a publisher.
    limits: Limits
    repeats: Repeats
    ping_caps: PingCaps
    flows: Mapping[str, CompiledFlow]

    def number(self, dialled: str) -> TrackingNumber | None:
        """Return the tracking number `dialled`, or None: anybody may dial anything."""
        return self.numbers.get(dialled)

    def campaign(self, id_: str) -> Campaign:
        """Return a campaign by its id."""
        return self.campaigns[id_]

    def publisher(self, id_: str) -> Publisher:
        """Return a publisher by its id."""
        return self.publishers[id_]

    def buyer(self, id_: BuyerId) -> Buyer:
        """Return a buyer by its id."""
        return self.buyers[id_]

    def target(self, id_: TargetId) -> Target:
        """Return a target by its id."""
        return self.targets[id_]

    def tier(self, campaign: str, tier: int) -> CompiledTier:
        """Return the tier number `tier`, from 0, of a campaign."""
        return self.tiers[campaign][tier]


def compile_network(version: int, network: Network, former: Snapshot | None = None) -> Snapshot:
    """Return `network` (read by network_file, so whole) as a snapshot.

    What did not change since `former`, any earlier version, is shared with it.
    """
    buyers = {buyer.id: buyer for buyer in network.buyers}
    targets = {target.id: target for target in network.targets}
    shared = _Shared(
        buyers,
        {one.id: one for one in network.lists},
        {one.id: values_of(one.values) for one in network.lists},
        {one.id: one for one in network.holidays},
        _comparable(former, network),
    )
    campaigns, flows = with_notices(network)
    return Snapshot(
        version=version,
        network=network,
        numbers={number.number: number for number in network.numbers},
        campaigns=campaigns,
        publishers={publisher.id: publisher for publisher in network.publishers},
        buyers={str(id_): buyer for id_, buyer in buyers.items()},
        targets={str(id_): target for id_, target in targets.items()},
        tiers={one.id: _tiers(one, targets, shared) for one in network.campaigns},
        terms=_terms(network, shared),
        onward={one.id: shared.steps(one.modifiers) for one in network.campaigns},
        onward_to={one.id: shared.steps(one.modifiers) for one in network.publishers},
        blocked={one.id: _blocked(one, network) for one in network.publishers},
        limits=compile_limits(network),
        repeats=compile_repeats(network),
        ping_caps=compile_ping_caps(network),
        flows={one.id: compile_flow(one, shared.values, shared.holidays) for one in flows},
    )


@dataclass(frozen=True, slots=True)
class _Shared:
    """What targets name and share."""

    buyers: Mapping[BuyerId, Buyer]
    lists: Mapping[str, ValueList]
    values: Mapping[str, Values]  # The lists, compiled.
    holidays: Mapping[str, Holidays]
    former: Mapping[str, tuple[CompiledTier, ...]]

    def steps(self, modifiers: tuple[Modifier, ...]) -> tuple[Step, ...]:
        return compile_modifiers(modifiers, self.lists, self.values)


def _comparable(
    former: Snapshot | None, network: Network
) -> Mapping[str, tuple[CompiledTier, ...]]:
    """Return the tiers of `former`, unless what all targets name has changed since."""
    if former is None or former.network.lists != network.lists:
        return {}
    return former.tiers if former.network.holidays == network.holidays else {}


def _tiers(
    campaign: Campaign, targets: Mapping[TargetId, Target], shared: _Shared
) -> tuple[CompiledTier, ...]:
    compiled = []
    formers = shared.former.get(campaign.id, ())
    for number, tier in enumerate(campaign.tiers):
        former = formers[number] if number < len(formers) else None
        reserve = campaign.reserve if tier.reserve is None else tier.reserve
        before = {} if former is None else {one.target.id: one for one in former.candidates}
        candidates = tuple(
            _candidate(targets[id_], reserve, shared, before.get(id_)) for id_ in tier.targets
        )
        compiled.append(
            CompiledTier(
                candidates,
                tier.strategy,
                reserve,
                tier.reserve_steps or campaign.reserve_steps,
                campaign.deadline_ms if tier.deadline_ms is None else tier.deadline_ms,
                build_index(candidates, None if former is None else former.index),
            )
        )
    return tuple(compiled)


def _terms(network: Network, shared: _Shared) -> dict[TargetId, Terms]:
    found = {
        one.id: terms_of(one, shared.buyers[one.buyer], shared.steps(one.modifiers))
        for one in network.targets
    }
    return {id_: terms for id_, terms in found.items() if terms is not None}


def _blocked(publisher: Publisher, network: Network) -> frozenset[TargetId]:
    of_buyers = {one.id for one in network.targets if one.buyer in publisher.blocked_buyers}
    return frozenset(of_buyers.union(publisher.blocked_targets))


def _candidate(
    target: Target, reserve: Micros, shared: _Shared, before: Candidate | None
) -> Candidate:
    """Return `target` as a candidate: the one that was there `before`, if it is the same."""
    buyer = shared.buyers[target.buyer]
    least = reserve if target.ping or target.price is None else target.price
    least = Micros(max(least, 1))  # Nobody calls for nothing: an empty wallet does not bid.
    if before is not None and (before.least, before.buyer, before.target) == (least, buyer, target):
        return before
    return Candidate(
        target=target,
        buyer=buyer,
        wallet=f"wallet:{buyer.id}",
        least=least,
        rules=compile_filters(target.filters, shared.values),
        steps=shared.steps(target.modifiers),
        caps=cap_rules(target),
        schedule=schedule_of(target, shared.holidays),
        zone=zone_of(target),
    )
