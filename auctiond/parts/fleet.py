"""The part of the server that knows of other workers, put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import trio

from actors.call_desk import CallDesk
from actors.shelter import keep_up
from auctiond.calls.pauses import Pauses
from auctiond.networks.applying import Applying
from auctiond.parts.base import Base, now_ms
from auctiond.web.rtb_door import PATH
from auctiond.workers.elsewhere import Elsewhere
from auctiond.workers.fleet import Fleet
from auctiond.workers.passing import Passing
from auctiond.workers.placing import keeper_of
from auctiond.workers.scope import App
from auctiond.workers.sharing import Sharing

Job = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class FleetPart:
    """What a worker does for the others and with them."""

    base: Base
    sharing: Sharing

    def in_front_of(self, app: App) -> App:
        """Return `app`, but for what another worker answers."""
        passing = Passing(app, self.base.fleet, self._rtb_slot)
        self.base.fleet.handlers["http"] = passing.hear
        return passing

    async def run(self) -> None:
        """Tell the others what they must know, for ever."""
        if self.base.fleet.is_alone:
            return
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.sharing.run)
            nursery.start_soon(self.sharing.look)

    def _rtb_slot(self, path: str) -> int:
        found, edition = PATH.fullmatch(path), self.base.networks.current
        doors = edition.snapshot.network.rtb if edition is not None else ()
        door = next((one for one in doors if found and one.id == found[2]), None)
        return self.base.fleet.seat.slot if door is None else keeper_of(self.base.fleet, door)


def join_fleet(base: Base, pauses: Pauses, applying: Applying, elsewhere: Elsewhere) -> FleetPart:
    """Return the part, and let it hear what the others say."""
    fleet = base.fleet
    fleet.shelter = base.shelter
    sharing = Sharing(
        fleet,
        base.usage,
        base.pings,
        pauses,
        applying,
        base.book,
        base.shelter,
        base.log,
        now_ms,
    )
    if not fleet.is_alone:
        pauses.tell = sharing.tell_target
    sharing.begin()
    elsewhere.begin()
    return FleetPart(base, sharing)


def make_elsewhere(base: Base, desk: CallDesk) -> Elsewhere:
    """Return what asks other workers of their calls."""
    return Elsewhere(base.fleet, desk, base.call_log, base.shelter, base.metrics, base.tally)


def telling(applying: Applying, fleet: Fleet) -> Applying:
    """Return what applies networks, and tells the other workers before it says that it is done."""
    return replace(applying, tell=lambda version: fleet.ask_all("network", version))


async def while_foreman(fleet: Fleet, *jobs: Job) -> None:
    """Do what is done once in all workers, as long as that is ours to do; for ever."""
    while True:
        while not fleet.is_foreman:
            await fleet.changed.wait()
        async with trio.open_nursery() as nursery:
            for job in jobs:
                nursery.start_soon(keep_up, job)
            while fleet.is_foreman:
                await fleet.changed.wait()
            nursery.cancel_scope.cancel()
        fleet.rested.set()
