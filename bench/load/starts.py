"""An open loop whose moments come from a process of its own (bench/load/metronome.py).

So no start waits for what is measured, and the maker of the load can prove that it was punctual.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import trio

from bench.tools.cores import move_away
from bench.tools.histogram import Histogram, heard

PIPE_BYTES = 1 << 20  # So many starts can wait for a busy server without holding up their maker.


@dataclass(slots=True)
class Punctuality:
    """What the maker of a load says of itself when it is over."""

    late: Histogram = field(default_factory=Histogram)
    cpu_share: float = 0.0  # Of a core.

    def hear(self, line: bytes) -> None:
        """Take its last line."""
        said = json.loads(line)
        self.late, self.cpu_share = heard(said["late"]), said["cpu_share"]


async def starts(
    rate: float, seconds: float, seed: int, burst: int, punctuality: Punctuality
) -> AsyncIterator[float]:
    """Yield each intended start, on trio's clock, when it is due; at last, fill `punctuality`."""
    order = [str(each) for each in (rate, seconds, seed, burst)]
    command = [sys.executable, "-m", "bench.load.metronome", *order]
    offset_s = time.monotonic() - trio.current_time()
    process = await trio.lowlevel.open_process(command, stdout=subprocess.PIPE, pipesize=PIPE_BYTES)
    move_away(process.pid)
    assert process.stdout is not None
    rest = b""
    async for data in process.stdout:
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"{"):
                punctuality.hear(line)
            else:
                yield int(line) / 1e9 - offset_s
    await process.wait()
