"""How each target does, and which are not asked for that: one desk for all calls of the process.

What it decides of a call is drawn from the call's own seed, so that the same call with the
same history is decided the same way. Watching and acting are apart (`Mode`): what is only
watched is counted as what would have been done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from auctiond.calls.pauses import Pauses
from auctiond.metrics import Metrics
from market.bids import NoBid, TargetId
from market.call import Call, Settlement
from market.health import DEFAULT_RULES, Health, HealthRules, rules_of
from market.network import Target
from routing.ping_health import THROTTLE_FROM, HoldBack, PingHealth, draw_of
from routing.snapshot import Snapshot

INSTANT_S = 1e-4  # No answer comes sooner.
LAYERS_MAX = 10_000  # Different wordings of rules kept worked out; more would be a leak.


@dataclass(frozen=True, slots=True)
class Admitted:
    targets: tuple[Target, ...]  # To be asked, in routing order.
    held: tuple[NoBid, ...]


@dataclass(slots=True)
class HealthDesk:
    pauses: Pauses
    metrics: Metrics
    now_ms: Callable[[], int]
    now_s: Callable[[], float]  # Trio's clock.
    lag_ms: Callable[[], float]  # How late the server's tasks start at present,
    busy_ms: float  # and from when on nothing is the targets' fault.
    pings: dict[TargetId, PingHealth] = field(default_factory=dict)
    _rules: dict[tuple[Health | None, Health | None], HealthRules] = field(default_factory=dict)

    def admit(
        self, targets: Sequence[Target], snapshot: Snapshot, seed: bytes, deadline_s: float
    ) -> Admitted:
        """Part those that are to be asked from those that are held back, and say why."""
        now_ms, now_s = self.now_ms(), self.now_s()
        remaining_s = max(deadline_s - now_s, INSTANT_S)
        remaining_log, pauses, pings = math.log(remaining_s), self.pauses, self.pings
        held: dict[TargetId, str] = {}
        for target in targets:
            rules = self.rules(target, snapshot)
            reason = pauses.why(target.id, now_ms, rules) if pauses.may_matter else ""
            if not reason and target.ping is not None:
                state = pings.get(target.id)
                if state is None:
                    state = pings[target.id] = PingHealth(rules, rules.pings_max)
                state.rules = rules
                if not state.is_well(remaining_log):
                    draw = draw_of(seed, target.id)
                    reason = self._act(target.id, state.hold_backs(remaining_s, now_s, draw))
            if reason:
                held[target.id] = reason
        for target in targets:
            primary = target.secondary_of
            if primary and target.id not in held and not self._is_out(primary, snapshot, held):
                held[target.id] = "secondary"
        return self._part(targets, held)

    def _part(self, targets: Sequence[Target], held: Mapping[TargetId, str]) -> Admitted:
        if not held:
            return Admitted(tuple(targets), ())
        for id_, reason in held.items():
            self.metrics.held_back(id_, reason, "on").inc()
        asked = tuple(target for target in targets if target.id not in held)
        return Admitted(asked, tuple(NoBid(id_, reason) for id_, reason in held.items()))

    def _act(self, target: TargetId, found: tuple[HoldBack, ...]) -> str:
        """Return the reason that holds the ping back; those that are only watched are counted."""
        for one in found:
            if one.mode == "on":
                return one.reason
            self.metrics.held_back(target, one.reason, one.mode).inc()
        return ""

    def _is_out(self, primary: TargetId, snapshot: Snapshot, held: Mapping[TargetId, str]) -> bool:
        """Tell whether `primary` is paused, held back, or failing so that it would be."""
        target = snapshot.target(primary)
        if primary in held or target.paused or snapshot.buyer(target.buyer).paused:
            return True
        if self.pauses.why(primary, self.now_ms(), self.rules(target, snapshot)):
            return True
        state = self.pings.get(primary)
        return state is not None and state.badness(self.now_s()) > THROTTLE_FROM

    def rules(self, target: Target, snapshot: Snapshot) -> HealthRules:
        """Return what is in force for `target`."""
        own, network = target.health, snapshot.network.health
        if own is None and network is None:
            return DEFAULT_RULES
        rules = self._rules.get((own, network))
        if rules is None:
            if len(self._rules) >= LAYERS_MAX:
                self._rules.clear()
            rules = self._rules[own, network] = rules_of(own, network)
        return rules

    def began(self, target: TargetId) -> None:
        """A ping to `target`, which was admitted, goes out."""
        self.pings[target].began()

    def ended(
        self, target: TargetId, result: str, began_s: float, ended_s: float, deadline_s: float
    ) -> None:
        """A ping came to its end, with a bid, a refusal, an error, or cut off."""
        state = self.pings[target]
        if self.lag_ms() > self.busy_ms:
            state.let_go()
        else:
            state.ended(result, began_s, ended_s, deadline_s)

    def leg_over(self, call: Call, settlement: Settlement, snapshot: Snapshot) -> None:
        """A leg came to its end; if it was left unanswered, that counts against its target."""
        target = snapshot.targets.get(settlement.bid.target)
        if settlement.unanswered and target is not None:
            rules = self.rules(target, snapshot)
            self.pauses.unanswered(target.id, call.id, settlement.leg, rules)

    def values(self) -> dict[TargetId, dict[str, float | None]]:
        """Return how the targets do of which anything is known, by the names of their gauges."""
        now_s, now_ms = self.now_s(), self.now_ms()
        found: dict[TargetId, dict[str, float | None]] = {}
        for id_ in dict.fromkeys([*self.pings, *self.pauses.states]):
            ping, pause = self.pings.get(id_), self.pauses.states.get(id_)
            found[id_] = {
                "failing": ping.badness(now_s) if ping else None,
                "ping_limit": int(ping.limit) if ping else None,
                "pings_out": ping.out if ping else None,
                "usual_seconds": ping.usual_s(now_s) if ping else None,
                "auto_paused": float(pause.is_paused(now_ms)) if pause else 0.0,
            }
        return found

    def resume(self, name: str, snapshot: Snapshot, by: str) -> list[TargetId] | None:
        """Let the target or the buyer `name` have calls again; None: there is no such one."""
        of_buyer = [one.id for one in snapshot.network.targets if one.buyer == name]
        if name not in snapshot.targets and name not in snapshot.buyers:
            return None
        named = [TargetId(name)] if name in snapshot.targets else []
        return self.pauses.resume(dict.fromkeys([*named, *of_buyer]), by)
