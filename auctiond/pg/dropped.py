"""Become another user, tie our life to the parent's, and turn into the given program.

Run as a script, by path, with a bare interpreter: dropped.py UID GID PARENT PROGRAM ARGS...
A process of its own, because what a fork may do in a program with threads is very little.
PARENT is the process (its thread, to be exact) whose death ends the program; 0 for none.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def drop(uid: int, gid: int) -> None:
    """Give up root for good. Without root there is nothing to give up."""
    os.umask(0o077)
    if os.geteuid() == 0 and uid != 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def die_with(parent: int) -> None:
    """Ask the kernel to end us politely (a fast shutdown) when the parent dies; Linux only."""
    if not parent or sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGINT), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died before its child began")


if __name__ == "__main__":
    # In this order: a change of user clears what die_with asks for. And nothing is imported
    # after it: the interpreter itself may be out of that user's reach.
    drop(int(sys.argv[1]), int(sys.argv[2]))
    die_with(int(sys.argv[3]))
    os.execv(sys.argv[4], sys.argv[4:])
