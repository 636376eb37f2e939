"""The bids that a call may still be offered to, packed small. Standard library only; pure.

A call holds twenty for as long as its caller talks, and looks at them again only when the talk
ended too soon. As objects they would be half of the memory of a live call.
"""

from __future__ import annotations

import marshal
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter

from market.bids import Bid

_values = attrgetter(*(field.name for field in fields(Bid)))


class Waiting:
    """Bids, best first. Never changed; a new one is made instead. True when there are any."""

    __slots__ = ("_packed",)

    def __init__(self, bids: Iterable[Bid] = ()) -> None:
        rows = [_values(bid) for bid in bids]
        # Only in memory: no format to keep. Level 1 leaves a third; the others gain little more.
        self._packed = zlib.compress(marshal.dumps(rows), 1) if rows else b""

    def __iter__(self) -> Iterator[Bid]:
        if self._packed:
            for row in marshal.loads(zlib.decompress(self._packed)):
                yield Bid(*row)

    def __bool__(self) -> bool:
        return bool(self._packed)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Waiting):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Waiting({list(self)!r})"
