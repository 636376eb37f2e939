"""What the sandbox's buyers counted, and which leads reached them. Never personal data."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

POSTS_MAX = 100_000  # A long run forgets its oldest.
SENT_MAX = 1_000_000


@dataclass(slots=True)
class BuyerStats:
    """One buyer's counts since the last reset."""

    connections: int = 0
    pings: int = 0
    bids: int = 0
    no_bids: int = 0
    nonsense: int = 0
    errors: int = 0
    silences: int = 0
    confirms: int = 0
    confirms_refused: int = 0
    posts: int = 0
    posts_repeated: int = 0  # With a key that came before: answered as then, and counted once.
    cancels: int = 0
    posts_refused: int = 0  # For no bid of this buyer's: a lead sent to the wrong one.
    unreadable: int = 0  # Requests the buyer made no sense of: ours to mend.
    aborted: int = 0  # Connections that ended while the buyer owed an answer.
    pii_hits: Counter[str] = field(default_factory=Counter)  # By kind of data; pings and confirms.

    def told(self) -> dict[str, object]:
        """Return the counts by name."""
        counts = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**counts, "pii_hits": dict(self.pii_hits)}


@dataclass(frozen=True, slots=True)
class PostSeen:
    """A full lead that reached a buyer, without the lead."""

    buyer: int
    id: str  # The bid it was sent for.
    auction: str  # Our own id of the auction, where its ping told it.
    at_ms: int
    fields: tuple[str, ...]  # The names of the fields present.
    person: int | None  # Which of the sandbox's people it is.


class SentLog:
    """When each bid had left, for who checks that none was overheard: on CLOCK_MONOTONIC, which
    all processes of a machine share. The moment is a little late, never early.
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[int, str, int]] = deque(maxlen=SENT_MAX)

    def add(self, buyer: int, auction: str) -> None:
        """The bid of `buyer` in `auction` has just left."""
        self._sent.append((buyer, auction, time.monotonic_ns()))

    def clear(self) -> None:
        self._sent.clear()

    def told(self) -> list[tuple[int, str, int]]:
        """Return (buyer, auction, nanoseconds) of each bid."""
        return list(self._sent)


class PostLog:
    """The leads that reached all buyers, in the order of their coming."""

    def __init__(self) -> None:
        self._posts: deque[PostSeen] = deque(maxlen=POSTS_MAX)

    def add(self, post: PostSeen) -> None:
        self._posts.append(post)

    def clear(self) -> None:
        self._posts.clear()

    def all(self) -> Iterable[PostSeen]:
        return tuple(self._posts)
