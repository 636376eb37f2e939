"""What an earlier server may have left behind: processes, and a postmaster.pid that lies."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import trio

POLL_S = 0.05
PROC = Path("/proc")
# An orphan was told to stop when its parent died (see dropped.py); the rest is for the deaf.
PATIENCE_S = {signal.SIGINT: 20.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}


@dataclass(frozen=True, slots=True)
class PidFile:
    pid: int
    status: str  # "starting", "ready", "stopping", or "" while it is being written.
    socket_dir: str = ""


def read_pid_file(data: Path) -> PidFile | None:
    """Return what postmaster.pid says, or None."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        if len(lines) < 8:
            return PidFile(int(lines[0]), "")
        return PidFile(int(lines[0]), lines[7].strip(), lines[4])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def processes_in(data: Path) -> set[int]:
    """Return the live PostgreSQL processes that work in `data`."""
    wanted, found = str(data.resolve()), set()
    for entry in PROC.iterdir() if PROC.is_dir() else ():
        if entry.name.isdecimal():
            # A zombie has no working folder; another user's cannot be read, nor be ours.
            with suppress(OSError):
                name = (entry / "comm").read_text().strip()
                if os.readlink(entry / "cwd") == wanted and name == "postgres":
                    found.add(int(entry.name))
    return found


async def clear_remains(data: Path, socket_dir: Path) -> None:
    """Wait until nobody works in `data` any more, helping with signals; drop stale lock files.

    Only for who holds the lock of the folder: then whoever works there is an orphan.
    """
    for number, patience_s in PATIENCE_S.items():
        if not (left := processes_in(data)):
            break
        written = read_pid_file(data)
        main = {written.pid} & left if written else set()
        for pid in main or left:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        with trio.move_on_after(patience_s):
            await poll_until(lambda: not processes_in(data))
    _drop_lock_files(data, socket_dir)


def _drop_lock_files(data: Path, socket_dir: Path) -> None:
    # Their pid may be a zombie's, or by now a stranger's: PostgreSQL would refuse to start.
    if not PROC.is_dir() or processes_in(data):
        return
    (data / "postmaster.pid").unlink(missing_ok=True)
    for lock in socket_dir.glob(".s.PGSQL.*.lock"):
        if str(data) in lock.read_text().splitlines():  # Else it is another server's.
            lock.unlink()


async def poll_until(done: Callable[[], bool]) -> None:
    """Wait for something that only shows to those who look."""
    while not done():  # noqa: ASYNC110 No event exists for what other processes do.
        await trio.sleep(POLL_S)


async def wait_news_of(child: int) -> None:
    """Return when a child of ours may have ended. The kernel tells: looking would cost for ever."""
    try:
        watched = os.pidfd_open(child)
    except OSError:  # A kernel, or a sandbox, that has no such thing.
        return await trio.sleep(POLL_S)
    try:
        await trio.lowlevel.wait_readable(watched)
    finally:
        os.close(watched)
