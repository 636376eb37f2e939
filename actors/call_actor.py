"""One actor for one call: a mailbox, and a nursery for the work of the stage it is in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

import trio

from market.call import Call, Event, HungUp, Settlement, State, TimedOut
from market.call_state import deadline_s, expects, step

MAILBOX_MAX = 64  # A call gets two dozen events in its life. More is a loop somewhere.
SETTLE_S = 5.0  # What a commit may take; then the money goes on being settled without us.


class LedElsewhere(Exception):
    """Another process leads this call; raised by its work, so that it is let go of here."""


class World(Protocol):
    """All that a call needs done. Real in auctiond/, a script in the tests."""

    def now_ms(self) -> int:
        """Return the time in Unix milliseconds."""
        ...

    def work(self, call: Call) -> Awaitable[Event]:
        """Do the work of the call's state. Safe to repeat: a restart repeats it."""
        ...

    async def settle(self, call: Call, settlement: Settlement) -> None:
        """Capture, release or review what is held for one leg. Safe to repeat."""
        ...

    def record(self, call: Call, event: Event) -> None:
        """Append `event`, which led to `call`, to the call log."""
        ...

    def crashed(self, call: Call) -> None:
        """A bug ended the work for `call`: let go of who is on the line. Never waits."""
        ...


Stage = tuple[State, int, int, int, int]


def stage(call: Call) -> Stage:
    """Return what a call's work belongs to. A new stage is new work with a new deadline."""
    visit = call.spot.visit if call.spot is not None else 0
    return call.state, call.leg, call.tier, call.zip_tries, visit


class CallActor:
    # Slots, a list and an event: there are thousands, and a channel takes two kilobytes of each.
    __slots__ = ("_mail", "_news", "_on_drop", "_world", "call")

    def __init__(self, call: Call, world: World, on_drop: Callable[[Event], None]) -> None:
        self.call = call
        self._world = world
        self._on_drop = on_drop  # For events that came too late, twice, or about a former leg.
        self._mail: list[Event] = []
        self._news = trio.Event()

    def tell(self, event: Event) -> None:
        """Put `event` in the mailbox. Never waits: a webhook must not wait for a call.

        Raises trio.WouldBlock when the mailbox is full.
        """
        if len(self._mail) >= MAILBOX_MAX:
            raise trio.WouldBlock
        self._put(event)

    async def run(self) -> Call:
        """Live until the call ends. Leaving a stage cancels whatever it was doing."""
        while self.call.state is not State.ENDED:
            now, settlement = stage(self.call), None
            async with trio.open_nursery() as nursery:
                nursery.cancel_scope.deadline = trio.current_time() + deadline_s(self.call)
                nursery.start_soon(self._work, self.call)
                while stage(self.call) == now:
                    while not self._mail:
                        self._news = trio.Event()
                        await self._news.wait()
                    settlement = self._read(self._mail.pop(0))
                nursery.cancel_scope.cancel()
            if stage(self.call) == now:  # The deadline passed.
                settlement = self._take(TimedOut(at_ms=self._world.now_ms()))
            if settlement is not None:
                with trio.move_on_after(SETTLE_S, shield=True):  # Money is never left half done.
                    await self._world.settle(self.call, settlement)
        return self.call

    def give_up(self) -> None:
        """End a call whose work crashed, by the table, as if the caller had left; else nothing.

        When he really leaves is not known, so money whose talk may have been long enough is for
        a person to settle. The sweeper sees to what is held.
        """
        if self.call.state is State.ENDED:
            return
        self._world.crashed(self.call)
        now_ms = self._world.now_ms()
        for event in (HungUp(at_ms=now_ms, cause="crashed", guess=True), TimedOut(at_ms=now_ms)):
            if expects(self.call, event):
                self._take(event)

    async def _work(self, call: Call) -> None:
        self._put(await self._world.work(call))

    def _put(self, event: Event) -> None:
        self._mail.append(event)
        self._news.set()

    def _read(self, event: Event) -> Settlement | None:
        if expects(self.call, event):
            return self._take(event)
        self._on_drop(event)
        return None

    def _take(self, event: Event) -> Settlement | None:
        after, settlement = step(self.call, event)
        self.call = after
        self._world.record(after, event)
        return settlement
