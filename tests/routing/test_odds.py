"""Odds are shrunk to the campaign's, need samples, and give new targets their share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.bids import TargetId
from market.pricing import ONE, Odds
from routing.odds import PRIOR_WEIGHT, Counts, History, chances

A, B = TargetId("a"), TargetId("b")
NEVER, ALWAYS = Odds(20, 0), Odds(20, 100)


def chance_of(counts, whole=None, odds=NEVER, seed=b"call"):
    history = History({A: counts}, whole or counts)
    return dict(chances(history, [A], odds, seed))[A] / ONE


def test_the_formula_is_that_of_the_documentation():
    own, whole = Counts(100, 80, 40), Counts(1000, 500, 400)
    prior_joined = (500 + PRIOR_WEIGHT * 0.5) / (1000 + PRIOR_WEIGHT)
    prior_sold = (400 + PRIOR_WEIGHT * 0.5) / (500 + PRIOR_WEIGHT)
    answered = (80 + PRIOR_WEIGHT * prior_joined) / (100 + PRIOR_WEIGHT)
    sold = (40 + PRIOR_WEIGHT * prior_sold) / (80 + PRIOR_WEIGHT)
    assert chance_of(own, whole) == pytest.approx(answered * sold, abs=1e-5)


def test_a_target_with_few_samples_has_the_odds_of_the_campaign():
    whole = Counts(1000, 600, 500)
    assert chance_of(Counts(19, 0, 0), whole) == chance_of(Counts(), whole)
    assert chance_of(Counts(20, 0, 0), whole) < chance_of(Counts(19, 0, 0), whole)


def test_without_any_history_all_are_alike():
    nothing = History({}, Counts())
    assert len({chance for _, chance in chances(nothing, [A, B], NEVER, b"")}) == 1


def test_a_new_target_is_taken_at_its_word_in_a_share_of_the_auctions():
    whole = Counts(1000, 500, 250)
    assert chance_of(Counts(), whole, ALWAYS) == 1.0
    known = Counts(100, 50, 25)
    assert chance_of(known, whole, ALWAYS) == chance_of(known, whole, NEVER)
    some = Odds(20, 10)
    explored = sum(chance_of(Counts(), whole, some, b"%d" % n) == 1.0 for n in range(2000))
    assert abs(explored - 200) < 4 * (2000 * 0.1 * 0.9) ** 0.5


def test_the_same_call_has_the_same_odds_again():
    history = History({A: Counts(5, 5, 5)}, Counts(100, 50, 20))
    some = Odds(20, 50)
    draws = [chances(history, [A, B], some, b"%d" % n) for n in range(50)]
    assert draws == [chances(history, [A, B], some, b"%d" % n) for n in range(50)]


COUNTS = st.tuples(*[st.integers(0, 10**6)] * 3).map(lambda c: Counts(*sorted(c, reverse=True)))


@given(COUNTS, COUNTS, st.integers(0, 100), st.binary(max_size=8))
def test_a_chance_is_never_none_at_all_and_never_more_than_certain(own, others, percent, seed):
    found = chance_of(own, own + others, Odds(20, percent), seed)
    assert 0 <= found <= 1


@given(COUNTS)
def test_who_sells_more_of_as_many_offers_has_the_better_odds(own):
    better = Counts(own.offers, own.answered, min(own.answered, own.sold + 1))
    whole = Counts(10**6, 10**5, 10**4)
    assert chance_of(better, whole) >= chance_of(own, whole)
