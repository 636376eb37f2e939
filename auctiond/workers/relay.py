"""A webhook whose URL names another worker goes to it as it came, and its answer comes back so.

Nothing of it is checked or read here: all that is done once, by who leads the call. While that
worker is away, `dispatch.py` says what becomes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import trio

from auctiond.web.bare import App
from auctiond.web.express import Express, Relay
from auctiond.web.hook_door import raw_problem
from auctiond.workers.dispatch import AWAY, HOLD_S
from auctiond.workers.fleet import Fleet
from auctiond.workers.hints import hinted
from auctiond.workers.link import PeerAway
from auctiond.workers.peer_door import Answer

HOOKS = b"/hooks/"
KIND = "relay"


@dataclass(frozen=True, slots=True)
class Relaying:
    fleet: Fleet
    express: Express

    async def pass_on(self, url: bytes, data: bytes) -> bytes | None:
        """Return the other worker's answer to a request; None: it is ours to answer."""
        path, _, query = url.partition(b"?")
        slot = hinted(query.decode("latin-1")) if query and path.startswith(HOOKS) else None
        if slot is None or slot == self.fleet.seat.slot or slot not in self.fleet.members:
            return None
        with trio.move_on_after(HOLD_S):
            try:
                return (await self.fleet.ask(slot, KIND, None, data)).body
            except PeerAway:
                return None
        return raw_problem(AWAY)  # It is there, and says nothing: the carrier brings it again.

    async def hear(self, meta: Any, data: bytes) -> Answer:  # noqa: ANN401
        """Answer a request that another worker has passed on."""
        return Answer(None, await self.express.answer(data))


def make_relay(fleet: Fleet, app: App) -> Relay | None:
    """Return what passes requests on, and have those of the others answered by `app`."""
    if fleet.is_alone:
        return None
    relaying = Relaying(fleet, Express(app))
    fleet.handlers[KIND] = relaying.hear
    return relaying.pass_on
