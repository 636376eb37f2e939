"""The places of queues: so many callers may wait in each at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from market.call import Call
from market.call_flow import Queue

Live = Callable[[UUID], Call | None]


def _nobody(id_: UUID) -> Call | None:
    return None


@dataclass(slots=True)
class Places:
    """A caller keeps the place while the next auction is tried, and until the call is over."""

    live: Live = _nobody  # A live call by its id.
    taken: dict[tuple[str, str], dict[UUID, None]] = field(default_factory=dict)

    def take(self, call: Call, node: Queue) -> bool:
        """Take a place, or keep it; False: the queue is full."""
        assert call.spot is not None
        key = (call.spot.flow, node.id)
        waiting = {id_: None for id_ in self.taken.get(key, {}) if self._waits(id_, key)}
        self.taken[key] = waiting
        if call.id not in waiting and len(waiting) >= node.size:
            return False
        waiting[call.id] = None
        return True

    def _waits(self, id_: UUID, key: tuple[str, str]) -> bool:
        """Tell whether a call that had a place still waits: it has not left for another node."""
        call = self.live(id_)
        if call is None or call.spot is None or call.sold or call.bid is not None:
            return False
        return key[1] in call.spot.taken
