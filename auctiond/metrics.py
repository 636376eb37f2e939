"""What the server counts, for Prometheus. One object of one registry; nothing global.

Histograms start at 1 ms, stand on the limits we promise, and observe every outcome: a
histogram of successes alone looks best on the day when all time out. No label ever holds
what a caller or a stranger can choose freely.
"""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Iterable
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from auctiond.ping_metrics import PingMetrics
from market.reasons import REASONS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OTHER = "other"
CHILDREN_MAX = 2000  # Of one metric. Beyond it, a label holds what nobody meant it to.

# Seconds. 0.03 is where we shed, 0.7 what buyers are told and 0.8 what is enforced by
# default, 1 how long a late ping may go on, 30 the longest deadline a campaign may have.
# fmt: off
AUCTION_BUCKETS = (
    0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5,
    0.6, 0.7, 0.8, 0.9, 1.0, 1.5, 2.0, 5.0, 10.0, 30.0,
)
# fmt: on
LAG_BUCKETS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 1.0)
LEAD_BUCKETS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 14_400, 43_200, 86_400)
BATCH_BUCKETS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 350, 500)  # 500 is the most of one write.

M = TypeVar("M", Counter, Gauge, Histogram)


def code_of(reason: str) -> str:
    """Return the code of a reason without its detail, which may be anybody's words."""
    code = reason.partition(":")[0]
    return code if code in REASONS else OTHER


class Kept(Generic[M]):
    """A metric's children by their labels, each made once: looking one up is a dict lookup."""

    def __init__(self, metric: M, children_max: int = CHILDREN_MAX) -> None:
        self._metric: M = metric
        self._max = children_max
        self._children: dict[tuple[str, ...], M] = {}

    def __call__(self, *labels: str) -> M:
        """Return the child with `labels`, in the metric's order."""
        child = self._children.get(labels)
        if child is None:
            if len(self._children) >= self._max:
                labels = (OTHER,) * len(labels)
            child = self._children[labels] = self._metric.labels(*labels)
        return child


class Metrics:
    """All metrics. Count with `metrics.shed.inc()` or `metrics.calls("sold").inc()`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=True)
        self._make_auction()
        self._make_calls()
        self._make_callbacks()
        self._make_money()
        self._make_notices()
        self._make_rtb()
        self._make_server()

    def _make_auction(self) -> None:
        self.auctions = self._counter("auctions", "Auctions by how they ended", "outcome")
        self.auction_seconds = self._histogram(
            "auction_seconds", "From the start of an auction to its decision", AUCTION_BUCKETS
        )
        self.overshoot_seconds = self._histogram(
            "overshoot_seconds", "How late after its deadline an auction was decided", LAG_BUCKETS
        )
        self.auction_wait_seconds = self._histogram(
            "auction_wait_seconds", "How long an auction waited for others to begin", LAG_BUCKETS
        )
        self._pings = PingMetrics(AUCTION_BUCKETS, CHILDREN_MAX, OTHER)
        self.registry.register(self._pings)
        self.candidates = self._counter(
            "candidates", "Targets looked at, by what came of it: bid, or why not", "reason"
        )
        self.legs = self._counter("legs", "Offers of calls that failed, by reason", "reason")
        self.late_bids = self._counter("late_bids", "Bids after the decision", "target")
        health = ("target", "reason", "mode")
        self.held_back = self._counter(
            "held_back", "Targets not asked for their health, or (watch) that would not be", *health
        )
        self.unanswered = self._counter("unanswered", "Legs left unanswered", "target")
        self.auto_pauses = self._counter("auto_pauses", "Pauses for unanswered calls", "target")
        self.shed = self._plain_counter("shed", "Pings or calls refused: too busy to start in time")

    def _make_calls(self) -> None:
        self.calls = self._counter("calls", "Calls by how they ended", "disposition")
        self.live_calls = self._gauge("live_calls", "Calls in progress")
        self.webhooks = self._counter("webhooks", "Webhooks by carrier", "carrier", "result")
        self.closed = self._counter("connections_closed", "Connections that we ended", "why")
        self.events_dropped = self._counter(
            "events_dropped", "Late, repeated or foreign news of a call", "reason"
        )
        self.carrier_commands = self._counter(
            "carrier_commands", "Commands to carriers", "command", "result"
        )
        self.disclosures = self._counter("disclosures", "Data that left us", "moment")
        self.posts = self._counter("posts", "Posts of leads, each try, by how it ended", "outcome")
        self.posts_in_doubt = self._gauge("posts_in_doubt", "Posts nobody knows the end of")

    def _make_callbacks(self) -> None:
        self.callbacks = self._counter("callbacks", "Callbacks by what became of them", "result")
        self.callbacks_waiting = self._gauge("callbacks_waiting", "Callbacks that wait")
        self.speed_to_lead_seconds = self._histogram(
            "speed_to_lead_seconds",
            "From the request of a callback to its first dial, out of hours included",
            LEAD_BUCKETS,
        )
        self.lookups = self._counter(
            "lookups", "Questions whether a person may be called", "lookup", "answer"
        )
        self.recordings = self._counter("recordings", "Recordings by what became of them", "result")
        self.suppressed = self._plain_counter(
            "suppressed", "Numbers put on a list of whom not to call"
        )

    def _make_money(self) -> None:
        self.holds = self._counter("holds", "Holds asked for", "result")
        self.settles = self._counter("settle", "Holds settled", "outcome")
        self.open_holds = self._gauge("open_holds", "Holds not yet settled")
        self.ledger_problems = self._gauge(
            "ledger_problems", "What the last nightly look found wrong; -1: it could not look"
        )
        self.ledger_verified_at = self._gauge(
            "ledger_verified_at_seconds", "When the ledger was verified last, Unix time"
        )
        self.payments = self._counter("payments", "Payments by kind and end", "kind", "end")
        self.ledger_batch_size = self._histogram(
            "ledger_batch_size", "Moves in one write of the ledger", BATCH_BUCKETS
        )

    def _make_notices(self) -> None:
        self.notices = self._counter(
            "notices", "Tries to tell a party something, by how they ended", "channel", "outcome"
        )
        self.notices_waiting = self._gauge("notices_waiting", "Notices to be sent")
        self.notices_oldest_seconds = self._gauge(
            "notices_oldest_seconds", "How long the oldest of them has been waiting"
        )

    def _make_rtb(self) -> None:
        self.rtb_pings = self._counter(
            "rtb_pings", "Publishers' pings by what they were answered", "door", "answer"
        )
        self.rtb_seconds = self._histogram(
            "rtb_seconds", "From a publisher's request to our answer", AUCTION_BUCKETS
        )
        self.rtb_overshoot_seconds = self._histogram(
            "rtb_overshoot_seconds",
            "How late after its deadline a publisher was answered",
            LAG_BUCKETS,
        )
        self.rtb_calls = self._counter(
            "rtb_calls", "Calls that came for publishers' bids", "door", "how"
        )
        self.rtb_bids = self._gauge("rtb_bids", "Publishers' bids that are known")

    def _make_server(self) -> None:
        self.call_log_queue = self._gauge("call_log_queue", "Events waiting to be written")
        self.loop_lag_seconds = self._histogram(
            "loop_lag_seconds", "How late a task woke that had asked for a time", LAG_BUCKETS
        )
        self.call_cost_seconds = self._gauge(
            "call_cost_seconds", "What a call takes of the server's time at present"
        )

    def ping_ended(self, target: str, result: str, took_s: float) -> None:
        """Count a ping that ended: `result` is "bid" or a code of market/reasons.py."""
        self._pings.ended(target, "bid" if result == "bid" else code_of(result), took_s)

    def decided(self, bids: int, reasons: Iterable[str]) -> None:
        """Count the candidates of an auction, by the codes of market/reasons.py."""
        if bids:
            self.candidates("bid").inc(bids)
        for code, count in Counted(map(code_of, reasons)).items():
            self.candidates(code).inc(count)

    def leg_failed(self, reason: str) -> None:
        """Count an offer that came to nothing."""
        self.legs(code_of(reason)).inc()

    def auction_ended(self, outcome: str, took_s: float, deadline_s: float) -> None:
        """Count an auction that was decided `took_s` after its start."""
        self.auctions(outcome).inc()
        self.auction_seconds.observe(took_s)
        self.overshoot_seconds.observe(max(0.0, took_s - deadline_s))

    def render(self) -> bytes:
        """Return all metrics as Prometheus reads them."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Kept[Counter]:
        return Kept(Counter(f"auctiond_{name}_total", text, labels, registry=self.registry))

    def _plain_counter(self, name: str, text: str) -> Counter:
        return Counter(f"auctiond_{name}_total", text, registry=self.registry)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"auctiond_{name}", text, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(f"auctiond_{name}", text, labels, registry=self.registry, buckets=buckets)
