"""Ping caps of targets, buyers and publishers, by the minute and by the day of their zones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import BuyerId
from market.network import Buyer, Hours, PingTarget
from market.reasons import reason_of
from routing.ping_caps import PingCap, PingCounts, compile_ping_caps
from tests.routing.small_file import changed, only
from tests.routing.worlds import NOON, network, target

NOON_MS = int(NOON.timestamp() * 1000)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
PING = PingTarget("plain_json", "https://a.example")
NEW_YORK = Hours("America/New_York", {0: ((0, 1440),)})


def caps_of(*, own=None, buyer=None, publisher=None, hours=None):
    one = target("a", ping=PING, hours=hours, **(own or {}))
    other = target("b", ping=PING)
    whole = network(one, other, buyer=Buyer(BuyerId("acme"), "Acme", **(buyer or {})))
    seller = replace(whole.publishers[0], **(publisher or {}))
    return compile_ping_caps(replace(whole, publishers=(seller,)))


def taken(caps, counts, times, at_ms=NOON_MS, name="a"):
    """Return why each of some pings may not go out, or ""."""
    return [counts.take(caps.of(name, "pub"), at_ms) for _ in range(times)]


def test_nobody_who_has_no_cap_is_counted():
    caps = caps_of()
    assert caps.of("a", "pub") == ()
    assert caps_of(own={"pings_per_day": 1}).of("b", "pub") == ()


def test_a_static_target_is_never_pinged_and_has_no_cap():
    assert compile_ping_caps(network(target("a", pings_per_day=1))).targets == {}


@pytest.mark.parametrize(
    ("whose", "reason"),
    [
        ({"own": {"pings_per_minute": 2}}, "ping_cap:minute"),
        ({"own": {"pings_per_day": 2}}, "ping_cap:day"),
        ({"buyer": {"pings_per_minute": 2}}, "ping_cap:buyer:minute"),
        ({"publisher": {"pings_per_day": 2}}, "ping_cap:publisher:day"),
    ],
)
def test_so_many_pings_go_out_and_the_next_has_a_reason(whose, reason):
    assert taken(caps_of(**whose), PingCounts(), 3) == ["", "", reason]
    assert reason_of(reason).stage == "not_pinged"


def test_all_targets_of_a_buyer_count_together_and_a_ping_that_does_not_go_counts_nowhere():
    caps = caps_of(own={"pings_per_minute": 1}, buyer={"pings_per_minute": 3})
    counts = PingCounts()
    assert taken(caps, counts, 9)[-1] == "ping_cap:minute"
    assert taken(caps, counts, 3, name="b") == ["", "", "ping_cap:buyer:minute"]


def test_a_minute_is_the_clocks_and_begins_anew():
    caps, counts = caps_of(own={"pings_per_minute": 1}), PingCounts()
    for at_ms, reason in ((0, ""), (59_999, "ping_cap:minute"), (60_000, ""), (119_999, "x")):
        assert bool(counts.take(caps.of("a", "pub"), NOON_MS + at_ms)) == bool(reason)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-23", 24)]
)
def test_a_day_is_as_long_as_the_zone_says(day, hours):
    caps, counts = caps_of(own={"pings_per_day": 1}, hours=NEW_YORK), PingCounts()
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("America/New_York"))
    start_ms = int(midnight.timestamp() * 1000)
    end_ms = start_ms + hours * HOUR_MS
    found = [bool(taken(caps, counts, 1, at)[0]) for at in (start_ms, end_ms - 1, end_ms)]
    assert found == [False, True, False]


def test_what_was_kept_goes_on_and_what_is_over_does_not():
    caps, first = caps_of(own={"pings_per_day": 3, "pings_per_minute": 9}), PingCounts()
    taken(caps, first, 2)
    kept = first.of_days(NOON_MS)
    assert [(count.meter, count.pings) for count in kept] == [("target/a day", 2)]
    assert first.of_days(NOON_MS + 24 * HOUR_MS) == []
    again = PingCounts()
    again.restore(kept)
    assert taken(caps, again, 2) == ["", "ping_cap:day"]
    assert taken(caps, again, 1, NOON_MS + 24 * HOUR_MS) == [""]


@given(st.lists(st.integers(0, 5 * MINUTE_MS), max_size=60), st.integers(1, 5))
def test_no_minute_ever_has_more_pings_than_its_cap(moments, limit):
    cap = PingCap("target/a minute", "minute", limit, ZoneInfo("UTC"), "ping_cap:minute")
    counts, sent = PingCounts(), {}
    for at_ms in sorted(moments):
        if not counts.take((cap,), at_ms):
            sent[at_ms // MINUTE_MS] = sent.get(at_ms // MINUTE_MS, 0) + 1
    assert all(pings <= limit for pings in sent.values())
    wanted = dict.fromkeys(sent, 0)
    for at_ms in moments:
        wanted[at_ms // MINUTE_MS] += 1
    assert sent == {minute: min(limit, pings) for minute, pings in wanted.items()}


@pytest.mark.parametrize("key", ["pings_per_minute", "pings_per_day"])
def test_a_cap_of_minus_one_or_of_a_target_that_is_not_pinged_is_refused(key):
    assert "leave it out" in only(changed('id = "west"', f'id = "west"\n{key} = -1')).right
    assert only(changed('id = "desk"', f'id = "desk"\n{key} = 5')).key == f"target[1].{key}"
