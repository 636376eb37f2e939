"""Limits in the network file: read, written back, and refused with what would be right."""

import pytest

from market.limits import WEEK_HOURS
from routing.network_file import read_network, write_network
from tests.routing.small_file import SMALL, changed, only, problems

HOURLY = """
[target.cap_by_hour]
kind = "connects"
mon-fri = "09-17: 5, 17-24: 2"
sun = "00-24: 0"

[target.concurrency_by_hour]
tue = "08-09: 3"
"""
BUYER = 'name = "Acme"'
LIMITED = """name = "Acme"
zone = "America/New_York"
concurrency = 4

[[buyer.cap]]
kind = "billables"
period = "month"
limit = 100
"""


def test_limits_by_the_hour_are_a_number_for_each_hour_of_the_week():
    target = read_network(SMALL + HOURLY, "net.toml").targets[1]
    limits = target.cap_by_hour.limits
    assert target.cap_by_hour.kind == "connects"
    assert len(limits) == WEEK_HOURS
    assert limits[8:18] == (None, *[5] * 8, 2)  # Monday.
    assert set(limits[120:144]) == {None}  # Saturday.
    assert set(limits[144:]) == {0}
    slots = target.concurrency_by_hour.limits
    assert [hour for hour, most in enumerate(slots) if most == 3] == [32]


@pytest.mark.parametrize(
    ("old", "new"), [(BUYER, LIMITED), ("limit = 5\n", "limit = 5\n" + HOURLY)]
)
def test_limits_are_written_so_that_they_read_back(old, new):
    network = read_network(changed(old, new), "net.toml")
    assert read_network(write_network(network), "export") == network


def test_hours_that_are_the_same_are_written_as_one_span():
    written = write_network(read_network(SMALL + HOURLY, "net.toml"))
    assert 'wed = "09-17: 5, 17-24: 2"' in written
    assert "sat" not in written


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("limit = 5", "limit = -1", "target[1].cap[0].limit"),
        ("limit = 5", 'limit = "-1"', "target[1].cap[0].limit"),
        ('price = "12.50"', 'price = "12.50"\nconcurrency = -1', "target[1].concurrency"),
        (BUYER, f"{BUYER}\nconcurrency = -1", "buyer[0].concurrency"),
    ],
)
def test_who_writes_minus_one_for_no_limit_is_told_to_leave_it_out(old, new, key):
    problem = only(changed(old, new))
    assert problem.key == key
    assert "leave it out" in problem.right


@pytest.mark.parametrize(
    ("day", "text"),
    [
        ("mon", '"09-17"'),
        ("mon", '"17-09: 5"'),
        ("mon", '"09-09: 5"'),
        ("mon", '"09-25: 5"'),
        ("mon", '"09:30-17: 5"'),
        ("mon", '"09-17: -1"'),
        ("mon", "5"),
        ("mon", '"09-17: 5, 16-18: 2"'),
        ("fri-mon", '"09-17: 5"'),
        ("day", '"09-17: 5"'),
        ("kind", '"money"'),
    ],
)
def test_hours_that_are_none_are_refused(day, text):
    noted = problems(f'{SMALL}\n[target.cap_by_hour]\n{day} = {text}\ntue = "00-24: 1"')
    assert [problem.key for problem in noted] == [f"target[1].cap_by_hour.{day}"]
    assert noted[0].right


def test_a_day_that_is_named_twice_is_refused():
    text = f'{SMALL}\n[target.cap_by_hour]\nmon-fri = "09-17: 5"\ntue = "09-10: 1"'
    assert only(text).key == "target[1].cap_by_hour.tue"


def test_a_table_without_any_limit_is_refused():
    assert "at least one" in only(f"{SMALL}\n[target.cap_by_hour]\n").right


def test_slots_count_calls_and_nothing_else():
    text = f'{SMALL}\n[target.concurrency_by_hour]\nkind = "calls"\nmon = "00-24: 1"'
    assert only(text).key == "target[1].concurrency_by_hour.kind"


@pytest.mark.parametrize("zone", ['"America/LA"', '"../etc/passwd"', "5"])
def test_a_zone_that_is_none_is_refused(zone):
    assert only(changed(BUYER, f"{BUYER}\nzone = {zone}")).key == "buyer[0].zone"


def test_a_kind_and_period_twice_is_refused():
    cap = '\n[[target.cap]]\nkind = "calls"\nperiod = "day"\nlimit = 9\n'
    assert only(SMALL + cap).found == "a second cap of calls/day"
