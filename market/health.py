"""When a target is held back for its own sake or ours: what the network file says. Pure: data.

Each setting may be left open: a target's is then the network's, and the network's the default.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

# "watch" is dark mode: it is worked out and counted what "on" would do, and nothing is done.
Mode = Literal["watch", "on", "off"]


@dataclass(frozen=True, slots=True)
class Health:
    """What a network or a target says; None: nothing."""

    throttle: Mode | None = None
    skip_slow: Mode | None = None
    pings_max: int | None = None
    unanswered_hour: int | None = None
    unanswered_day: int | None = None
    pause_s: float | None = None
    returns_percent: int | None = None
    returns_sales: int | None = None


@dataclass(frozen=True, slots=True)
class HealthRules:
    """What is in force for a target."""

    throttle: Mode = "watch"
    skip_slow: Mode = "on"
    pings_max: int = 64  # Out at once, at most; the limit that adapts begins here. As the wire.
    unanswered_hour: int = 3  # As RingbaX. 0: unanswered calls never pause it.
    unanswered_day: int = 5
    pause_s: float = 3600.0  # 0: until an operator resumes it.
    returns_percent: int = 25  # Of its sales. 0: returns never stop it.
    returns_sales: int = 20  # Fewer sales say nothing about the rate.


DEFAULT_RULES = HealthRules()


def rules_of(*said: Health | None) -> HealthRules:
    """Return what is in force: the first of `said` that says something of a setting decides."""
    chosen: dict[str, Any] = {}
    for field in fields(HealthRules):
        values = (getattr(one, field.name) for one in said if one is not None)
        value = next((one for one in values if one is not None), None)
        if value is not None:
            chosen[field.name] = value
    return HealthRules(**chosen) if chosen else DEFAULT_RULES
