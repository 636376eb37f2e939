"""The part of the server that knows how each target does; main.py puts it to the others."""

from __future__ import annotations

import trio

from auctiond.calls.health import HealthDesk
from auctiond.calls.health_gauges import HealthGauges
from auctiond.calls.pauses import Pauses
from auctiond.parts.base import Base, now_ms
from auctiond.pg.target_events import TargetEvents


def make_health(base: Base) -> HealthDesk:
    """Return what knows how each target does."""
    store = TargetEvents(base.pg)
    pauses = Pauses(store, base.shelter, base.metrics, base.log, now_ms)
    clocks = (now_ms, trio.current_time, base.lag.ms)
    desk = HealthDesk(pauses, base.metrics, *clocks, base.settings.shed_after_ms)
    base.metrics.registry.register(HealthGauges(desk))
    return desk
