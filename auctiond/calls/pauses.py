"""Targets that pause by themselves: noted when a leg is left unanswered, undone by time or by hand.

What happened is put on record (`pg/target_events.py`), so a restart goes on where it was. A leg
whose process died before it could note it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Protocol
from uuid import UUID

import trio

from actors.shelter import Shelter
from auctiond.logs import Log
from auctiond.metrics import Metrics
from auctiond.pg.errors import PgAway
from auctiond.pg.target_events import TargetEvent
from market.bids import TargetId
from market.health import HealthRules
from market.ids import id_at, id_for
from routing.auto_pause import DAY_MS, HOUR_MS, AutoPause, returns_too_many

AGAIN_S = 2.0  # While the database is away.
Returns = Callable[[TargetId], tuple[int, int]]  # A target's sales, and how many came back.


class Store(Protocol):
    async def add(self, event: TargetEvent) -> None: ...
    async def since(self, at_ms: int) -> list[TargetEvent]: ...


@dataclass(slots=True)
class Pauses:
    store: Store
    shelter: Shelter
    metrics: Metrics
    log: Log
    now_ms: Callable[[], int]
    returns: Returns | None = None  # None: nothing came back of anybody.
    forget_returns: Callable[[TargetId], object] = lambda _: None
    states: dict[TargetId, AutoPause] = field(default_factory=dict)
    tell: Callable[[TargetEvent], object] | None = None  # The other workers, of what is on record.

    async def load(self) -> None:
        """Take over what is on record: the unanswered calls of a day, and who is paused."""
        for event in await self.store.since(self.now_ms() - DAY_MS):
            self.hear(event)

    def hear(self, event: TargetEvent) -> None:
        """Take over an event that is on record."""
        state = self._state(TargetId(event.target))
        if event.kind == "unanswered":
            state.note(event.id, event.at_ms)
        elif event.kind == "paused":
            state.pause(event.until_ms)
        else:
            state.resume()

    @property
    def may_matter(self) -> bool:
        """Whether any target may have stopped by itself."""
        return bool(self.states) or self.returns is not None

    def why(self, target: TargetId, now_ms: int, rules: HealthRules) -> str:
        """Return why `target` has stopped by itself, or ""."""
        state = self.states.get(target)
        if state is not None and state.is_paused(now_ms):
            return "auto_paused:unanswered"
        if self.returns is not None and returns_too_many(*self.returns(target), rules):
            return "auto_paused:returns"
        return ""

    def unanswered(self, target: TargetId, call_id: UUID, leg: int, rules: HealthRules) -> None:
        """Note that `target` left a leg unanswered, and pause it when that is too much."""
        now_ms = self.now_ms()
        event = TargetEvent(id_for(call_id, f"unanswered:{leg}"), target, "unanswered", now_ms)
        state = self._state(target)
        if not state.note(event.id, now_ms):
            return
        self.metrics.unanswered(target).inc()
        self._record(event)
        if state.is_too_much(now_ms, rules) and not state.is_paused(now_ms):
            self._pause(target, state, now_ms, rules)

    def _pause(self, target: TargetId, state: AutoPause, now_ms: int, rules: HealthRules) -> None:
        until_ms = now_ms + int(rules.pause_s * 1000) if rules.pause_s else None
        state.pause(until_ms)
        self.metrics.auto_pauses(target).inc()
        self.log.warning(
            "target.auto_paused",
            target=target,
            unanswered_in_hour=state.count(now_ms, HOUR_MS),
            unanswered_in_day=state.count(now_ms, DAY_MS),
            until="resumed by hand" if until_ms is None else moment(until_ms),
        )
        id_ = id_at(now_ms, f"paused|{target}".encode())
        self._record(TargetEvent(id_, target, "paused", now_ms, until_ms))

    def resume(self, targets: Iterable[TargetId], by: str) -> list[TargetId]:
        """Let `targets` have calls again, and return those that were paused."""
        now_ms = self.now_ms()
        resumed = [one for one in targets if self._is_paused(one, now_ms) or self._returned(one)]
        for target in resumed:
            self._state(target).resume()
            self.forget_returns(target)
            self.log.info("target.resumed", target=target, by=by)
            id_ = id_at(now_ms, f"resumed|{target}".encode())
            self._record(TargetEvent(id_, target, "resumed", now_ms, by=by))
        return resumed

    def _returned(self, target: TargetId) -> bool:
        return self.returns is not None and self.returns(target)[1] > 0

    def _is_paused(self, target: TargetId, now_ms: int) -> bool:
        state = self.states.get(target)
        return state is not None and state.is_paused(now_ms)

    def _state(self, target: TargetId) -> AutoPause:
        return self.states.setdefault(target, AutoPause())

    def _record(self, event: TargetEvent) -> None:
        self.shelter.start("target_event", partial(self._add, event))

    async def _add(self, event: TargetEvent) -> None:
        while True:
            try:
                await self.store.add(event)
            except PgAway:
                self.log.warning("target_event.put_off", target=event.target, kind=event.kind)
                await trio.sleep(AGAIN_S)
            else:
                break
        if self.tell is not None:
            self.tell(event)


def moment(at_ms: int) -> str:
    """Return a moment for people, to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).isoformat()
