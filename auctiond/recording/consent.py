"""Whether a live call may be recorded: the law of all places involved, what the caller said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from auctiond.calls.leads import Leads
from auctiond.networks.network_book import NetworkBook
from compliance.law.recording import RecordingLaw, states_of
from compliance.recording import refusal
from market.bids import TargetId
from market.call import Call
from market.call_flow import Dial, RingGroup
from market.network import Campaign, Target
from market.recording import OFF
from routing.snapshot import Snapshot

PLACES_MAX = 200  # Campaigns of versions whose places are kept; then they are found anew.


@dataclass(frozen=True, slots=True)
class Consents:
    law: RecordingLaw
    networks: NetworkBook
    leads: Leads
    now_ms: Callable[[], int]
    _places: dict[tuple[int, str], frozenset[str]] = field(default_factory=dict)

    def must_ask(self, call: Call) -> bool:
        """Tell whether a caller must be asked before a recording begins, whoever gets the call."""
        snapshot = self._snapshot(call)
        if not self.is_on(call):
            return False
        always = snapshot.campaign(call.campaign).record_ask == "always"
        return always or bool(self._strict_place(call, self._answered_in(call, snapshot)))

    def is_on(self, call: Call) -> bool:
        """Tell whether the account has recording on."""
        return (self._snapshot(call).network.recording or OFF).on

    def campaign(self, call: Call) -> Campaign:
        """Return the campaign of a call, in the version of the network that it goes by."""
        return self._snapshot(call).campaign(call.campaign)

    def target(self, call: Call, id_: TargetId) -> Target:
        """Return a target, in that version."""
        return self._snapshot(call).target(id_)

    def why_not(self, call: Call, target: Target | None, destination: str = "") -> str:
        """Return why a call may not be recorded now; "" when it may.

        `target` is who has the call, at `destination`; None: it is not with a buyer, and may come
        to any.
        """
        snapshot = self._snapshot(call)
        answered_in = self._answered_in(call, snapshot)
        if target is not None:
            answered_in = _places_of(target, destination)
        return refusal(
            on=self.is_on(call),
            target_blocks=target is not None and target.no_recording,
            agreed=call.spot.agreed if call.spot is not None else None,
            always_ask=snapshot.campaign(call.campaign).record_ask == "always",
            strict_place=self._strict_place(call, answered_in),
        )

    def _snapshot(self, call: Call) -> Snapshot:
        return self.networks.edition(call.network).snapshot

    def _strict_place(self, call: Call, answered_in: frozenset[str]) -> str:
        caller = states_of(self.leads.get(call.id).caller, _told(call))
        dialled = states_of(call.tracking_number)
        today = datetime.fromtimestamp(self.now_ms() / 1000, UTC).date()
        return self.law.why_ask(caller | dialled | answered_in, today)

    def _answered_in(self, call: Call, snapshot: Snapshot) -> frozenset[str]:
        """Return all places in which somebody may take a call of this campaign."""
        key = (call.network, call.campaign)
        found = self._places.get(key)
        if found is None:
            if len(self._places) >= PLACES_MAX:
                self._places.clear()
            found = self._places[key] = _all_places(snapshot, call.campaign)
        return found


def _told(call: Call) -> frozenset[str]:
    state = call.fact("state")
    return frozenset((state,)) if state else frozenset()


def _all_places(snapshot: Snapshot, campaign_id: str) -> frozenset[str]:
    campaign = snapshot.campaign(campaign_id)
    targets = (snapshot.target(id_) for tier in campaign.tiers for id_ in tier.targets)
    places = set[str]().union(*(_places_of(one, one.destination) for one in targets))
    flow = snapshot.flows.get(campaign.flow)
    for node in flow.nodes.values() if flow is not None else ():
        match node:
            case Dial():
                places |= states_of(node.to)
            case RingGroup():
                places.update(*(states_of(one) for one in node.to))
    return frozenset(places)


def _places_of(target: Target, destination: str) -> frozenset[str]:
    """Return where a target's people sit; without a word of it, where its number is."""
    return frozenset(target.answers_in) or states_of(destination)
