"""One worker as its supervisor has it: a process, and the line to it."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import trio

from auctiond.workers.control import Control, Start, write_members, write_start
from auctiond.workers.members import Member

TELL_S = 1.0  # A worker that does not read for so long is stuck; its beat tells that too.


@dataclass(eq=False, slots=True)
class Child:
    process: trio.Process
    control: Control
    heard_at: float  # When it last gave a sign of life, by trio's clock.
    seat: Member | None = None  # None: a spare one, which waits for a seat.
    loaded: trio.Event = field(default_factory=trio.Event)  # It only waits for a seat.
    ready: trio.Event = field(default_factory=trio.Event)
    draining: bool = False
    asked: bool = False  # Whether we told it to stop.
    failure: str = ""  # Why it could not start, in words for people.

    async def begin(self, start: Start) -> None:
        """Give it all that it begins with."""
        self.heard_at = trio.current_time()
        await self.control.tell("start", start=write_start(start))

    async def tell_members(self, members: Sequence[Member]) -> None:
        """Tell it who the workers are."""
        with trio.move_on_after(TELL_S):
            await self.control.tell("members", members=write_members(members))

    def stop(self) -> None:
        """Tell it to stop: to drain first, and at once when it is told again."""
        self.asked = True
        if self.process.returncode is None:
            self.process.terminate()


async def spawn(listen: socket.socket, metrics: Sequence[socket.socket]) -> Child:
    """Start a process that loads all of the program, and then waits for a seat."""
    ours, theirs = socket.socketpair()
    with theirs:
        files = (theirs.fileno(), listen.fileno(), *(each.fileno() for each in metrics))
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "auctiond.workers", *map(str, files)],
            stdin=subprocess.DEVNULL,
            pass_fds=files,
            start_new_session=True,  # Ctrl-C is for the supervisor, which then tells its workers.
        )
    stream = trio.SocketStream(trio.socket.from_stdlib_socket(ours))
    return Child(process, Control(stream), trio.current_time())
