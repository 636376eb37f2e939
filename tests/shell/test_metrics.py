"""Every outcome is counted and timed; no label grows without end."""

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from auctiond.metrics import AUCTION_BUCKETS, LAG_BUCKETS, OTHER, Kept, Metrics
from auctiond.ping_metrics import PingMetrics
from market.reasons import REASONS


@pytest.fixture
def metrics():
    return Metrics()


def value(metrics, name, **labels):
    return metrics.registry.get_sample_value(f"auctiond_{name}", labels)


@pytest.mark.parametrize("result", ["bid", *REASONS])
def test_a_ping_is_timed_whatever_came_of_it(metrics, result):
    metrics.ping_ended("acme", result, 0.25)
    assert value(metrics, "pings_total", target="acme", result=result) == 1
    assert value(metrics, "ping_seconds_count", target="acme") == 1
    assert value(metrics, "ping_seconds_sum", target="acme") == 0.25


def test_the_detail_of_a_reason_is_no_label(metrics):
    metrics.ping_ended("acme", "reject:our own words, +12125550123", 0.1)
    metrics.ping_ended("acme", "what is this", 0.1)
    assert value(metrics, "pings_total", target="acme", result="reject") == 1
    assert value(metrics, "pings_total", target="acme", result=OTHER) == 1
    assert b"2125550123" not in metrics.render()


def test_pings_are_told_as_the_library_would_tell_them(metrics):
    theirs = CollectorRegistry()
    text, labels = "Pings by what came of them", ("target", "result")
    count = Counter("auctiond_pings", text, labels, registry=theirs)
    text = "From sending to whatever ended it"
    time = Histogram(
        "auctiond_ping_seconds", text, ("target",), buckets=AUCTION_BUCKETS, registry=theirs
    )
    for target, result, took_s in [
        *(("acme", "bid", 0.0005), ("acme", "bid", 0.001), ("acme", "timeout", 0.8)),
        *(("zenith", "bid", 0.25), ("acme", "dropped", 31.0), ("zenith", "bid", 0.25)),
    ]:
        metrics.ping_ended(target, result, took_s)
        count.labels(target, result).inc()
        time.labels(target).observe(took_s)
    lines = generate_latest(theirs).decode().splitlines()
    ours = [line for line in metrics.render().decode().splitlines() if "auctiond_ping" in line]
    assert sorted(ours) == sorted(line for line in lines if "_created" not in line)


def test_a_network_of_endless_targets_does_not_grow_the_metrics():
    pings = PingMetrics(AUCTION_BUCKETS, 2, OTHER)
    for name in ("one", "two", "three", "four"):
        pings.ended(name, "bid", 0.1)
    counts, _ = pings.collect()
    assert {one.labels["target"]: one.value for one in counts.samples} == {
        "one": 1,
        "two": 1,
        OTHER: 2,
    }


def test_an_auction_is_timed_and_so_is_how_late_it_was(metrics):
    metrics.auction_ended("bids", 0.8125, deadline_s=0.75)
    metrics.auction_ended("no_bids", 0.5, deadline_s=0.75)
    assert value(metrics, "auctions_total", outcome="bids") == 1
    assert value(metrics, "auction_seconds_count") == 2
    assert value(metrics, "overshoot_seconds_count") == 2
    assert value(metrics, "overshoot_seconds_sum") == 0.0625


def test_buckets_start_at_a_millisecond_and_stand_on_our_limits():
    assert AUCTION_BUCKETS[0] == LAG_BUCKETS[0] == 0.001
    assert {0.03, 0.7, 0.8, 1.0, 30.0} <= set(AUCTION_BUCKETS)
    assert {0.03} <= set(LAG_BUCKETS)
    assert list(AUCTION_BUCKETS) == sorted(set(AUCTION_BUCKETS))


def test_all_that_was_asked_for_is_there(metrics):
    metrics.calls("sold").inc()
    metrics.webhooks("telnyx", "ok").inc()
    metrics.events_dropped("late").inc()
    metrics.holds("held").inc()
    metrics.settles("capture").inc()
    metrics.late_bids("acme").inc()
    metrics.carrier_commands("dial", "ok").inc()
    metrics.disclosures("connected").inc()
    metrics.posts("unknown").inc()
    metrics.posts_in_doubt.set(1)
    metrics.shed.inc()
    metrics.live_calls.set(3)
    metrics.open_holds.set(2)
    metrics.call_log_queue.set(1)
    metrics.ledger_batch_size.observe(12)
    metrics.loop_lag_seconds.observe(0.002)
    metrics.call_cost_seconds.set(0.006)
    metrics.ping_ended("acme", "bid", 0.1)
    metrics.auction_ended("bids", 0.1, 0.8)
    text = metrics.render().decode()
    for name in (
        *("auctions_total", "auction_seconds_bucket", "overshoot_seconds_bucket", "pings_total"),
        *("ping_seconds_bucket", "late_bids_total", "calls_total", "webhooks_total"),
        *("events_dropped_total", "holds_total", "settle_total", "ledger_batch_size_bucket"),
        *("call_log_queue", "loop_lag_seconds_bucket", "shed_total", "live_calls", "open_holds"),
        "call_cost_seconds",
        *("carrier_commands_total", "disclosures_total"),
        *("posts_total", "posts_in_doubt"),
    ):
        assert f"\nauctiond_{name}" in text, name


def test_two_servers_in_one_process_do_not_share_counters(metrics):
    Metrics().shed.inc()
    assert value(metrics, "shed_total") == 0


def test_children_are_kept_and_a_label_that_explodes_becomes_other():
    counter = Counter("x_total", "x", ["a"], registry=CollectorRegistry())
    kept = Kept(counter, children_max=2)
    assert kept("one") is kept("one")
    kept("two")
    assert kept("three") is kept("four") is not kept("one")
    kept("five").inc()
    assert {sample.labels["a"] for sample in counter.collect()[0].samples} == {"one", "two", OTHER}
