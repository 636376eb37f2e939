"""What is shown to a person who waits for measurements: which, since when, and how far each may be.

Nothing may run beside what is measured only to tell how far it is. So a bar goes by the time that
a measurement usually takes, and stops short of its end when it takes longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from rich.console import Console
from rich.progress import (
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress_bar import ProgressBar

from bench.tools.usual_times import usual_s

WIDTH = 30
REFRESHES_A_S = 2  # Each takes CPU that somebody else measures.
NEARLY = 0.98  # Only what is over is full.


class Waiting:
    """A line for each measurement that is under way, and which of how many it is."""

    def __init__(self, progress: Progress, in_all: int, quick: bool) -> None:
        self._progress, self._in_all, self._quick = progress, in_all, quick
        self._numbers = count(1)

    @contextmanager
    def on(self, name: str) -> Iterator[None]:
        """Show that `name` is being measured while the block lasts."""
        place = f"{next(self._numbers):>2}/{self._in_all}  " if self._in_all > 1 else ""
        task = self._progress.add_task(f"{place}{name}", total=usual_s(name, self._quick))
        try:
            yield
        finally:
            self._progress.remove_task(task)


class _Usual(ProgressColumn):
    """A bar by the time that has passed; without a usual time, one that only moves."""

    max_refresh = 0.2

    def render(self, task: Task) -> ProgressBar:
        elapsed_s = task.elapsed or 0.0
        if task.total is None:
            return ProgressBar(width=WIDTH, pulse=True, animation_time=elapsed_s)
        return ProgressBar(task.total, min(elapsed_s, NEARLY * task.total), width=WIDTH)


class _Of(ProgressColumn):
    """How long it usually takes in all."""

    def render(self, task: Task) -> str:
        return "" if task.total is None else f"of some {_clock(task.total)}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


@contextmanager
def waiting(in_all: int, quick: bool) -> Iterator[Waiting]:
    """Show on the terminal, if there is one, which of `in_all` measurements are under way."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description:<16}"), _Usual())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        _Of(),
        console=console,
        transient=True,
        refresh_per_second=REFRESHES_A_S,
        disable=not console.is_terminal,
    ) as progress:
        yield Waiting(progress, in_all, quick)
