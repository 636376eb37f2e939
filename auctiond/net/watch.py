"""All connections to buyers under one watch: a task that hears them all, instead of one for each.

A task for each ping, woken by trio for each answer, costs three times the reading itself: trio
arms a file anew for each wait. Here files stay registered, one task waits for the watch, and
whoever must not miss what has arrived by now looks for himself.
"""

from __future__ import annotations

import selectors
from collections.abc import Callable

from trio.lowlevel import wait_readable

Ready = Callable[[], None]  # Reads what is there. Raises nothing, and waits for nothing.


class Watch:
    """Tells each file's owner when there is something to read, or room to write."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def add(self, file: int, ready: Ready) -> None:
        """From now on call `ready` when `file` can be read."""
        self._selector.register(file, selectors.EVENT_READ, ready)

    def also_writing(self, file: int, ready: Ready, yes: bool) -> None:
        """Call `ready` when there is room to write, too; or no more."""
        writing = selectors.EVENT_WRITE if yes else 0
        self._selector.modify(file, selectors.EVENT_READ | writing, ready)

    def drop(self, file: int) -> None:
        """Forget `file`. Before it is closed."""
        self._selector.unregister(file)

    def look(self) -> None:
        """Hear all that has arrived by now."""
        for key, _ in self._selector.select(0):
            key.data()

    async def run(self) -> None:
        """Hear what arrives, as it arrives."""
        file = (
            self._selector.fileno()
        )  # Only select() has none, and no system of ours has only that.
        while True:
            await wait_readable(file)
            self.look()

    def close(self) -> None:
        """Hear nothing more."""
        self._selector.close()
