"""What is kept of a promise while it waits for its call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from auctiond.networks.network_book import NetworkBook, compile_edition
from auctiond.rtb.keeper import Keeper
from auctiond.rtb.live import LiveBids
from market.call import BidCame, Call, HoldMade, State
from tests.calls.kit import CALL_ID, START_MS, bid
from tests.rtb.kit import closed, door, id_of, index, live_bid
from tests.whole.networks import TWO, network_of

nothing = cast("Any", None)


@pytest.fixture
def keeper():
    book = NetworkBook()
    network = replace(network_of(TWO), rtb=(door(),))
    book.put(compile_edition(1, network, {}, str), current=True)
    live = LiveBids()
    auction = closed(bid("a", "20"), bid("c", "5"), b="closed_early")
    live.put(live_bid(auctions=(auction,), inputs=({"turn": 3},)))
    rest = (nothing, nothing, Notes(), nothing, nothing)
    return Keeper(book, live, *rest, lambda: START_MS + 1_000, index)


class Notes(list):
    """A call log that takes notes."""

    def note(self, *note):
        self.append(note)


def call(**changes):
    fields = {"network": 1, "campaign": "calls", "rtb": id_of(0).hex, "state": State.PINGING}
    return Call(CALL_ID, **(fields | changes))


def test_a_bid_that_came_in_time_after_the_promise_joins_its_ranking(keeper):
    late = BidCame(START_MS, bid=bid("b", "10"), worse=("c",))
    assert keeper.hear(id_of(0), late)
    (auction,) = keeper.live.get(id_of(0)).auctions
    assert [one.target for one in auction.ranked] == ["a", "b", "c"]
    assert auction.others == ()


def test_what_is_no_late_bid_or_of_another_auction_is_not_ours(keeper):
    assert not keeper.hear(id_of(9), BidCame(START_MS, bid=bid("b", "10")))
    assert not keeper.hear(id_of(0), HoldMade())


def test_the_recorded_auction_is_that_of_the_tier_and_names_itself(keeper):
    found = keeper.recall(call())
    assert (found.asked_as, found.at_ms) == (id_of(0).hex, START_MS + 1_000)
    assert [one.target for one in found.ranked] == ["a", "c"]
    assert keeper.call_log == [(CALL_ID, "inputs", {"turn": 3})]


def test_by_what_it_was_decided_is_not_noted_of_an_auction_that_was_amended(keeper):
    assert keeper.hear(id_of(0), BidCame(START_MS, bid=bid("b", "10"), worse=("c",)))
    assert keeper.recall(call()).asked_as == id_of(0).hex
    assert keeper.call_log == []


@pytest.mark.parametrize(
    "changes", [{"rtb": ""}, {"rtb": id_of(9).hex}, {"tier": 1}, {"network": 2}]
)
def test_without_a_record_an_auction_is_held(keeper, changes):
    assert keeper.recall(call(**changes)) is None
