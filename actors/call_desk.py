"""The desk: starts an actor for each call, finds it for each webhook, outlives them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from uuid import UUID

import trio

from actors.call_actor import CallActor, LedElsewhere, World
from actors.shelter import Shelter
from market.call import Call, Event


class CallDesk:
    """`on_end` hears of every call that is over, also of one that crashed.

    It does not hear of calls that are cut off by the server's stop: they go on after the next
    start, so they are not over.
    """

    def __init__(
        self,
        shelter: Shelter,
        world: World,
        *,
        on_drop: Callable[[Event], None],
        on_end: Callable[[Call], None],
    ) -> None:
        self._shelter = shelter
        self._world = world
        self._on_drop = on_drop
        self._on_end = on_end
        self._actors: dict[UUID, CallActor] = {}

    def start(self, call: Call, events: Iterable[Event] = ()) -> None:
        """Start `call`. A second start of the same call is a repeated webhook: ignored."""
        if call.id not in self._actors:
            actor = self._actors[call.id] = CallActor(call, self._world, self._on_drop)
            for event in events:
                actor.tell(event)
            self._shelter.start(f"call {call.id}", partial(self._run, actor))

    def tell(self, call_id: UUID, event: Event) -> bool:
        """Deliver `event`, and tell whether there was such a call."""
        actor = self._actors.get(call_id)
        if actor is not None:
            actor.tell(event)
        return actor is not None

    def find(self, call_id: UUID) -> Call | None:
        """Return the live call as it is now, or None."""
        actor = self._actors.get(call_id)
        return actor.call if actor is not None else None

    def live(self) -> tuple[Call, ...]:
        """Return all live calls."""
        return tuple(actor.call for actor in self._actors.values())

    async def _run(self, actor: CallActor) -> None:
        elsewhere = False
        try:
            await actor.run()
        except* LedElsewhere:  # It is not over, so nobody hears of an end.
            elsewhere = True
        finally:
            del self._actors[actor.call.id]
            if not elsewhere and not _is_stopping():
                try:
                    actor.give_up()
                finally:  # Its lead is not kept, and it does not stay in the lists as live.
                    self._on_end(actor.call)


def _is_stopping() -> bool:
    return trio.current_effective_deadline() == -inf
