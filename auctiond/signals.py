"""What the server is told by signals: to stop, to stop at once, and to start its workers anew."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import trio

STOP = (signal.SIGTERM, signal.SIGINT)
ANEW = signal.SIGHUP


@dataclass(slots=True)
class Signals:
    ready: trio.Event = field(default_factory=trio.Event)  # Set by who serves, when it does.
    stop: trio.Event = field(default_factory=trio.Event)
    anew: trio.Event = field(default_factory=trio.Event)  # Replaced by who has taken it up.

    async def watch(self, heard: AsyncIterator[int], scope: trio.CancelScope) -> None:
        """Hear for ever; who is told a second time, or before it is ready, stops at once."""
        async for number in heard:
            if number == ANEW:
                self.anew.set()
                continue
            if self.stop.is_set() or not self.ready.is_set():
                scope.cancel()
            self.stop.set()
