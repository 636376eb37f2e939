"""One ping of an auction: sent without a task of its own, and counted whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import trio

from actors.auction import Asked, Tell
from auctiond.calls.health import HealthDesk
from auctiond.metrics import Metrics
from auctiond.net.wire import Outcome, Wire, WireError
from buyers.bind import BoundBuyer
from buyers.codec import read_bid
from market.bids import Bid, NoBid
from market.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Pinging:
    """What all pings need."""

    wire: Wire
    metrics: Metrics
    now_ms: Callable[[], int]
    health: HealthDesk
    deadline: float  # Trio's clock.


class Ping:
    """A ping that is out. `tell` is given what came, to be read by its auction."""

    __slots__ = ("_buyer", "_flight", "_pinging", "_start", "_tell", "_took_s")

    def __init__(
        self, pinging: Pinging, buyer: BoundBuyer, request: HttpRequest, tell: Tell
    ) -> None:
        self._pinging = pinging
        self._buyer = buyer
        self._tell = tell
        self._start = trio.current_time()
        self._took_s = 0.0
        self._flight = pinging.wire.start(request, self._came)
        pinging.health.began(buyer.target.id)

    def cancel(self) -> None:
        """Count it as a timeout: a histogram without those would lie."""
        self._flight.cancel()
        self._count("timeout", trio.current_time() - self._start)

    def _came(self, outcome: Outcome) -> None:
        self._took_s = trio.current_time() - self._start
        self._tell(lambda: self._read(outcome))

    def _read(self, outcome: Outcome) -> Bid | NoBid:
        ms = round(self._took_s * 1000, 2)
        if isinstance(outcome, WireError):
            self._count(outcome.reason, self._took_s)
            return NoBid(self._buyer.target.id, outcome.reason, ms=ms)
        reply = read_bid(self._buyer, outcome, self._pinging.now_ms(), ms)
        self._count("bid" if isinstance(reply, Bid) else reply.reason, self._took_s)
        return reply

    def _count(self, result: str, took_s: float) -> None:
        pinging, target = self._pinging, self._buyer.target.id
        pinging.metrics.ping_ended(target, result, took_s)
        pinging.health.ended(target, result, self._start, self._start + took_s, pinging.deadline)


class Answered:
    """A question that was answered when it was put."""

    def cancel(self) -> None:
        """Nothing is out."""


ANSWERED: Asked = Answered()
