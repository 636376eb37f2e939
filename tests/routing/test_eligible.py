"""Every target of a tier may have the call, or there is one reason why not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from market.bids import BuyerId
from market.condition import Comparison
from market.money import micros
from market.network import Buyer, Cap, Filter, PingTarget, Publisher
from market.pricing import Modifier
from market.reasons import reason_of
from market.schedule import Hours
from routing.eligible import eligible
from routing.snapshot import compile_network
from tests.routing.worlds import NOON, Books, network, target

TEXAS = {"state": "TX", "zip": "78701", "area_code": "512"}
ONE_DAY = (Cap("calls", "day", 2),)
SUNDAYS = Hours("UTC", {6: ((0, 1440),)})
PING = PingTarget("plain_json", "https://buyer.example/ping")


def ask(*targets, books=None, facts=TEXAS, at=NOON, **more):
    snapshot = compile_network(1, network(*targets, **more))
    return eligible(snapshot, "auto", 0, facts, at, books or Books())


def reason(one, books=None, facts=TEXAS, **more):
    """Return why `one` may not have the call, or ""; it is in exactly one of the two lists."""
    found = ask(one, books=books, facts=facts, **more)
    assert len(found.targets) + len(found.excluded) == 1
    reasons = [no.reason for no in found.excluded]
    for code in reasons:
        assert reason_of(code).stage == "not_pinged"
    return "".join(reasons)


def test_a_target_without_rules_takes_every_call():
    assert reason(target("a")) == ""
    assert reason(target("a"), facts={}) == ""


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (target("a", paused=True), "paused"),
        (target("a", hours=SUNDAYS), "schedule"),
        (target("a", filters=(Filter("state", any_of=("CA",)),)), "filter:state"),
        (target("a", filters=(Filter("zip", none_of=("787*",)),)), "filter:zip"),
        (target("a", filters=(Filter("ivr.insured", none_of=("no",)),)), "filter:ivr.insured"),
        (target("a", required=("zip", "ivr.insured")), "missing_field:ivr.insured"),
        (target("a", filters=(Filter("vertical", any_of=("solar",)),)), "filter:vertical"),
    ],
)
def test_a_rule_that_is_broken_is_named(one, expected):
    assert reason(one) == expected


NO_TEXAS = Modifier("reject", condition=Comparison("state", "in", ("TX",)))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "consent_missing:trustedform"),
        ({"consent.trustedform": "N"}, "consent_missing:trustedform"),
        ({"consent.trustedform": "Y"}, "consent_missing:jornaya"),
        ({"consent.trustedform": "Y", "consent.jornaya": "Y"}, ""),
    ],
)
def test_each_certificate_that_a_target_wants_must_be_there(facts, expected):
    assert reason(target("a", consent=("trustedform", "jornaya")), facts=facts) == expected


def test_a_modifier_that_rejects_is_a_reason_before_the_ping():
    assert reason(target("a", modifiers=(NO_TEXAS,)), facts={"state": "TX"}) == "modifier"
    assert reason(target("a", modifiers=(NO_TEXAS,)), facts={"state": "CA"}) == ""


@pytest.mark.parametrize(
    ("publisher", "expected"),
    [
        (Publisher("pub", "Pub", blocked_buyers=("acme",)), "blocked_pair"),
        (Publisher("pub", "Pub", blocked_targets=("a",)), "blocked_pair"),
        (Publisher("pub", "Pub", blocked_targets=("b",)), ""),
        (Publisher("other", "Other", blocked_targets=("a",)), ""),
    ],
)
def test_a_blocked_pair_is_one_of_publisher_and_buyer_or_target(publisher, expected):
    net = replace(network(target("a"), target("b")), publishers=(publisher,))
    snapshot = compile_network(1, net)
    found = eligible(snapshot, "auto", 0, {"publisher": "pub"}, NOON, Books())
    assert {no.target: no.reason for no in found.excluded}.get("a", "") == expected


def test_rules_that_hold_are_no_reason():
    rules = (Filter("state", ("TX",)), Filter("vertical", ("auto_insurance",)))
    assert reason(target("a", filters=rules, required=("zip",))) == ""


def test_a_paused_buyer_pauses_all_its_targets():
    assert reason(target("a"), buyer=Buyer(BuyerId("acme"), "Acme", paused=True)) == "paused"


def test_the_answer_that_is_missing_is_named_before_the_filter_on_it():
    one = target("a", required=("zip",), filters=(Filter("zip", any_of=("787*",)),))
    assert reason(one, facts={"state": "TX"}) == "missing_field:zip"


@pytest.mark.parametrize(
    ("posted", "held", "expected"),
    [(0, 1, ""), (-1, 0, ""), (-1, 1, "cap:calls/day"), (0, 2, "cap:calls/day")],
)
def test_calls_under_way_count_as_much_as_calls_sold(posted, held, expected):
    account = "cap:a:calls/day:2026-11-23"
    books = Books({account: posted}, {account: held})
    assert reason(target("a", caps=ONE_DAY), books) == expected


def test_a_cap_begins_anew_in_its_next_window():
    books = Books({"cap:a:calls/day:2026-11-23": -2})
    one = target("a", caps=ONE_DAY)
    assert reason(one, books) == "cap:calls/day"
    assert reason(one, books, at=datetime(2026, 11, 24, tzinfo=UTC)) == ""


def test_each_target_goes_by_its_own_clock():
    def hours(zone):
        return Hours(zone, {0: ((420, 480),)})  # Mondays from seven to eight.

    east, west = target("e", hours=hours("America/New_York")), target("w", hours=hours("UTC"))
    assert [one.id for one in ask(west, east, at=NOON).targets] == ["e"]
    seven = NOON.replace(hour=7)
    assert [one.id for one in ask(east, west, at=seven).targets] == ["w"]


def test_a_cap_of_money_must_have_room_for_the_price():
    one = target("a", price=micros(30), caps=(Cap("money", "ever", micros(100)),))
    assert reason(one, Books({"cap:a:money/ever:ever": -micros(70)})) == ""
    assert reason(one, Books({"cap:a:money/ever:ever": -micros(71)})) == "cap:money/ever"


def test_a_target_on_as_many_calls_as_it_takes_gets_no_more():
    one = target("a", concurrency=2)
    assert reason(one, Books(held={"slot:a": 1})) == ""
    assert reason(one, Books(held={"slot:a": 2})) == "concurrency"


def test_a_wallet_must_hold_the_static_price():
    one = target("a", price=micros(10))
    assert reason(one, Books({"wallet:acme": micros(10)})) == ""
    assert reason(one, Books({"wallet:acme": micros(10) - 1})) == "balance"
    assert reason(one, Books({"wallet:acme": micros(20)}, {"wallet:acme": micros(11)})) == "balance"


def test_credit_counts_as_money():
    buyer = Buyer(BuyerId("acme"), "Acme", credit=micros(15))
    assert reason(target("a"), Books({"wallet:acme": -micros(5)}), buyer=buyer) == ""
    assert reason(target("a"), Books({"wallet:acme": -micros(6)}), buyer=buyer) == "balance"


def test_a_bidder_must_be_able_to_pay_the_reserve_and_at_least_something():
    one = target("a", ping=PING, price=None)
    assert reason(one, Books({"wallet:acme": 0})) == "balance"
    assert reason(one, Books({"wallet:acme": 1})) == ""
    assert reason(one, Books({"wallet:acme": 1}), reserve=micros(5)) == "balance"
    assert reason(one, Books({"wallet:acme": micros(5)}), reserve=micros(5)) == ""


def test_an_agreed_price_is_not_the_least_that_a_bidder_could_pay():
    one = target("a", ping=PING, price=micros(50))
    assert reason(one, Books({"wallet:acme": micros(5)}), reserve=micros(5)) == ""


def test_targets_come_in_routing_order_and_each_other_with_its_own_reason():
    targets = [target("d"), target("b", paused=True), target("c"), target("a", hours=SUNDAYS)]
    found = ask(*targets)
    assert [one.id for one in found.targets] == ["d", "c"]
    assert [(no.target, no.reason) for no in found.excluded] == [("b", "paused"), ("a", "schedule")]


def test_an_account_is_never_asked_for_when_the_facts_already_decide():
    class Closed:
        def available(self, account):
            raise AssertionError(account)

    one = target("a", caps=ONE_DAY, filters=(Filter("state", ("CA",)),))
    assert ask(one, books=Closed()).excluded[0].reason == "filter:state"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="zone"):
        ask(target("a"), at=NOON.replace(tzinfo=None))


def test_a_snapshot_finds_what_the_network_has():
    net = network(target("a"), target("b"), deadline_ms=None)
    net = replace(net, campaigns=(replace(net.campaigns[0], reserve=micros(3), deadline_ms=900),))
    snapshot = compile_network(7, net)
    assert snapshot.version == 7
    assert snapshot.number("+12125550100") == net.numbers[0]
    assert snapshot.number("+12125559999") is None
    assert snapshot.campaign("auto") == net.campaigns[0]
    assert snapshot.publisher("pub") == net.publishers[0]
    assert snapshot.buyer(net.buyers[0].id) == net.buyers[0]
    assert snapshot.target(net.targets[1].id) == net.targets[1]
    tier = snapshot.tier("auto", 0)
    assert [one.target.id for one in tier.candidates] == ["a", "b"]
    assert (tier.reserve, tier.deadline_ms, tier.strategy) == (micros(3), 900, "auction")


def test_a_tier_has_its_own_reserve_and_deadline_before_its_campaigns():
    tier = compile_network(1, network(target("a"), reserve=micros(9), deadline_ms=400)).tier(
        "auto", 0
    )
    assert (tier.reserve, tier.deadline_ms) == (micros(9), 400)
