"""A worker's process: `python -m auctiond.workers CONTROL LISTEN METRICS...`, by file descriptors.

Started by the supervisor alone. All of the program is loaded before the seat comes, so that who
takes the place of a worker that died is there at once.
"""

from __future__ import annotations

import signal
import sys

import trio

from auctiond.workers.worker import open_worker


async def main(*files: int) -> int:
    """Work until the supervisor says stop, or is gone; return the exit code."""
    return await open_worker(*files).run()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the supervisor.
    sys.exit(trio.run(main, *map(int, sys.argv[1:])))
