"""Bids are ranked by their tier's strategy, and the same bids always alike."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import Micros, micros
from market.network import PingTarget
from routing.rank import STRATEGIES, pick, rank
from routing.worth import plain
from tests.routing.worlds import bid, target

ORDER = [target(name) for name in "abcd"]
PING = PingTarget("plain_json", "https://buyer.example/ping")
BIDS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(0, 30), st.booleans()), unique_by=lambda b: b[0]
)


def ranked(bids, strategy="auction", reserve=0, order=ORDER, seed=b"call", turn=0):
    ranking = rank(
        bids, strategy=strategy, worth=plain(micros(reserve)), order=order, seed=seed, turn=turn
    )
    return [one.target for one in ranking.ranked]


def test_the_highest_price_wins_an_auction():
    assert ranked([bid("a", 10), bid("b", 30), bid("c", 20)]) == ["b", "c", "a"]


def test_a_tie_goes_by_routing_order_and_not_by_who_was_first():
    assert ranked([bid("c", 10), bid("a", 10), bid("b", 10)]) == ["a", "b", "c"]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_bid_below_the_reserve_is_out_and_one_at_it_is_in(strategy):
    bids = [bid("a", "4.999999"), bid("b", 5)]
    ranking = rank(bids, strategy=strategy, worth=plain(micros(5)), order=ORDER, seed=b"", turn=0)
    assert [one.target for one in ranking.ranked] == ["b"]
    assert [(no.target, no.reason) for no in ranking.others] == [("a", "below_reserve")]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_fallback_stands_behind_everybody_who_bids(strategy):
    bids = [bid("a", 50, fallback=True), bid("b", 1), bid("c", 2), bid("d", 60, fallback=True)]
    for turn in range(4):
        order = ranked(bids, strategy, seed=bytes([turn]), turn=turn)
        assert set(order[:2]) == {"b", "c"}
        assert set(order[2:]) == {"a", "d"}


def test_what_ranking_counts_is_noted_on_the_bid():
    ranking = rank([bid("a", 7)], strategy="auction", worth=plain(), order=ORDER, seed=b"", turn=0)
    assert ranking.ranked[0].effective == micros(7)


def test_a_waterfall_goes_by_routing_order_whatever_the_price():
    assert ranked([bid("c", 30), bid("b", 10), bid("a", 1)], "waterfall") == ["a", "b", "c"]


def test_round_robin_begins_one_further_on_each_turn():
    bids = [bid(name, 10) for name in "dcba"]
    turns = ["".join(ranked(bids, "round_robin", turn=turn)) for turn in range(5)]
    assert turns == ["abcd", "bcda", "cdab", "dabc", "abcd"]


def test_round_robin_passes_over_those_who_did_not_bid():
    assert ranked([bid("a", 1), bid("d", 1)], "round_robin", turn=1) == ["d", "a"]


def test_twice_the_weight_is_twice_the_calls():
    order = [target("a", weight=1), target("b", weight=2), target("c", weight=5)]
    bids = [bid(name, 1) for name in "abc"]
    draws = 4000
    first = Counter(
        ranked(bids, "weighted", order=order, seed=b"%d" % call)[0] for call in range(draws)
    )
    for one in order:
        expected = draws * one.weight / 8
        assert abs(first[one.id] - expected) < 4 * (expected * (1 - one.weight / 8)) ** 0.5


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_a_weight_is_exactly_a_share_of_all_draws_there_are(weights):
    """A draw is even over the whole line (see `_draw`), so this is the proportion itself."""
    winners = Counter(pick(weights, number) for number in range(sum(weights)))
    assert [winners[at] for at in range(len(weights))] == weights


def test_the_second_of_a_weighted_draw_is_drawn_by_weight_among_those_left():
    order = [target("a", weight=6), target("b", weight=3), target("c", weight=1)]
    bids = [bid(name, 1) for name in "abc"]
    draws = [ranked(bids, "weighted", order=order, seed=b"%d" % call) for call in range(4000)]
    after_a = Counter(draw[1] for draw in draws if draw[0] == "a")
    assert abs(after_a["b"] / after_a.total() - 0.75) < 0.04


def test_a_heavy_target_is_first_nearly_always_but_a_draw_is_a_draw():
    order = [target("a", weight=1), target("b", weight=1000)]
    bids = [bid("a", 1), bid("b", 1)]
    assert ranked(bids, "weighted", order=order, seed=b"x") == ["b", "a"]


@given(
    BIDS, st.sampled_from(list(STRATEGIES)), st.binary(max_size=8), st.integers(0, 9), st.randoms()
)
def test_the_order_of_arrival_never_matters_and_nobody_is_lost(
    given_bids, strategy, seed, turn, chance
):
    bids = [bid(name, price, fallback=late) for name, price, late in given_bids]
    shuffled = list(bids)
    chance.shuffle(shuffled)
    once, again = (
        rank(some, strategy=strategy, worth=plain(micros(5)), order=ORDER, seed=seed, turn=turn)
        for some in (bids, shuffled)
    )
    assert once.ranked == again.ranked
    everybody = [one.target for one in (*once.ranked, *once.others)]
    assert sorted(everybody) == sorted(one.target for one in bids)
    assert all(one.price >= micros(5) for one in once.ranked)


def test_nobody_is_a_ranking_too():
    for strategy in STRATEGIES:
        assert ranked([], strategy, order=[]) == []


def test_a_static_target_bids_its_price():
    one = target("a", price=micros(9), billable_after_s=60.0, ring_s=12.0, fallback=True)
    expected = replace(bid("a", 9), billable_after_s=60.0, ring_s=12.0, fallback=True)
    assert plain().standing_bid(one) == replace(expected, effective=micros(9))


@pytest.mark.parametrize("price", [None, micros(9)])
def test_a_target_with_a_ping_has_no_standing_bid(price):
    with pytest.raises(ValueError, match="bids for itself"):
        plain().standing_bid(target("a", ping=PING, price=price))


def test_a_ceiling_is_the_most_a_target_can_count_for():
    dynamic = target("a", ping=PING, price=None, price_max=micros(40))
    assert plain(micros(40)).ceiling(dynamic) == micros(40)
    assert plain(Micros(0)).ceiling(target("a", price=micros(9))) == micros(9)
    agreed = target("a", ping=PING, price=micros(50), price_max=micros(40))
    assert plain(Micros(0)).ceiling(agreed) == micros(50)


def test_a_target_that_cannot_reach_the_reserve_has_nothing_to_wait_for():
    assert plain(micros(10)).ceiling(target("a", price=micros(9))) == 0
