"""A target that fails gets fewer pings, always some, and all of them again when it is well."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.health import HealthRules
from routing.ping_health import (
    CUT,
    LIMIT_LEAST,
    PRIOR,
    PingHealth,
    held_share,
    verdict_of,
)

WINDOW_S = 0.8


def fresh(most=64):
    return PingHealth(HealthRules(throttle="on", pings_max=most), most)


def ping(state, result, took_s=0.1, at_s=0.0):
    """Send a ping at `at_s`; return when it ended."""
    state.began()
    state.ended(result, at_s, at_s + took_s, at_s + WINDOW_S)
    return at_s + took_s


def pings(state, result, count, every_s=0.1, at_s=0.0, took_s=0.1):
    for number in range(count):
        ping(state, result, took_s, at_s + number * every_s)
    return at_s + count * every_s


def reasons(state, now_s, draw=0.0, rules=None, remaining_s=WINDOW_S):
    state.rules = rules or state.rules
    found = [(one.reason, one.mode) for one in state.hold_backs(remaining_s, now_s, draw)]
    if found and draw == 0.0:
        assert not state.is_well(math.log(remaining_s))
    return found


@pytest.mark.parametrize(
    ("result", "in_time", "verdict"),
    [
        ("bid", True, "good"),
        ("bid", False, "bad"),  # Late.
        ("reject:no_coverage", True, "good"),
        ("unparseable", True, "good"),  # Nonsense in time is no sign of overload.
        ("http:503", True, "bad"),
        ("http:429", True, "bad"),
        ("http:404", True, "good"),
        ("timeout", False, "bad"),
        ("timeout", True, "none"),  # The caller left.
        ("connect_error", True, "bad"),
        ("tls_error", True, "bad"),
        ("dropped", True, "bad"),
        ("throttled", True, "none"),
        ("refused_address", False, "none"),
    ],
)
def test_what_a_result_says_of_the_server(result, in_time, verdict):
    assert verdict_of(result, in_time) == verdict


def test_one_failure_is_chance():
    state = fresh()
    now_s = ping(state, "connect_error")
    assert state.badness(now_s) == pytest.approx(1 / (1 + PRIOR))
    assert reasons(state, now_s) == []


def test_a_dead_target_gets_one_ping_in_ten_and_never_fewer():
    state = fresh(1000)
    now_s = pings(state, "connect_error", 3000)
    share = held_share(state.badness(now_s))
    assert 0.85 < share <= 0.9
    assert reasons(state, now_s, draw=0.5) == [("throttled:health", "on")]
    assert reasons(state, now_s, draw=0.9) == []


@given(st.floats(0, 1))
def test_at_least_a_tenth_passes_whatever_fails(badness):
    assert 0.0 <= held_share(badness) <= 0.9


def test_failures_fade_with_time_alone():
    state = fresh()
    now_s = pings(state, "timeout", 200, took_s=WINDOW_S + 0.1)
    assert reasons(state, now_s) != []
    assert [one for one in reasons(state, now_s + 900) if one[0] == "throttled:health"] == []


def test_a_target_that_is_well_again_gets_all_its_pings_back():
    state = fresh(1000)
    now_s = pings(state, "http:503", 600)
    chance, sent = random.Random(5), 0
    for _ in range(3000):  # Five minutes of ten pings a second, those sent answered.
        now_s += 0.1
        if not reasons(state, now_s, chance.random()):
            sent += 1
            ping(state, "bid", 0.02, now_s)
    assert reasons(state, now_s) == []
    assert sent > 1500


def test_dark_mode_says_what_it_would_do_and_off_says_nothing():
    state = fresh(1000)
    now_s = pings(state, "connect_error", 300)
    assert reasons(state, now_s, rules=HealthRules()) == [("throttled:health", "watch")]
    assert reasons(state, now_s, rules=HealthRules(throttle="off")) == []


def test_the_limit_holds_pings_back_and_an_answer_makes_room():
    state = fresh(2)
    state.began()
    assert reasons(state, 0.0) == []
    state.began()
    assert reasons(state, 0.0) == [("throttled:limit", "on")]
    state.ended("bid", 0.0, 0.1, WINDOW_S)
    assert reasons(state, 0.1) == []


def test_a_burst_of_failures_cuts_the_limit_once():
    state = fresh(64)
    for _ in range(50):
        state.began()
    for number in range(50):
        state.ended("timeout", 0.0, 1.8 + number / 1000, WINDOW_S)
    assert state.limit == 64 * CUT


def test_the_limit_falls_to_its_least_and_rises_only_while_it_is_used():
    state = fresh(64)
    now_s = pings(state, "http:500", 200)
    assert state.limit == LIMIT_LEAST
    pings(state, "bid", 50, at_s=now_s)  # One at a time: the limit is not in use.
    assert state.limit == LIMIT_LEAST
    for _ in range(400):
        for _ in range(int(state.limit)):
            state.began()
        while state.out:
            state.ended("bid", now_s, now_s + 0.1, now_s + WINDOW_S)
    assert state.limit == 64


def test_a_ping_that_ends_with_its_call_tells_nothing():
    state = fresh()
    ping(state, "timeout", took_s=0.3)
    assert (state.out, state.heard, state.samples) == (0, 0.0, 0.0)


def test_a_target_that_usually_takes_longer_than_there_is_time_is_spared():
    state = fresh(1000)
    now_s = pings(state, "bid", 30, took_s=0.5)
    assert state.usual_s(now_s) == pytest.approx(0.5)
    assert reasons(state, now_s, remaining_s=0.6) == []
    assert reasons(state, now_s, remaining_s=0.4) == [("too_slow", "on")]
    assert reasons(state, now_s, draw=0.9, remaining_s=0.4) == []
    watch = HealthRules(skip_slow="watch")
    assert reasons(state, now_s, rules=watch, remaining_s=0.4) == [("too_slow", "watch")]
    assert reasons(state, now_s, rules=HealthRules(skip_slow="off"), remaining_s=0.4) == []


def test_nothing_is_usual_of_a_few_answers_or_of_old_ones():
    state = fresh(1000)
    now_s = pings(state, "bid", 8, took_s=5.0)
    assert state.usual_s(now_s) is None
    now_s = pings(state, "bid", 20, took_s=5.0, at_s=now_s)
    assert state.usual_s(now_s) is not None
    assert state.usual_s(now_s + 3600) is None


def test_a_slow_target_comes_back_by_a_few_quick_probes():
    state = fresh(1000)
    now_s = pings(state, "timeout", 100, took_s=1.8)
    assert "too_slow" in [reason for reason, _ in reasons(state, now_s)]
    now_s = pings(state, "bid", 6, took_s=0.05, at_s=now_s)
    assert "too_slow" not in [reason for reason, _ in reasons(state, now_s)]


def test_a_refused_connection_is_no_quick_answer():
    state = fresh(1000)
    pings(state, "connect_error", 50, took_s=0.001)
    assert state.samples == 0


def test_slow_and_failing_together_still_leave_one_ping_in_ten():
    state = fresh(1000)
    now_s = pings(state, "timeout", 3000, took_s=WINDOW_S + 1.0)
    passed = sum(not reasons(state, now_s, draw=number / 1000) for number in range(1000))
    assert passed >= 100


@given(st.lists(st.sampled_from(["bid", "timeout", "http:500", "throttled"]), max_size=60))
def test_pings_out_are_counted_and_the_limit_keeps_its_bounds(results):
    state = fresh(20)
    for number, result in enumerate(results):
        ping(state, result, 1.0, number / 10)
        assert LIMIT_LEAST <= state.limit <= 20
    assert state.out == 0
