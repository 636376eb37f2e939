"""A progress bar, once something takes long: nobody needs one for less than some seconds."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PATIENCE_S = 5.0


class LongWork:
    """Show how far each step is, on standard error, and leave nothing behind."""

    def __init__(self, patience_s: float = PATIENCE_S, console: Console | None = None) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f}"),
            TimeRemainingColumn(),
        )
        console = console or Console(stderr=True)
        self._bar = Progress(*columns, console=console, transient=True)
        self._shown_at_s = time.monotonic() + patience_s
        self._is_shown = False
        self._steps: dict[str, TaskID] = {}

    def show(self, step: str, done: int, total: int) -> None:
        """Tell that `done` of `total` of `step` is done."""
        if step not in self._steps:
            self._steps[step] = self._bar.add_task(step)
        self._bar.update(self._steps[step], completed=done, total=max(done, total))
        if not self._is_shown and time.monotonic() >= self._shown_at_s:
            self._is_shown = True
            self._bar.start()

    def __enter__(self) -> LongWork:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_shown:
            self._bar.stop()
