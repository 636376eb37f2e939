"""What a bid counts for is never more than its price, and a ceiling is never too low."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import BuyerId, NoBid, TargetId
from market.money import Micros, micros
from market.network import Buyer, PingTarget, Publisher
from market.pricing import Modifier, ReserveStep
from routing.rank import rank
from routing.snapshot import compile_network
from routing.terms import onward_bid, worth_of
from routing.worth import Reserve, plain
from tests.routing.worlds import bid, network, target

PING = PingTarget("plain_json", "https://buyer.example/ping")
ADD, HALF = Modifier("add", 5_000_000), Modifier("multiply", 500_000)
STEPS = (ReserveStep(60.0, micros(20)), ReserveStep(120.0, micros(30)))


def pinged(id_="a", **more):
    return target(id_, ping=PING, price=None, **more)


def worth(*targets, buyer=None, publisher=None, campaign=None, chances=None, **facts):
    net = network(*targets, buyer=buyer)
    net = replace(net, publishers=(publisher or Publisher("pub", "Pub"),))
    net = replace(net, campaigns=(replace(net.campaigns[0], **(campaign or {})),))
    snapshot = compile_network(1, net)
    return worth_of(snapshot, "auto", 0, {"publisher": "pub", **facts}, chances or {})


def counts(terms, dollars, id_="a", **more):
    counted = terms.counted(bid(id_, dollars, **more))
    return counted.reason if isinstance(counted, NoBid) else counted.effective


def test_without_terms_a_bid_counts_for_its_price():
    assert counts(worth(pinged()), 20) == micros(20)


def test_margin_and_penalty_are_taken_off():
    assert counts(worth(pinged(margin_percent=15)), 20) == micros(17)
    assert counts(worth(pinged(penalty=micros(3))), 20) == micros(17)
    assert counts(worth(pinged(margin_percent=50, penalty=micros(3))), 20) == micros(7)


def test_the_targets_own_terms_come_before_the_buyers_and_those_before_the_publishers():
    buyer = Buyer(BuyerId("acme"), "Acme", margin_percent=10, penalty=micros(1))
    publisher = Publisher("pub", "Pub", margin_percent=50, penalty=micros(5))
    own = pinged(margin_percent=0, penalty=Micros(0))
    assert counts(worth(own, buyer=buyer, publisher=publisher), 20) == micros(20)
    assert counts(worth(pinged(), buyer=buyer, publisher=publisher), 20) == micros(17)
    assert counts(worth(pinged(), publisher=publisher), 20) == micros(5)
    assert counts(worth(pinged(penalty=micros(2)), publisher=publisher), 20) == micros(8)


def test_a_bid_of_which_nothing_is_left_does_not_get_the_call():
    assert counts(worth(pinged(penalty=micros(20))), 20) == "margin"
    assert counts(worth(pinged(margin_percent=100)), 20) == "margin"
    assert counts(worth(pinged(modifiers=(Modifier("override", 0),))), 20) == "margin"


def test_modifiers_change_what_a_bid_counts_for_and_never_over_its_price():
    assert counts(worth(pinged(modifiers=(HALF,))), 20) == micros(10)
    assert counts(worth(pinged(modifiers=(ADD,))), 20) == micros(20)
    assert counts(worth(pinged(modifiers=(HALF, ADD))), 20) == micros(15)


def test_the_price_of_a_bid_stays_what_the_buyer_bid():
    terms = worth(pinged(modifiers=(HALF,), margin_percent=10))
    counted = terms.counted(bid("a", 20))
    assert (counted.price, counted.effective) == (micros(20), micros(9))


def test_modifiers_change_what_a_static_target_pays_up_to_its_bound():
    terms = worth(one := target("a", modifiers=(ADD,), price_max=micros(50)))
    standing = terms.standing_bid(one)
    assert (standing.price, standing.effective) == (micros(15), micros(15))
    assert terms.counted(standing) == standing  # Once, and not once more.
    assert terms.ceiling(one) == micros(15)
    bounded = target("a", modifiers=(ADD,), price_max=micros(12))
    assert worth(bounded).standing_bid(bounded).price == micros(12)


def test_a_chance_makes_a_bid_count_for_what_it_is_expected_to_earn():
    terms = worth(pinged(), pinged("b"), chances={TargetId("a"): 250_000, TargetId("b"): 1_000_000})
    assert counts(terms, 20) == micros(5)
    assert counts(terms, 6, "b") == micros(6)
    bids = [bid("a", 20), bid("b", 6)]
    order = [pinged("a"), pinged("b")]
    ranking = rank(bids, strategy="auction", worth=terms, order=order, seed=b"", turn=0)
    assert [(one.target, one.price) for one in ranking.ranked] == [
        ("b", micros(6)),
        ("a", micros(20)),
    ]


@pytest.mark.parametrize(
    ("billable_s", "dollars"), [(0, 5), (59.9, 5), (60, 20), (119, 20), (120, 30), (7200, 30)]
)
def test_the_reserve_goes_by_the_billable_duration_of_the_bid(billable_s, dollars):
    assert Reserve(micros(5), STEPS).of(billable_s) == micros(dollars)


def test_a_long_bid_must_reach_the_reserve_of_long_ones():
    terms = worth(pinged(), campaign={"reserve_steps": STEPS})
    long, short = bid("a", 25), replace(bid("a", 25), billable_after_s=60.0)
    assert terms.counted(short).effective == micros(25)
    assert terms.counted(replace(long, billable_after_s=120.0)).reason == "below_reserve"


def test_of_all_reserves_the_highest_holds():
    publisher = Publisher("pub", "Pub", reserve=micros(8), reserve_steps=STEPS[1:])
    terms = worth(
        pinged(), publisher=publisher, campaign={"reserve": micros(6), "reserve_steps": STEPS[:1]}
    )
    assert terms.reserve.least == micros(8)
    assert [terms.reserve.of(s) for s in (30, 90, 150)] == [micros(8), micros(20), micros(30)]


def test_a_tiers_steps_stand_in_place_of_its_campaigns():
    net = network(pinged(), reserve_steps=STEPS[1:])
    net = replace(net, campaigns=(replace(net.campaigns[0], reserve_steps=STEPS[:1]),))
    terms = worth_of(compile_network(1, net), "auto", 0, {})
    assert terms.reserve.steps == STEPS[1:]


def test_what_we_bid_onward_is_modified_by_the_campaign_and_then_by_the_publisher():
    net = network(pinged())
    net = replace(
        net,
        campaigns=(replace(net.campaigns[0], modifiers=(HALF,)),),
        publishers=(Publisher("pub", "Pub", modifiers=(ADD,)),),
    )
    snapshot = compile_network(1, net)
    onward = onward_bid(snapshot, "auto", "pub", {}, micros(20), micros(100))
    assert onward == micros(15)
    assert onward_bid(snapshot, "auto", "pub", {}, micros(20), micros(12)) == micros(12)


MODIFIERS = st.lists(
    st.one_of(
        st.integers(-(10**7), 10**7).map(lambda amount: Modifier("add", amount)),
        st.integers(0, 3 * 10**6).map(lambda amount: Modifier("multiply", amount)),
        st.integers(0, 10**8).map(lambda amount: Modifier("override", amount)),
    ),
    max_size=3,
).map(tuple)


@given(
    MODIFIERS,
    st.integers(0, 100),
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.integers(1, 5 * 10**8),
    st.integers(1, 5 * 10**8),
)
def test_no_bid_counts_for_more_than_its_price_or_than_the_ceiling(
    modifiers, margin, penalty, chance, price, most
):
    """The ceiling lets an auction end early: too low, and a better bid would be lost."""
    low, high = sorted((price, most))
    one = pinged(
        modifiers=modifiers, margin_percent=margin, penalty=Micros(penalty), price_max=Micros(high)
    )
    terms = worth(one, chances={one.id: chance})
    counted = terms.counted(replace(bid("a", 1), price=Micros(low)))
    effective = 0 if isinstance(counted, NoBid) else counted.effective
    assert effective <= low
    assert effective <= terms.ceiling(one)


def test_a_ceiling_under_the_reserve_is_none():
    assert plain(micros(10)).ceiling(target("a", price=micros(9))) == 0
    assert worth(one := pinged(penalty=micros(900))).ceiling(one) == 0
