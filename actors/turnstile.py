"""One at a time, so that what begins does not delay what ends; who waits too long is turned away.

Trio runs all tasks that are ready before it looks at the clock again. If they all begin something
large, whoever has a deadline waits for all of them. Here those that begin wait in a line, and how
long that is, is the sign of overload: it comes before anybody is late.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

import trio

# A line that has been standing for longer is no burst: not all can be served. From then on who has
# waited too long is turned away, and the newest goes first, which has its whole time before it.
STANDING_S = 0.1


class Turnstile:
    """`async with turnstile.turn(patience_s) as mine`: False says that it took too long."""

    __slots__ = ("_busy", "_line", "_standing_since", "_stirred")

    def __init__(self, stirred: Callable[[], object] = lambda: None) -> None:
        self._stirred = stirred  # Hears of each line that forms.
        self._line: deque[_Turn] = deque()
        self._standing_since = 0.0
        self._busy = False

    def turn(self, patience_s: float) -> _Turn:
        """Return a turn, to be waited for by entering it. It lasts until the block is left."""
        return _Turn(self, patience_s)

    @property
    def has_line(self) -> bool:
        """Whether anybody waits."""
        return bool(self._line)

    def wait_s(self) -> float:
        """Return how long the one that has waited longest has been waiting; 0 if nobody is."""
        return trio.current_time() - self._line[0].since if self._line else 0.0

    async def wait(self, turn: _Turn) -> None:
        """Wait until it is the turn's turn, or too late for it."""
        if not self._busy:
            self._busy = turn.mine = True
            return
        if not self._line:
            self._standing_since = turn.since
            self._stirred()
        self._line.append(turn)

        def abort(_: object) -> trio.lowlevel.Abort:
            self._line.remove(turn)
            return trio.lowlevel.Abort.SUCCEEDED

        turn.task = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(abort)

    def pass_on(self) -> None:
        """Let the next one through; in a line that stands, turn away who has waited too long."""
        now, line = trio.current_time(), self._line
        stands = now - self._standing_since > STANDING_S
        while stands and line and now - line[0].since > line[0].patience_s:
            line.popleft().end_wait(False)
        self._busy = bool(line)
        if line:
            (line.pop() if stands else line.popleft()).end_wait(True)


@dataclass(slots=True, eq=False)
class _Turn:
    turnstile: Turnstile
    patience_s: float
    since: float = 0.0
    task: trio.lowlevel.Task | None = None
    mine: bool = False

    async def __aenter__(self) -> bool:
        self.since = trio.current_time()
        await self.turnstile.wait(self)
        return self.mine

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.mine:
            self.turnstile.pass_on()

    def end_wait(self, mine: bool) -> None:
        """Let it go on, through or away."""
        assert self.task is not None, "it is in the line"
        self.mine = mine
        trio.lowlevel.reschedule(self.task)
