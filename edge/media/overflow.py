"""A call that the server says nothing of: it goes to a number of the switch's own settings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from edge.media.leg import Leg

if TYPE_CHECKING:
    from edge.media.switch import Switch

RING_S, LONGEST_S = 60.0, 7200.0

log = logging.getLogger("edge.overflow")


def overflow(switch: Switch, leg: Leg) -> None:
    """Answer and ring the overflow, unless the server has spoken. From now on it is not asked."""
    if leg.commanded or not leg.alive:
        return
    log.warning("no command came for %s", leg.leg_id)
    if not switch.settings.overflow:
        switch.end(leg, "timeout", "unknown")
        return
    leg.lost = True
    switch.hooks.forget(leg.session)
    switch.wire(leg, lambda: _ring(switch, leg))
    switch.start(switch.answer(leg))


def _ring(switch: Switch, leg: Leg) -> None:
    now_ms = switch.clock.now_ms()
    other = Leg(leg.session, False, leg.called, switch.settings.overflow, now_ms, leg.hook_url)
    other.owner, other.lost = leg, True
    switch.ring(other, leg.called, RING_S, LONGEST_S, lambda: switch.join(leg, other))
