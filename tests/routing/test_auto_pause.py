"""A target that leaves calls unanswered pauses itself, and begins anew when it is resumed."""

from uuid import UUID

import pytest

from market.health import Health, HealthRules, rules_of
from routing.auto_pause import DAY_MS, HOUR_MS, AutoPause, returns_too_many

RULES = HealthRules()
START_MS = 1_795_000_000_000


def noted(*at_ms, state=None):
    state = state or AutoPause()
    for number, at in enumerate(at_ms):
        assert state.note(UUID(int=len(state.at_ms) + 1000 * number + at), at)
    return state


@pytest.mark.parametrize(
    ("minutes", "too_much"),
    [
        ((0, 30), False),
        ((0, 30, 59), True),
        ((0, 30, 61), False),
        ((0, 200, 400, 600), False),
        ((0, 200, 400, 600, 800), True),
        ((0, 400, 800, 1200, 1441), False),
    ],
)
def test_three_in_an_hour_or_five_in_a_day_are_too_much(minutes, too_much):
    times = [START_MS + minute * 60_000 for minute in minutes]
    assert noted(*times).is_too_much(times[-1], RULES) is too_much


def test_a_bound_of_none_never_pauses():
    times = [START_MS + number for number in range(50)]
    state = noted(*times)
    assert not state.is_too_much(times[-1], HealthRules(unanswered_hour=0, unanswered_day=0))
    assert state.is_too_much(times[-1], HealthRules(unanswered_hour=0))


def test_the_same_leg_counts_once():
    state = AutoPause()
    assert state.note(UUID(int=1), START_MS)
    assert not state.note(UUID(int=1), START_MS + 5)
    assert state.count(START_MS + 5, HOUR_MS) == 1


def test_what_is_older_than_a_day_is_forgotten():
    state = noted(START_MS, START_MS + DAY_MS)
    assert state.at_ms == {next(iter(state.at_ms)): START_MS + DAY_MS}


def test_a_pause_ends_in_time_and_one_without_end_by_hand():
    state = AutoPause()
    assert not state.is_paused(START_MS)
    state.pause(START_MS + 10)
    assert [state.is_paused(START_MS + ms) for ms in (0, 9, 10)] == [True, True, False]
    state.pause(None)
    assert state.is_paused(START_MS + DAY_MS)
    state.pause(START_MS)  # A later one with an end does not end it.
    assert state.is_paused(START_MS + DAY_MS)
    state.resume()
    assert not state.is_paused(START_MS)


def test_after_resuming_it_begins_anew():
    state = noted(START_MS, START_MS + 1, START_MS + 2)
    state.pause(None)
    state.resume()
    noted(START_MS + 3, state=state)
    assert not state.is_too_much(START_MS + 3, RULES)


@pytest.mark.parametrize(
    ("sales", "returned", "stopped"),
    [(20, 5, False), (20, 6, True), (19, 19, False), (0, 0, False), (1000, 250, False)],
)
def test_over_a_quarter_of_twenty_sales_returned_stops_a_target(sales, returned, stopped):
    assert returns_too_many(sales, returned, RULES) is stopped


def test_no_percentage_is_no_stop():
    assert not returns_too_many(100, 100, HealthRules(returns_percent=0))


def test_a_target_says_more_than_its_network_and_that_more_than_the_default():
    own, network = Health(pings_max=5), Health(pings_max=9, throttle="on")
    assert rules_of(own, network) == HealthRules(pings_max=5, throttle="on")
    assert rules_of(None, network) == HealthRules(pings_max=9, throttle="on")
    assert rules_of(None, None) == HealthRules()
    assert rules_of(Health(unanswered_hour=0)).unanswered_hour == 0
