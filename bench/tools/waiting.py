"""What is shown to a person who waits for a measurement: its name, and how long it has taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@contextmanager
def shown(name: str) -> Iterator[None]:
    """Show on the terminal, if there is one, that `name` is being measured."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("measuring {task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as it:
        it.add_task(name, total=None)
        yield


@contextmanager
def shown_in_turn(count: int) -> Iterator[Progress]:
    """Show how many of `count` are done; the first task's description is the one under way."""
    console = Console(stderr=True)
    columns = (BarColumn(), TextColumn("{task.completed}/{task.total} {task.description}"))
    with Progress(
        *columns,
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as it:
        it.add_task("", total=count)
        yield it
