"""Targets over the API: how each does, and letting one have calls again that paused itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quart import Request, Response

from auctiond.calls.health import HealthDesk
from auctiond.networks.network_book import NetworkBook
from auctiond.web.auth import Gate
from auctiond.web.problems import Problem, json_response
from market.bids import TargetId
from routing.auto_pause import DAY_MS, HOUR_MS
from routing.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class TargetsApi:
    gate: Gate
    networks: NetworkBook
    desk: HealthDesk

    async def list_targets(self, request: Request) -> Response:
        """Return how the targets do that were pinged or paused since the server's start."""
        await self._allow(request, "read")
        snapshot, values = self._snapshot(), self.desk.values()
        known = {TargetId(id_): snapshot.targets.get(id_) for id_ in sorted(values)}
        lines = [self._line(id_, values[id_], snapshot) for id_, target in known.items() if target]
        return json_response({"targets": lines})

    async def resume(self, request: Request, name: str) -> Response:
        """Let a target, or all targets of a buyer, have calls again."""
        key = await self._allow(request, "network")
        resumed = self.desk.resume(name, self._snapshot(), key)
        if resumed is None:
            raise Problem(404, "no such target", f"No target or buyer is called {name[:64]!r}.")
        return json_response({"resumed": resumed})

    def _line(
        self, id_: TargetId, values: dict[str, float | None], snapshot: Snapshot
    ) -> dict[str, Any]:
        target, now_ms = snapshot.target(id_), self.desk.now_ms()
        pause = self.desk.pauses.states.get(id_)
        usual = values["usual_seconds"]
        return {
            "target": id_,
            "buyer": target.buyer,
            "throttle": self.desk.rules(target, snapshot).throttle,
            "failing": round(values["failing"] or 0.0, 3),
            "ping_limit": int(values["ping_limit"] or 0) or None,
            "usual_ms": None if usual is None else round(usual * 1000, 1),
            "unanswered_hour": pause.count(now_ms, HOUR_MS) if pause else 0,
            "unanswered_day": pause.count(now_ms, DAY_MS) if pause else 0,
            "auto_paused": bool(values["auto_paused"]),
            "until_ms": pause.until_ms if pause and pause.is_paused(now_ms) else None,
        }

    def _snapshot(self) -> Snapshot:
        if self.networks.current is None:
            raise Problem(404, "no network", "Apply one: auctiond network apply FILE.")
        return self.networks.current.snapshot

    async def _allow(self, request: Request, scope: str) -> str:
        return await self.gate.check(request.headers.get("Authorization"), scope)
