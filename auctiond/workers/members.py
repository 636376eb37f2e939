"""Who the workers are, and where a new call goes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b


@dataclass(frozen=True, slots=True)
class Member:
    """A worker that is ready, as the supervisor tells all of them."""

    slot: int
    epoch: int
    path: str  # The unix socket by which the others reach it.
    taking: bool = True  # False while it drains: it gets no new calls.
    foreman: bool = False  # It does what is done once, and answers the API.


@dataclass(frozen=True, slots=True)
class Seat:
    """One worker's place among the `workers`, and which calls it takes up when it starts."""

    slot: int = 0
    workers: int = 1
    epoch: int = 0  # 0: the server asks the database for one.
    first: bool = True  # No other worker of this server has started yet.
    living: tuple[int, ...] = ()  # Whose calls it leaves alone.
    part: int = 0  # Of the calls of the last run it takes up one part of so many.
    parts: int = 1
    path: str = ""  # Its own unix socket.


ALONE = Seat()


def place(key: str, slots: Iterable[int]) -> int | None:
    """Return which of `slots` has `key`; None: there is none.

    When one comes or goes, only the keys that it has move (rendezvous hashing).
    """
    return max(slots, key=lambda slot: _weight(key, slot), default=None)


def _weight(key: str, slot: int) -> bytes:
    return blake2b(f"{slot}|{key}".encode(), digest_size=8).digest()
