"""Every vice, as the auction meets it: our own wire, our own library, the reason it gets."""

import time
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
import trio

from auctiond.net.wire import WireError, WireOptions, open_wire
from auctiond.sandbox.buyers.laws import GARBAGE
from auctiond.sandbox.buyers.server import BuyersOptions, open_sandbox_buyers
from auctiond.sandbox.network import demo_network
from buyers.codec import Ask, bind, make_ping, read_bid
from buyers.library import load_library
from market.bids import Bid
from routing.network_file import read_network

LIBRARY = load_library()
LOOPBACK = WireOptions(allowed_networks=(ip_network("127.0.0.0/8"),))
FACTS = {"vertical": "auto-insurance", "state": "CA", "zip": "90012", "area_code": "213"}
# In the plain format, as buyer 0 speaks it.
REASONS = {
    "html": "unparseable",
    "broken_json": "unparseable",
    "nan_price": "unparseable",
    "negative_price": "unparseable",
    "dollar_text": "over_ceiling",
    "huge_price": "over_ceiling",
    "zero_with_id": "reject",
    "no_number": "no_number",
    "empty": "unparseable",
    "huge_body": "too_large",
    "length_too_long": "dropped",
    "length_too_short": "unparseable",
    "truncated": "dropped",
    "not_http": "unparseable",
}


class Asking:
    def __init__(self, market, wire):
        network = read_network(demo_network(market.ports), "demo.toml", LIBRARY)
        target = next(target for target in network.targets if target.ping)
        self._buyer = bind(LIBRARY[target.ping.format], target, str)
        self._wire = wire

    async def reason(self):
        """Return why there is no bid, or "" for one; a reject is said without its code."""
        request = make_ping(self._buyer, Ask(FACTS, "0193", told_ms=350))
        try:
            with trio.fail_after(60):
                reply = await self._wire.send(request)
        except WireError as error:
            return error.reason
        found = read_bid(self._buyer, reply, time.time_ns() // 1_000_000)
        return "" if isinstance(found, Bid) else found.reason.partition(":")[0]


@asynccontextmanager
async def asking(law):
    options = BuyersOptions(buyers=1, seed=5, laws=(law,))
    async with open_sandbox_buyers(options) as market, open_wire(LOOPBACK) as wire:
        yield Asking(market, wire)


async def test_every_kind_of_garbage_has_its_reason_and_harms_no_later_ping():
    async with asking("garbage") as buyer:
        said = [await buyer.reason() for _ in range(2 * len(GARBAGE))]
    assert said == [REASONS[kind] for kind in GARBAGE] * 2


async def test_a_fast_buyer_bids_or_declines():
    async with asking("instant") as buyer:
        assert {await buyer.reason() for _ in range(40)} == {"", "reject"}


@pytest.mark.parametrize(
    ("law", "expected"), [("refuses", {"connect_error"}), ("closes", {"", "reject", "dropped"})]
)
async def test_a_lost_connection_is_not_an_answer(law, expected):
    async with asking(law) as buyer:
        assert {await buyer.reason() for _ in range(40)} == expected


async def test_a_flapping_buyers_error_is_its_http_status():
    async with asking("flapping") as buyer:
        said = [await buyer.reason() for _ in range(31)]
    assert said[30] == "http"
    assert set(said[:30]) <= {"", "reject"}


@pytest.mark.parametrize("law", ["dead", "drip", "late"])
async def test_a_buyer_that_is_not_done_by_the_deadline_has_not_answered(law):
    async with asking(law) as buyer:
        with trio.move_on_after(0.1) as deadline:
            await buyer.reason()
        assert deadline.cancelled_caught
