"""Counts tasks: each costs as much as a small ping."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio


class Tasks(trio.abc.Instrument):
    """Counts tasks as they are spawned."""

    def __init__(self) -> None:
        self.spawned = 0

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        self.spawned += 1


@contextmanager
def counted_tasks() -> Iterator[Tasks]:
    """Count the tasks that are spawned while the block lasts."""
    tasks = Tasks()
    trio.lowlevel.add_instrument(tasks)
    try:
        yield tasks
    finally:
        trio.lowlevel.remove_instrument(tasks)
