"""One ping of an auction: sent without a task of its own, and counted whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from actors.auction import Rank, Tell
from auctiond.calls.health import HealthDesk
from auctiond.metrics import Metrics
from auctiond.net.flight import Flight
from auctiond.net.wire import Outcome, Wire, WireError
from buyers.bind import BoundBuyer
from buyers.codec import read_bid
from market.bids import Bid, NoBid, TargetId
from market.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Pinging:
    """What all pings need."""

    wire: Wire
    metrics: Metrics
    now_ms: Callable[[], int]
    health: HealthDesk
    now_s: Callable[[], float]  # Trio's clock.
    deadline: float


class Ping:
    """A target that is asked by a ping."""

    __slots__ = (
        "_buyer",
        "_flight",
        "_outcome",
        "_pinging",
        "_request",
        "_start",
        "_tell",
        "_took_s",
        "best",
        "target",
    )

    def __init__(
        self, pinging: Pinging, buyer: BoundBuyer, request: HttpRequest, best: Rank
    ) -> None:
        self.target = buyer.target.id
        self.best = best
        self._pinging = pinging
        self._buyer = buyer
        self._request = request
        self._tell: Tell | None = None  # While it is out.
        self._flight: Flight | None = None
        self._outcome: Outcome | None = None
        self._start = 0.0
        self._took_s = 0.0

    def ask(self, tell: Tell) -> None:
        """Send it."""
        self._tell = tell
        self._start = self._pinging.now_s()
        self._flight = self._pinging.wire.start(self._request, self._came)
        self._pinging.health.began(self.target)

    def read(self) -> Bid | NoBid:
        """Return what came of it."""
        outcome, ms = self._outcome, round(self._took_s * 1000, 2)
        assert outcome is not None, "it was told"
        if isinstance(outcome, WireError):
            self._count(outcome.reason, self._took_s)
            return NoBid(self.target, outcome.reason, ms=ms)
        reply = read_bid(self._buyer, outcome, self._pinging.now_ms(), ms)
        self._count("bid" if isinstance(reply, Bid) else reply.reason, self._took_s)
        return reply

    def cancel(self) -> None:
        """Count it as a timeout: a histogram without those would lie."""
        assert self._flight is not None, "it was asked"
        self._tell = None
        self._flight.cancel()
        self._count("timeout", self._pinging.now_s() - self._start)

    def _came(self, outcome: Outcome) -> None:
        self._took_s = self._pinging.now_s() - self._start
        self._outcome = outcome
        tell, self._tell = self._tell, None
        assert tell is not None, "a flight that was cancelled does not land"
        tell(self)

    def _count(self, result: str, took_s: float) -> None:
        pinging = self._pinging
        pinging.metrics.ping_ended(self.target, result, took_s)
        pinging.health.ended(
            self.target, result, self._start, self._start + took_s, pinging.deadline
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A target that does not need to be asked: its bid stands."""

    bid: Bid
    best: Rank

    @property
    def target(self) -> TargetId:
        """Whose bid it is."""
        return self.bid.target

    def ask(self, tell: Tell) -> None:
        """Answer at once."""
        tell(self)

    def read(self) -> Bid:
        """Return the bid."""
        return self.bid

    def cancel(self) -> None:
        """Nothing is out."""
