"""Who runs on which core: what is measured has one for itself, all else of a measurement the rest.

On a machine with one core nobody is moved. A process that is moved takes its threads along, and
what it starts afterwards runs where it does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_ALL = sorted(os.sched_getaffinity(0))
OWN = _ALL[-1:]  # Interrupts mostly come to the first.
REST = _ALL[:-1] or _ALL


@contextmanager
def own_core() -> Iterator[None]:
    """Have a core for this process alone while the block lasts, of those that are ours."""
    _move(os.getpid(), OWN)
    try:
        yield
    finally:
        _move(os.getpid(), _ALL)


def move_away(pid: int) -> None:
    """Have a process, best one just started, run where nothing is measured."""
    _move(pid, REST)


def apart() -> float:
    """Return 1 if what is measured and what measures run on cores of their own, else 0."""
    return float(OWN != REST)


def _move(pid: int, where: Sequence[int]) -> None:
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # It has ended, or the machine does not let us.
            os.sched_setaffinity(int(thread.name), where)
