"""The bids that publishers hold: found by id, by number and by caller until they are gone. Pure.

In memory alone; what must outlive us is in the database as well (auctiond/pg/rtb.py).
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from auctiond.rtb.ping import Facts
from market.call import BidsClosed
from market.money import Micros
from market.rtb import RtbDoor

Inputs = Mapping[str, Any] | None  # As calls note it; None: it does not fit any more.
# One with twenty candidates takes 5 kB, so 100 MB; a hundred, 26 kB. At 80 s each, 250 a second.
LIVE_MAX = 20_000


@dataclass(slots=True, eq=False)
class LiveBid:
    """A promise. It holds until `expires_ms`, and is known until `gone_ms`."""

    id: UUID
    door: RtbDoor
    network: int  # The version whose buyers bid.
    caller: bytes = field(repr=False)  # A keyed index; b"": the publisher named nobody.
    facts: Facts
    promised: Micros
    made_ms: int
    expires_ms: int
    number: str = ""
    sip: str = ""
    min_duration_s: float = 0.0  # Talk time from which it is paid, whoever of them buys.
    auctions: tuple[BidsClosed, ...] = ()  # Of each tier that was asked.
    inputs: tuple[Inputs, ...] = ()  # By what each of them was decided.
    test: bool = False
    used_by: UUID | None = None  # The call that came for it.

    @property
    def gone_ms(self) -> int:
        """When it is forgotten, and its number free for another."""
        return self.expires_ms + round(self.door.grace_s * 1000)


class LiveBids:
    def __init__(self, most: int = LIVE_MAX) -> None:
        self._most = most
        self._by_id: dict[UUID, LiveBid] = {}
        self._by_caller: dict[bytes, list[LiveBid]] = {}  # The newest last.
        self._by_number: dict[str, LiveBid] = {}
        self._reserved: set[str] = set()  # Numbers of bids that are still being written down.
        self._freed_ms: dict[str, int] = {}  # Number -> when it last became free.
        self._ends: list[tuple[int, int, LiveBid]] = []
        self._count = 0

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def is_full(self) -> bool:
        """Whether no more bids are kept."""
        return len(self._by_id) >= self._most

    def put(self, bid: LiveBid) -> None:
        """Keep `bid`; its number is leased to it."""
        self._by_id[bid.id] = bid
        if bid.caller:
            self._by_caller.setdefault(bid.caller, []).append(bid)
        if bid.number in bid.door.numbers and not bid.test:
            self._by_number[bid.number] = bid
        self._count += 1
        heapq.heappush(self._ends, (bid.gone_ms, self._count, bid))

    def sweep(self, now_ms: int) -> None:
        """Forget the bids that are gone."""
        while self._ends and self._ends[0][0] <= now_ms:
            self._forget(heapq.heappop(self._ends)[2])

    def get(self, id_: UUID) -> LiveBid | None:
        """Return a bid that is still known."""
        return self._by_id.get(id_)

    def of_number(self, number: str) -> LiveBid | None:
        """Return the bid to which a number of a pool is leased."""
        return self._by_number.get(number)

    def of_caller(self, caller: bytes) -> Sequence[LiveBid]:
        """Return the known bids for a caller, the newest last; none for a caller who is unknown."""
        return self._by_caller.get(caller, ()) if caller else ()

    def reserve(self, numbers: Sequence[str]) -> str:
        """Return the number that is free the longest, kept from others; "" when all are leased."""
        free = [one for one in numbers if one not in self._by_number and one not in self._reserved]
        if not free:
            return ""
        number = min(free, key=lambda one: self._freed_ms.get(one, 0))
        self._reserved.add(number)
        return number

    def unreserve(self, number: str) -> None:
        """A number's bid was made, and it is leased; or was not, and it is free."""
        self._reserved.discard(number)

    def _forget(self, bid: LiveBid) -> None:
        self._by_id.pop(bid.id, None)
        if bid.caller:
            left = [one for one in self._by_caller.get(bid.caller, ()) if one is not bid]
            self._by_caller[bid.caller] = left
            if not left:
                del self._by_caller[bid.caller]
        if self._by_number.get(bid.number) is bid:
            del self._by_number[bid.number]
            self._freed_ms[bid.number] = bid.gone_ms
