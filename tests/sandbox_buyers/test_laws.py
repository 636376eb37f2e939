"""The laws and the prices: seeded, counted by pings, never by the clock."""

from statistics import median

import pytest

from auctiond.sandbox.buyers.laws import BIG_STATES, GARBAGE, LAWS, USUAL, delays, usual, vice
from auctiond.sandbox.buyers.offers import OfferBook
from auctiond.sandbox.buyers.vices import VICES
from auctiond.sandbox.chance import draw

AFTER_THE_BID = ("cuts_price", "raises_price", "no_target", "loses_first_post", "drips_post")


@pytest.mark.parametrize("name", LAWS)
def test_every_vice_of_a_law_can_be_done(name):
    assert {*LAWS[name].vices, *LAWS[name].posts} <= {"answer", *VICES}


def test_the_usual_mix_has_one_of_everything_but_what_is_for_benches_and_awards():
    assert set(USUAL) == set(LAWS) - {"instant", "mute_after", *AFTER_THE_BID}
    assert usual(25)[:20] == USUAL


def test_a_slow_buyer_is_ten_times_slower():
    fast, slow = delays(LAWS["fast"]), delays(LAWS["slow"])
    assert median(slow) == pytest.approx(10 * median(fast), rel=0.02)
    assert max(fast) < 0.1
    assert max(slow) > 0.6  # After a usual deadline.
    assert delays(LAWS["instant"]) == (0.0,)


def test_flapping_goes_by_the_count_of_pings():
    said = [vice(LAWS["flapping"], n) for n in range(80)]
    assert said[:30] == ["answer"] * 30
    assert set(said[30:40]) == {"error", "silence"}
    assert said[40:] == said[:40]


def test_garbage_serves_every_kind_in_its_turn():
    assert [vice(LAWS["garbage"], n) for n in range(len(GARBAGE))] == list(GARBAGE)


def test_offers_are_the_same_for_the_same_ping_and_differ_by_state():
    ask = [("CA", draw(1, 2, n)) for n in range(50)]
    one, other = (OfferBook(1, 2, LAWS["fast"]) for _ in range(2))
    assert [one.offer(*ping) for ping in ask] == [other.offer(*ping) for ping in ask]
    means = {
        state: sum(one.offer(state, draw(9, n)).cents for n in range(200))
        for state in ("CA", "TX", "NY", "FL")
    }
    assert len(set(means.values())) == 4


def test_an_honest_price_is_dollars_and_not_all_pings_get_one():
    offers = [OfferBook(1, 2, LAWS["fast"]).offer("TX", draw(1, 2, n)) for n in range(500)]
    cents = [offer.cents for offer in offers if offer.cents]
    assert 0.85 < len(cents) / len(offers) < 0.97
    assert all(800 <= cent <= 3800 for cent in cents)
    assert all(offer.reason for offer in offers if not offer.cents)


def test_a_picky_buyer_buys_in_three_states():
    book = OfferBook(1, 6, LAWS["picky"])
    states = (*BIG_STATES, "AK")
    buys = [state for state in states if any(book.offer(state, draw(n)).cents for n in range(20))]
    assert len(buys) == 3
    assert book.offer("", 99).cents == 0
