"""Waiting bids come back as they were, in their order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from market.bids import Bid
from market.waiting import Waiting

BIDS = st.builds(
    Bid,
    target=st.text(max_size=9),
    buyer=st.text(max_size=9),
    price=st.integers(0, 10**12),
    destination=st.text(max_size=30),
    billable_after_s=st.floats(0, 7200),
    ref=st.lists(st.text(max_size=40), max_size=3).map(tuple),
    expires_ms=st.none() | st.integers(0, 2**53),
    ms=st.none() | st.floats(0, 9999),
)


@given(st.lists(BIDS, max_size=25))
def test_bids_come_back_as_they_were(bids):
    waiting = Waiting(bids)
    assert list(waiting) == bids
    assert bool(waiting) == bool(bids)
    assert waiting == Waiting(bids)
    assert hash(waiting) == hash(Waiting(bids))


def test_the_order_is_part_of_them():
    one, other = (Bid(name, name, 1, "+15550100", 90.0) for name in ("a", "b"))
    assert Waiting([one, other]) != Waiting([other, one])
    assert Waiting([one]) != [one]
