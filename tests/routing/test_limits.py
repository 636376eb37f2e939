"""A call fits into the limits of its target, buyer, campaign and publisher, or is not offered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from market.bids import BuyerId
from market.inputs import Inputs
from market.limits import WEEK_HOURS, ByHour
from market.money import micros
from market.network import Buyer, Cap, Hours
from market.reasons import reason_of
from routing.eligible import Eligible
from routing.narrow import narrowed
from routing.snapshot import compile_network
from tests.routing.worlds import NOON, Books, network, target

NEW_YORK = ZoneInfo("America/New_York")
OPEN = Hours("America/New_York", dict.fromkeys(range(7), ((0, 1440),)))
CALL = Inputs(campaign="auto", publisher="pub")
ONE_A_DAY = (Cap("billables", "day", 1),)


def hours(**limits):
    """Return limits by the hour: h12=5 is at most 5 from 12 to 13, every day."""
    found = [limits.get(f"h{hour % 24}") for hour in range(WEEK_HOURS)]
    return ByHour(tuple(found))


def snapshot_of(*targets, **limits):
    """Return a network where `buyer`, `campaign` or `publisher` has limits."""
    whole = network(*targets, buyer=Buyer(BuyerId("acme"), "Acme", **limits.get("buyer", {})))
    campaign = replace(whole.campaigns[0], **limits.get("campaign", {}))
    publisher = replace(whole.publishers[0], **limits.get("publisher", {}))
    return compile_network(1, replace(whole, campaigns=(campaign,), publishers=(publisher,)))


def reasons(snapshot, books=None, at=NOON):
    targets = snapshot.network.targets
    found = narrowed(Eligible(targets, ()), snapshot, CALL, at, books or Books())
    assert len(found.targets) + len(found.excluded) == len(targets)
    for no_bid in found.excluded:
        assert reason_of(no_bid.reason).stage == "not_pinged"
    left_out = {no_bid.target: no_bid.reason for no_bid in found.excluded}
    return [left_out.get(target.id, "") for target in targets]


def uses(snapshot, at=NOON, target_id="a"):
    found = snapshot.limits.uses(target_id, "auto", "pub", at)
    assert len({use.account for use in found}) == len(found), "an account once"
    return {use.account: use.limit for use in found}


def test_a_network_without_limits_takes_nothing_and_refuses_nobody():
    snapshot = snapshot_of(target("a"))
    assert uses(snapshot) == {}
    assert reasons(snapshot) == [""]


def test_all_targets_of_a_buyer_use_its_caps_together():
    snapshot = snapshot_of(target("a"), target("b"), buyer={"caps": ONE_A_DAY, "concurrency": 2})
    accounts = {"cap:buyer/acme:billables/day:2026-11-23": 1, "slot:buyer/acme": 2}
    assert uses(snapshot, target_id="a") == uses(snapshot, target_id="b") == accounts
    full = Books(held={"cap:buyer/acme:billables/day:2026-11-23": 1})
    assert reasons(snapshot, full) == ["cap:buyer:billables/day"] * 2
    assert reasons(snapshot, Books(held={"slot:buyer/acme": 2})) == ["concurrency:buyer"] * 2


@pytest.mark.parametrize(("who", "id_"), [("campaign", "auto"), ("publisher", "pub")])
def test_who_sells_the_call_may_be_capped_too(who, id_):
    snapshot = snapshot_of(target("a"), **{who: {"caps": ONE_A_DAY}})
    account = f"cap:{who}/{id_}:billables/day:2026-11-23"
    assert uses(snapshot) == {account: 1}
    assert reasons(snapshot, Books({account: -1})) == [f"cap:{who}:billables/day"]
    assert reasons(snapshot, Books({account: 0})) == [""]


def test_a_money_cap_of_a_buyer_asks_for_the_least_price():
    caps = (Cap("money", "day", micros(15)),)
    snapshot = snapshot_of(target("a", price=micros(10)), buyer={"caps": caps})
    account = "cap:buyer/acme:money/day:2026-11-23"
    assert reasons(snapshot, Books({account: -micros(5)})) == [""]
    assert reasons(snapshot, Books({account: -micros(6)})) == ["cap:buyer:money/day"]


def test_a_buyer_and_a_target_of_one_name_have_accounts_of_their_own():
    one = target("acme", caps=ONE_A_DAY, concurrency=1)
    found = uses(snapshot_of(one, buyer={"caps": ONE_A_DAY, "concurrency": 1}), target_id="acme")
    assert len(found) == 4


def test_the_hour_of_the_week_decides_in_the_zone_of_the_target():
    one = target("a", hours=OPEN, cap_by_hour=hours(h7=2))  # 12:00 UTC.
    account = "cap:a:calls/by_hour:2026-11-23T07-0500"
    assert uses(snapshot_of(one)) == {account: 2}
    assert reasons(snapshot_of(one), Books({account: -2})) == ["cap:calls/by_hour"]
    assert uses(snapshot_of(one), NOON + timedelta(hours=1)) == {}


def test_an_hour_of_none_takes_none():
    assert reasons(snapshot_of(target("a", cap_by_hour=hours(h12=0)))) == ["cap:calls/by_hour"]
    assert reasons(snapshot_of(target("a", concurrency_by_hour=hours(h12=0)))) == ["concurrency"]


@pytest.mark.parametrize(("at_once", "of_hour", "slots"), [(5, 2, 2), (5, 9, 5), (5, None, 5)])
def test_the_lower_of_two_slot_limits_holds(at_once, of_hour, slots):
    limits = hours(h12=of_hour, h13=1)
    one = target("a", concurrency=at_once, concurrency_by_hour=limits)
    assert uses(snapshot_of(one)) == {"slot:a": slots}


def test_a_call_from_an_hour_without_a_limit_counts_in_the_next():
    snapshot = snapshot_of(target("a", concurrency_by_hour=hours(h13=1)))
    (slots,) = uses(snapshot).values()
    assert slots > 10**6
    later = NOON + timedelta(hours=1)
    assert reasons(snapshot, Books(held={"slot:a": 1}), later) == ["concurrency"]
    assert reasons(snapshot, Books(held={"slot:a": 1})) == [""]


def test_two_calls_around_midnight_are_of_two_days_of_the_zone():
    one = target("a", hours=OPEN, caps=ONE_A_DAY)
    snapshot = snapshot_of(one, buyer={"caps": ONE_A_DAY, "zone": "America/Los_Angeles"})
    midnight = datetime(2026, 11, 24, tzinfo=NEW_YORK)
    before, after = uses(snapshot, midnight - timedelta(seconds=1)), uses(snapshot, midnight)
    assert set(before) - set(after) == {"cap:a:billables/day:2026-11-23"}
    assert set(after) - set(before) == {"cap:a:billables/day:2026-11-24"}
    assert "cap:buyer/acme:billables/day:2026-11-23" in after  # It is 21:00 there.


@pytest.mark.parametrize(
    ("day", "length", "one_o_clock"),
    [("2026-03-08", 23, 1), ("2026-11-01", 25, 2), ("2026-11-23", 24, 1)],
)
def test_a_day_of_23_or_25_hours_has_one_cap_and_as_many_hourly_ones(day, length, one_o_clock):
    caps = (*ONE_A_DAY, Cap("calls", "hour", 1))
    snapshot = snapshot_of(target("a", hours=OPEN, caps=caps, cap_by_hour=hours(h1=1)))
    start = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK).astimezone(UTC)
    found = [uses(snapshot, start + timedelta(minutes=n)) for n in range(length * 60)]
    accounts = {account for one in found for account in one}
    assert len([name for name in accounts if "/day:" in name]) == 1
    assert len([name for name in accounts if "/hour:" in name]) == length
    assert len([name for name in accounts if "/by_hour:" in name]) == one_o_clock
    assert f"cap:a:billables/day:{day}" not in uses(snapshot, start + timedelta(hours=length))


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        uses(snapshot_of(target("a", caps=ONE_A_DAY)), datetime(2026, 11, 23))  # noqa: DTZ001
