"""Programs of ours that run while a block lasts; what a process has used, and what it started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

TICKS_S = os.sysconf("SC_CLK_TCK")


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of ours while the block lasts."""
    command = [sys.executable, "-m", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as started:
        try:
            yield started
        finally:
            started.terminate()


def line_of(started: subprocess.Popen[bytes]) -> str:
    """Return the next line that a process prints."""
    assert started.stdout is not None
    return started.stdout.readline().decode()


def cpu_s_of(pid: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started."""
    found, todo = [pid], [pid]
    while todo:
        one = todo.pop()
        with suppress(OSError):  # It has ended meanwhile.
            for task in Path(f"/proc/{one}/task").iterdir():  # A child is its thread's.
                children = [int(child) for child in (task / "children").read_text().split()]
                found += children
                todo += children
    return found
