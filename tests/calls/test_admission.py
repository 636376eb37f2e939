"""New calls are taken as fast as they can be served, known before anybody is late."""

from __future__ import annotations

import math

import pytest

from auctiond.jobs.admission import COST_S, LEAST, Admission, pace

TICK_S, SHED_MS = 0.01, 30.0
LATE_MS = 11.0  # How late tasks start for each second of work that waits, as in `bench overload`.


def flood(admission, cost_s, per_s, seconds, others_late_ms=0.0):
    """Offer calls evenly to a loop that has only them to do; return how many were taken."""
    taken, offered, backlog_s = 0, 0.0, 0.0
    for _ in range(round(seconds / TICK_S)):
        offered += per_s * TICK_S
        while offered >= 1:
            offered -= 1
            if admission.has_room():
                admission.begin()
                taken += 1
                backlog_s += cost_s
            else:
                admission.refuse()
        busy_s = min(backlog_s, TICK_S)
        backlog_s -= busy_s
        late_ms = max(backlog_s * LATE_MS, others_late_ms)
        admission.tick(TICK_S, busy_s, pace(late_ms, SHED_MS))
    return taken


@pytest.mark.parametrize("cost_s", [0.003, 0.006, 0.02])
def test_of_a_flood_as_many_are_taken_as_can_be_served(cost_s):
    admission = Admission(SHED_MS)
    flood(admission, cost_s, 10 / cost_s, 5.0)  # It learns.
    assert admission.cost_s == pytest.approx(cost_s, rel=0.3)
    assert flood(admission, cost_s, 10 / cost_s, 10.0) == pytest.approx(10.0 / cost_s, rel=0.3)


def test_the_very_first_of_a_flood_are_counted_and_not_only_those_that_are_late():
    admission = Admission(SHED_MS)
    taken = 0
    while admission.has_room():  # All in one turn of the loop.
        admission.begin()
        taken += 1
    assert taken == pytest.approx(10 * SHED_MS / 1000 / COST_S, abs=1)
    admission.tick(0.1, 0.1)
    assert admission.has_room()


def test_below_what_can_be_served_none_is_refused_whatever_was_learnt_before():
    admission = Admission(SHED_MS, cost_s=0.05)  # As of a machine that was very slow.
    flood(admission, 0.006, 100, 5.0)
    assert flood(admission, 0.006, 100, 5.0) == pytest.approx(500, abs=1)


def test_other_work_does_not_make_a_few_calls_look_dear():
    admission = Admission(SHED_MS, cost_s=0.006)
    for _ in range(1000):
        admission.begin()  # Ten a second; and the loop is half busy with what else there is.
        for _ in range(10):
            admission.tick(TICK_S, 0.0045)
    assert admission.cost_s == 0.006
    assert admission.has_room()


def test_while_all_is_late_fewer_are_taken_but_never_none():
    paces = [pace(late_ms, SHED_MS) for late_ms in (0, 5, 10, 30, 500)]
    assert paces == sorted(paces, reverse=True)
    assert paces[0] > 1 > paces[2] > 0 == paces[3] == paces[4]
    admission = Admission(SHED_MS, cost_s=0.01)
    least = 10.0 * LEAST / 0.01
    burst = 10 * SHED_MS / 1000 / 0.01
    assert flood(admission, 0.01, 1000, 10.0, others_late_ms=500) == pytest.approx(
        least + burst, rel=0.4
    )


def test_without_a_limit_all_are_taken():
    admission = Admission(math.inf)
    for _ in range(10_000):
        admission.begin()
    assert admission.has_room()
