"""How targets do, for Prometheus: read off the desk when asked, so a ping pays nothing for it."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from auctiond.calls.health import HealthDesk
from auctiond.metrics import CHILDREN_MAX

TEXTS = {
    "failing": "Share of a target's recent pings that failed (timeouts, 5xx, no connection)",
    "ping_limit": "Pings that may be out to a target at once; it adapts",
    "pings_out": "Pings that are out to a target",
    "usual_seconds": "How long a target's answer usually takes",
    "auto_paused": "1 while a target has stopped for unanswered calls or returns",
}


class HealthGauges(Collector):
    def __init__(self, desk: HealthDesk) -> None:
        self._desk = desk

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return the names without their values."""
        return (self._family(name) for name in TEXTS)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Return a value for each target that was pinged or paused since the start."""
        families = {name: self._family(name) for name in TEXTS}
        for target, values in list(self._desk.values().items())[:CHILDREN_MAX]:
            for name, value in values.items():
                if value is not None:
                    families[name].add_metric([target], value)
        return iter(families.values())

    def _family(self, name: str) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"auctiond_target_{name}", TEXTS[name], labels=["target"])
