"""Live calls for `bench memory`: real ones, up to the talk, in a process of their own.

`python -m bench.stages.live_calls COUNT resident|traced` prints the bytes that each call takes.
What a call goes through: bench/stages/calls.py.
"""

from __future__ import annotations

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import trio

from bench.stages.calls import open_calls

WARM_UP = 200  # Calls before the first look: tables grow, caches fill.


async def bytes_per_call(count: int, used: Callable[[], int]) -> float:
    """Return what one of `count` live calls adds to `used`."""
    async with open_calls() as stage:
        await stage.talk(range(WARM_UP))
        before = used()
        await stage.talk(range(WARM_UP, WARM_UP + count))
        after = used()
    return (after - before) / count


def resident() -> int:
    """Return the bytes of memory that the system has given this process."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def traced() -> int:
    """Return the bytes that Python has allocated and not freed."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def main(arguments: Sequence[str]) -> None:
    """Print the bytes of each call."""
    count, how = arguments
    if how == "traced":
        tracemalloc.start()
    found = trio.run(bytes_per_call, int(count), {"resident": resident, "traced": traced}[how])
    print(found)  # noqa: T201  The parent waits for this line.


if __name__ == "__main__":
    main(sys.argv[1:])
