"""Every way a winner is dealt with, end to end: rung at once, confirmed, posted to, cancelled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auctiond.calls import confirming
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from market.flows import PriceChange
from market.money import micros
from market.network import PingTarget
from tests.whole.networks import BILLABLE_S, network_of, pinged, priced
from tests.whole.stage import open_stage

NEXT = "+15557119999"
LOW = priced("next", "2", NEXT)
FLOWS = {"ringba": (0, 0), "plain_json": (0, 1), "trackdrive": (0, 1), "retreaver": (1, 0)}


def network(name, *, confirm=False, **target):
    """Return how to make a network of buyers who speak `name`, and of one with a low price."""

    def make(ports):
        shops = [pinged(n, port, name, **target) for n, port in enumerate(ports)]
        if confirm:
            shops = [with_confirm(shop, port) for shop, port in zip(shops, ports, strict=True)]
        return network_of([*shops, LOW])

    return make


def with_confirm(shop, port):
    """Return the target of our own format with a confirm, and with a way to take it back."""
    host = f"http://127.0.0.1:{port}"
    more = {"confirm_url": f"{host}/confirm", "cancel_url": f"{host}/cancel"}
    return replace(shop, ping=replace(shop.ping, settings={**shop.ping.settings, **more}))


@pytest.fixture
def one(plan, monkeypatch):
    """Return a stage of one buyer who keeps a law; a talk of any length is a sale to it."""
    monkeypatch.setenv("RETREAVER_KEY", "key")
    monkeypatch.setattr(formats, "BILLABLE_S", 0)

    def open_one(law, make):
        return open_stage(replace(plan, laws=(law,)), make)

    return open_one


async def call(stage):
    """Let somebody call; return the record, and the candidates by target."""
    await stage.phone(destination(0))
    await stage.phone(NEXT)
    record = await stage.call(talk_s=BILLABLE_S)
    await stage.no_hold_open()
    return record, {row["target"]: row for row in record["candidates"]}


@pytest.mark.parametrize("name", FLOWS)
async def test_a_winner_is_dealt_with_as_its_format_says(one, name):
    confirms, posts = FLOWS[name]
    async with one("instant", network(name)) as stage:
        record, _ = await call(stage)
        assert (record["disposition"], record["target"]) == ("sold", "shop-0")
        (shop,) = stage.shops.shops
        assert (shop.stats.pings, shop.stats.confirms) == (1, confirms)
        assert shop.stats.cancels == 0
        assert len(stage.shops.posts()) == posts
        assert shop.stats.pii_hits == {}


async def test_a_lower_price_at_the_confirm_loses_the_call_and_the_buyer_hears_of_it(one):
    async with one("cuts_price", network("plain_json", confirm=True)) as stage:
        record, rows = await call(stage)
        assert (record["disposition"], record["target"]) == ("sold", "next")
        said = rows["shop-0"]["price_micros"] * 4 // 5 // 10_000 * 10_000
        assert rows["shop-0"]["reason"] == f"price_reject:{said / 1_000_000:.2f}"
        assert (await stage.wallet("buyer-0"))["balance"] == "500.00"
        (shop,) = stage.shops.shops
        assert (shop.stats.confirms, shop.stats.cancels, shop.stats.posts) == (1, 1, 0)


@pytest.mark.parametrize(("law", "percent"), [("cuts_price", 80), ("raises_price", 125)])
@pytest.mark.parametrize("name", ["plain_json", "retreaver"])
async def test_a_price_that_may_move_is_what_is_paid_and_both_are_on_record(
    one, name, law, percent
):
    bends = PriceChange(least_percent=75, most_percent=150)
    make = network(name, confirm=name == "plain_json", price_change=bends)
    async with one(law, make) as stage:
        record, rows = await call(stage)
        bid = rows["shop-0"]["price_micros"]
        agreed = bid // 10_000 * percent // 100 * 10_000
        assert (record["target"], record["price_micros"]) == ("shop-0", agreed)
        assert (rows["shop-0"]["reason"], rows["shop-0"]["agreed_micros"]) == ("won", agreed)
        totals = await stage.totals()
        assert (totals["captured"], totals["payout"]) == (agreed, agreed * 70 // 100)
        assert await balance(stage) == micros(500) - agreed
        (row,) = (row for row in record["timeline"] if row["kind"] == "Confirmed")
        assert row["data"]["price"] == agreed


async def test_a_higher_price_than_asked_for_is_not_taken(one):
    async with one("raises_price", network("retreaver")) as stage:
        record, rows = await call(stage)
        assert record["price_micros"] == rows["shop-0"]["price_micros"]
        assert rows["shop-0"]["agreed_micros"] is None


@pytest.mark.parametrize("name", ["plain_json", "retreaver"])
async def test_nobody_left_at_the_confirm_gives_way_to_the_next_bid(one, name):
    async with one("no_target", network(name, confirm=name == "plain_json")) as stage:
        record, rows = await call(stage)
        assert (record["target"], rows["shop-0"]["reason"]) == ("next", "no_target")
        (shop,) = stage.shops.shops
        assert (shop.stats.cancels, shop.stats.posts) == (0, 0)


async def test_a_confirm_without_an_answer_is_unknown_not_dialled_and_taken_back(one, monkeypatch):
    monkeypatch.setattr(confirming, "CONFIRM_S", 0.3)
    async with one("mute_after", network("plain_json", confirm=True)) as stage:
        record, rows = await call(stage)
        assert (record["target"], rows["shop-0"]["reason"]) == ("next", "confirm_unknown")
        assert stage.shops.shops[0].stats.cancels == 1
        assert [row["data"] for row in record["timeline"] if row["kind"] == "cancel"] == [
            {"leg": 1, "outcome": "told"}
        ]


async def balance(stage):
    """Return what the first buyer has, in micros."""
    return micros((await stage.wallet("buyer-0"))["balance"])


async def test_a_buyer_with_a_fixed_price_is_rung_unasked_and_gets_the_lead_after_the_connect(one):
    def make(ports):
        post = PingTarget("plain_json_direct", f"http://127.0.0.1:{ports[0]}/post")
        return network_of([priced("fixed", "9", destination(0), post=post), LOW])

    async with one("instant", make) as stage:
        await stage.phone(destination(0))
        session = await stage.place(talk_s=BILLABLE_S)
        record = await stage.over(session)
        assert (record["disposition"], record["target"]) == ("sold", "fixed")
        (shop,) = stage.shops.shops
        assert (shop.stats.pings, shop.stats.posts, shop.stats.posts_refused) == (0, 1, 0)
        (post,) = stage.shops.posts()
        assert post["person"] == 0
        assert post["at_ms"] >= (await stage.truth(session))["legs"][0]["bridged_ms"]
        (row,) = (row for row in record["timeline"] if row["kind"] == "Posted")
        assert row["data"]["outcome"] == "accepted"
