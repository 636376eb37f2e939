"""What supervisor and worker tell each other: a line of JSON each, over a socket pair.

The worker's settings come this way too, secrets among them, which so are in no argument and no
variable. When the line ends, the other side is gone, however it went.
"""

from __future__ import annotations

import pickle
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
import trio

from auctiond.config import Settings
from auctiond.database import Where
from auctiond.workers.members import Member, Seat

RECEIVE_BYTES = 64 * 1024
LINE_MAX = 4 * 1024 * 1024  # Settings are some kilobytes.

Words = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Start:
    """All that a worker begins with."""

    settings: Settings
    where: Where
    seat: Seat
    members: tuple[Member, ...]  # Those that are ready already.


class Control:
    """One end of the line."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._lock = trio.Lock()

    async def tell(self, what: str, **more: Any) -> None:  # noqa: ANN401
        """Tell the other side. When it is gone, that is told by the end of `hear`."""
        try:
            async with self._lock:
                await self._stream.send_all(orjson.dumps({"what": what, **more}) + b"\n")
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def hear(self) -> AsyncIterator[Words]:
        """Yield what the other side tells, until it is gone."""
        left = bytearray()
        while True:
            try:
                data = await self._stream.receive_some(RECEIVE_BYTES)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return
            left += data
            while b"\n" in left:
                line, _, left = left.partition(b"\n")
                yield orjson.loads(line)
            if not data or len(left) > LINE_MAX:
                return


def write_start(start: Start) -> str:
    """Return a start as text, for a process that is our child."""
    return b64encode(pickle.dumps(start)).decode()


def read_start(words: Words) -> Start:
    """Return what `write_start` wrote: our parent is trusted."""
    start: Start = pickle.loads(b64decode(words["start"]))
    return start


def write_members(members: Iterable[Member]) -> list[dict[str, Any]]:
    """Return the workers as JSON."""
    return [asdict(member) for member in members]


def read_members(words: Words) -> list[Member]:
    """Return what `write_members` wrote."""
    return [Member(**member) for member in words["members"]]
