"""The health keys of a network file, and what must hold for secondary targets. Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from market.health import Health
from routing import network_values as v
from routing.network_error import Place
from routing.network_known import check_known
from routing.network_reading import Found, Key, table_of, tables

mode = v.choice("watch", "on", "off")
HEALTH = {
    "throttle": Key(mode),
    "skip_slow": Key(mode),
    "pings_max": Key(v.whole(1, 1000, "pings at once")),
    "unanswered_hour": Key(v.whole(0, 1000, "calls; 0 is no pause")),
    "unanswered_day": Key(v.whole(0, 10_000, "calls; 0 is no pause")),
    "pause_s": Key(v.seconds(0, 30 * 86_400)),
    "returns_percent": Key(v.whole(0, 100, "percent; 0 is no stop")),
    "returns_sales": Key(v.whole(1, 1_000_000, "sales")),
}
read_health = table_of(Health, HEALTH)


def check_secondaries(document: Found, targets: Collection[str], place: Place) -> None:
    """Note secondaries of targets that are not there, or that are secondaries themselves."""
    found: dict[str, Any] = {
        id_: one.get("secondary_of")
        for one, _ in tables(document, "target", place)
        if isinstance(id_ := one.get("id"), str)
    }
    for target, at in tables(document, "target", place):
        primary = target.get("secondary_of")
        if not isinstance(primary, str):
            continue
        here = at.at("secondary_of")
        if primary == target.get("id"):
            here.note("the target itself", "the id of the target that it stands in for")
        elif primary not in targets:
            check_known(primary, "target", targets, here)
        elif found.get(primary) is not None:
            here.note(f'"{primary}", a secondary itself', "a target that is no secondary")
