"""Every format the sandbox speaks is understood by the library, and no nonsense ever is a bid."""

import time

import pytest

from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.laws import GARBAGE
from auctiond.sandbox.buyers.nonsense import http, nonsense
from auctiond.sandbox.buyers.server import BuyersOptions, open_sandbox_buyers
from auctiond.sandbox.network import demo_network
from buyers.codec import (
    Ask,
    bind,
    make_confirm,
    make_ping,
    make_post,
    read_bid,
    read_confirm,
    read_post,
)
from buyers.library import load_library
from market.bids import Bid, NoBid
from market.http import HttpReply
from market.money import micros
from routing.network_file import read_network
from tests.sandbox_buyers.client import ask as send

LIBRARY = load_library()
LEAD = {"auction_id": "0193", "name": "Ada Example", "phone": "+13105550123", "zip": "90012"}
FORMATS = {
    "plain_json": formats.PLAIN,
    "ringba": formats.RINGBA,
    "trackdrive": formats.TRACKDRIVE,
    "retreaver": formats.RETREAVER,
}
# What the pieces of an answer that never was whole are for the wire to find out.
FOR_THE_WIRE = {"length_too_long", "length_too_short", "truncated", "not_http"}


def bound(ports):
    network = read_network(demo_network(ports, laws=("fast",)), "demo.toml", LIBRARY)
    pinged = [target for target in network.targets if target.ping]
    return [bind(LIBRARY[one.ping.format], one, lambda reference: "sandbox") for one in pinged]


def ask(n=0):
    facts = {"vertical": "auto-insurance", "state": "CA", "zip": "90012", "area_code": "213"}
    return Ask(facts, f"0193-{n}", told_ms=350)


async def bid_of(buyer):
    """Return the buyer's first bid: now and then an honest buyer has no use for a call."""
    for n in range(5):
        reply = await send(make_ping(buyer, ask(n)))
        found = read_bid(buyer, reply, time.time_ns() // 1_000_000)
        if isinstance(found, Bid):
            return found
        assert found.reason.startswith("reject")
    raise AssertionError("no bid out of five")


async def test_all_four_formats_bid_confirm_and_take_the_lead():
    async with open_sandbox_buyers(BuyersOptions(buyers=4, seed=5, laws=("instant",))) as market:
        for n, buyer in enumerate(bound(market.ports)):
            bid = await bid_of(buyer)
            assert bid.destination == f"+1555700{n:04d}"
            assert bid.billable_after_s == 3
            assert micros(8) <= bid.price <= micros(38)
            assert bid.expires_ms is not None
            if confirm := make_confirm(buyer, bid, ask()):
                assert read_confirm(buyer, await send(confirm)).ok
            if post := make_post(buyer, bid, LEAD):
                assert read_post(buyer, await send(post)).ok
        confirms = [shop.stats.confirms for shop in market.shops]
        posts = [shop.stats.posts for shop in market.shops]
    assert (confirms, posts) == ([0, 0, 0, 1], [1, 0, 1, 0])
    assert all(shop.stats.unreadable == 0 for shop in market.shops)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kind", [kind for kind in GARBAGE if kind not in FOR_THE_WIRE])
def test_nonsense_is_no_bid_in_any_format(name, kind):
    buyer = bound(range(9000, 9004))[list(FORMATS).index(name)]
    now_s = time.time()

    def write(price, number):
        return FORMATS[name].bid(b"b1", price, number, now_s)

    data, closes = nonsense(kind, write, b"12.50", b"+15557000000")
    reply = HttpReply(200, (("content-type", "application/json"),), data.partition(b"\r\n\r\n")[2])
    found = read_bid(buyer, reply, int(now_s * 1000))
    assert not closes
    if (name, kind) == ("trackdrive", "no_number"):
        assert isinstance(found, Bid)  # The target's own number stands in, as it does in life.
    elif kind != "huge_body":  # Which the wire cuts off.
        assert isinstance(found, NoBid)


@pytest.mark.parametrize("name", FORMATS)
def test_the_honest_bid_beside_the_nonsense_is_a_bid(name):
    buyer = bound(range(9000, 9004))[list(FORMATS).index(name)]
    now_s = time.time()
    body = FORMATS[name].bid(b"b1", b"12.50", b"+15557000000", now_s)
    assert http(body).endswith(body)
    found = read_bid(buyer, HttpReply(200, (), body), int(now_s * 1000))
    assert isinstance(found, Bid)
    assert found.price == micros("12.50")
    refusal = FORMATS[name].refusal(b"b1", b"no capacity")
    assert read_bid(buyer, HttpReply(200, (), refusal), int(now_s * 1000)).reason.startswith(
        "reject"
    )
