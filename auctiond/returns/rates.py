"""How many sales of each target came back: read now and then, for the stop that goes by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from auctiond.calls.pauses import Pauses
from auctiond.logs import Log
from auctiond.networks.network_book import NetworkBook
from auctiond.notices.notices import Notices
from auctiond.pg.errors import PgAway, PgError
from auctiond.pg.returns import Returns
from market.bids import TargetId
from market.health import rules_of
from routing.auto_pause import DAY_MS, returns_too_many

SPAN_MS = 30 * DAY_MS  # As the odds: older sales say little of how a target does now.
EVERY_S = 300.0  # It reads the legs of a month, and returns are decided by the day.


@dataclass(slots=True)
class ReturnRates:
    store: Returns
    pauses: Pauses
    networks: NetworkBook
    notices: Notices
    log: Log
    now_ms: Callable[[], int]
    counts: dict[TargetId, tuple[int, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pauses.forget_returns = lambda target: self.counts.pop(target, None)

    def of(self, target: TargetId) -> tuple[int, int]:
        """Return a target's sales, and how many came back, since somebody last resumed it."""
        return self.counts.get(target, (0, 0))

    async def run(self) -> None:
        """Read for ever. While the database is away the counts stay as they are."""
        while True:
            try:
                await self.once()
            except (PgAway, PgError) as error:
                self.log.warning("returns.put_off", reason=type(error).__name__)
            await trio.sleep(EVERY_S)

    async def once(self) -> None:
        """Read once, and tell of targets that are stopped by it."""
        found, resumed = await self.store.rates(self.now_ms() - SPAN_MS)
        self.counts = {TargetId(one.target): (one.sales, one.returned) for one in found}
        # Nothing came back of anybody: no auction need look at it.
        self.pauses.returns = self.of if self.counts else None
        current = self.networks.current
        if current is None:
            return
        network, targets = current.snapshot.network, current.snapshot.targets
        for id_, (sales, returned) in self.counts.items():
            target = targets.get(id_)
            if target is None:
                continue
            if returns_too_many(sales, returned, rules_of(target.health, network.health)):
                data = {"target": id_, "percent": returned * 100 // sales, "sales": sales}
                event = f"{id_}:{resumed.get(id_, 0)}"
                if await self.notices.tell("target.stopped", "", data, event):
                    self.log.warning("target.stopped", **data)
