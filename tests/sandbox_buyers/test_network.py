"""The demo's network and script are accepted by who reads them."""

import tomllib

from auctiond.sandbox.buyers.laws import usual
from auctiond.sandbox.buyers.offers import destination
from auctiond.sandbox.carrier.phones import read_order, read_phone
from auctiond.sandbox.network import (
    FALLBACK,
    LAST_RESORT_NUMBER,
    SECRET,
    STEADY_NUMBER,
    demo_network,
    tracking_numbers,
    wallets,
)
from auctiond.sandbox.people import person
from auctiond.sandbox.script import JUST_UNDER_S, callers, phones
from buyers.codec import bind
from buyers.library import load_library
from market.money import micros
from routing.network_file import read_network

NETWORK = read_network(demo_network(range(9000, 9020)), "demo.toml", load_library())
DIALLED = [number.number for number in tracking_numbers(4)]


def test_every_target_of_the_demo_can_be_bound():
    library = load_library()
    asked = []
    for target in NETWORK.targets:
        if target.ping:
            bind(library[target.ping.format], target, asked.append)
    assert set(asked) == {f"env:{SECRET}"}


def test_the_demo_uses_all_formats_two_tiers_caps_and_both_kinds_of_static_target():
    (campaign,) = NETWORK.campaigns
    assert len(campaign.tiers) == 2
    assert (campaign.legs_max, campaign.ask_zip.tries, campaign.deadline_ms) == (3, 3, 400)
    assert len({target.ping.format for target in NETWORK.targets if target.ping}) == 4
    assert [target.fallback for target in NETWORK.targets if not target.ping] == [False, True]
    kinds = {(cap.kind, cap.period) for target in NETWORK.targets for cap in target.caps}
    counts = {("calls", "day"), ("connects", "week"), ("billables", "hour")}
    assert kinds == {*counts, ("money", "day"), ("money", "hour")}
    assert any(target.concurrency for target in NETWORK.targets)
    assert all(target.billable_after_s == 3 for target in NETWORK.targets)


def test_one_buyer_is_enough_and_a_hundred_are_not_too_many():
    for count in (1, 100):
        read_network(demo_network(range(9000, 9000 + count)), "demo.toml", load_library())
    assert tomllib.loads(demo_network([9000]))["name"] == "sandbox"


def test_only_the_buyer_of_that_law_is_nearly_broke():
    amounts = dict(wallets(20))
    broke = [f"buyer-{n:02d}" for n, law in enumerate(usual(20)) if law == "low_balance"]
    assert [buyer for buyer, amount in amounts.items() if amount < micros(100)] == broke
    assert amounts.keys() == {buyer.id for buyer in NETWORK.buyers}


def test_every_number_that_may_be_rung_has_a_behaviour_the_carrier_takes():
    told = phones(1, 20)
    for one in told:
        read_phone(one)
    numbers = {destination(n) for n in range(20)}
    assert {one["number"] for one in told} == numbers | {
        STEADY_NUMBER,
        LAST_RESORT_NUMBER,
        FALLBACK,
    }
    assert len({one["behaviour"] for one in phones(1, 200)}) == 4


def test_the_callers_are_the_people_and_the_carrier_takes_their_calls():
    placed = list(callers(1, 300, DIALLED))
    orders = [read_order(one) for one in placed]
    assert [order.caller for order in orders] == [person(1, n).number for n in range(300)]
    scripts = [order.script for order in orders]
    assert {script.zip for script in scripts} >= {"bad", None, person(1, 0).zip}
    assert {script.talk_s for script in scripts} >= {JUST_UNDER_S, 4.0}
    assert 0 < sum(script.hang_up_after_s is not None for script in scripts) < 60
    assert placed == list(callers(1, 300, DIALLED))
