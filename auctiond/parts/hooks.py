"""The part of the server that takes carriers' webhooks, put together."""

from __future__ import annotations

from collections.abc import Callable

from auctiond.calls.switchboard import Switchboard
from auctiond.parts.base import Base, now_ms
from auctiond.web.hooks import Hooks
from auctiond.workers.placing import placing


def make_hooks(base: Base, switchboard: Switchboard, is_open: Callable[[], bool]) -> Hooks:
    """Return the door for carriers' webhooks."""
    parts = (
        base.carriers,
        base.inbox,
        base.vault,
        switchboard,
        base.metrics,
        now_ms,
        is_open,
    )
    hooks = Hooks(*parts, admission=base.lag.admission, storing=base.lag.storing)
    return placing(hooks, base.fleet, base.networks, base.live_bids)
