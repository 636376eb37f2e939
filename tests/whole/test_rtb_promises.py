"""A promise outlives its publisher's request, our restart, and the buyer it was made for."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import httpx2
import pytest

from auctiond.calls.records import Records
from auctiond.calls.replay import again, history, is_same
from auctiond.sandbox.people import person
from market.network import Tier
from tests.whole.networks import FALLBACK, FIRST, SECOND, TWO, pinged
from tests.whole.publisher import call, door, network_with, ping
from tests.whole.stage import SEED, open_stage, until

SIP = door("by-sip", numbers=(), sip_host="rtb.example.com")
LONG = replace(SIP, id="long", expiry_s=600.0)


async def furnished(stage, behaviour="answers"):
    await stage.phone(FIRST, behaviour)
    for number in (SECOND, FALLBACK):
        await stage.phone(number)


async def test_a_bid_given_before_a_restart_still_holds_and_only_once(plan):
    async with open_stage(plan, lambda ports: network_with(LONG)) as stage:
        bid = await ping(stage, path="production/long", zipcode="94103")
    async with open_stage(plan) as stage:
        await furnished(stage)
        again = await ping(stage, path="production/long", zipcode="94103")
        assert again["id"] == bid["id"]
        record = await call(stage, bid)
        assert (record["disposition"], record["price_micros"]) == ("sold", 20_000_000)
        assert record["facts"]["zip"] == "94103"
        assert (await stage.totals())["payout"] == 14_000_000
        assert (await stage.get(f"/v1/rtb/bids/{bid['id']}"))["call"] == record["id"]
    async with open_stage(plan) as stage:
        second = await call(stage, bid)
        assert second["blocked"] == "rtb_second_call"


async def test_a_promise_is_kept_under_the_network_it_was_made_with(plan):
    async with open_stage(plan, lambda ports: network_with(LONG)) as stage:
        await furnished(stage)
        bid = await ping(stage, path="production/long")
        changed = network_with(replace(LONG, margin_percent=90), targets=TWO[1:])
        assert (await stage.apply(changed)).status_code == 200
        record = await call(stage, bid)
        assert (record["buyer"], record["network"]) == ("first", 1)
        assert (await stage.totals())["payout"] == 14_000_000


async def test_where_the_best_buyer_is_busy_the_next_pays_and_never_less_than_the_payout(plan):
    async with open_stage(plan, lambda ports: network_with(LONG)) as stage:
        await furnished(stage, "busy")
        record = await call(stage, await ping(stage, path="production/long"))
        assert (record["disposition"], record["buyer"], record["legs"]) == ("sold", "second", 2)
        totals = await stage.totals()
        assert (totals["captured"], totals["payout"], totals["margin"]) == (10_000_000,) * 2 + (0,)


async def test_a_publisher_that_hangs_up_in_mid_auction_breaks_nothing(plan):
    plan = replace(plan, laws=("slow",))  # The answer waits for it.

    def network(ports):
        return network_with(SIP, targets=(*TWO, pinged(0, ports[0])))

    async with open_stage(plan, network) as stage:
        await furnished(stage)
        params = {"CID": person(SEED, 0).number}
        with pytest.raises(httpx2.ReadTimeout):
            await stage.people.get(
                f"{stage.url}/rtb/production/by-sip",
                params=params,
                timeout=httpx2.Timeout(60, read=0.05),
            )

        async def kept():
            return (await stage.get("/v1/rtb/bids"))["bids"]

        (bid,) = await until(kept)
        assert bid["outcome"] == "bid"
        told = await ping(stage, path="production/by-sip")
        assert (told["id"], told["warnings"][0]["code"]) == (bid["id"], 230)


async def test_buyers_who_are_pinged_learn_nothing_of_the_caller_and_know_one_auction(plan):
    plan = replace(plan, laws=("instant", "instant"))

    def network(ports):
        targets = [pinged(n, port) for n, port in enumerate(ports)]
        tiers = (Tier(tuple(target.id for target in targets), "weighted"),)
        return network_with(LONG, targets=targets, tiers=tiers)

    async with open_stage(plan, network) as stage:
        await stage.phone(FALLBACK)
        fields = {"zipcode": person(SEED, 0).zip, "name": person(SEED, 0).name}
        bid = await ping(stage, path="production/long", **fields)
        assert bid["outcome"] == "bid", bid
        record = await call(stage, bid, talk_s=0.3)
        (post,) = await until(lambda: posts_of(stage))
        assert post["auction"].startswith(bid["id"].removeprefix("RTB"))
        seen = stage.shops.statistics()
        assert [shop["pings"] for shop in seen] == [1, 1]  # The call itself asked nobody.
        assert [shop["pii_hits"] for shop in seen] == [{}, {}]
        asked = next(row for row in record["timeline"] if row["kind"] == "BidsClosed")
        assert asked["data"]["asked_as"] in bid["id"]
        assert len(record["candidates"]) == 2
        assert await is_decided_alike(stage, record)


async def test_bids_that_would_end_before_the_ring_are_asked_for_again(plan):
    async with open_stage(plan, lambda ports: network_with(LONG)) as stage:
        await furnished(stage)
        bid = await ping(stage, path="production/long")
        (live,) = stage.server.base.live_bids.of_caller(
            stage.server.base.vault.index(person(SEED, 0).number)
        )
        (closed,) = live.auctions
        gone = tuple(replace(one, expires_ms=live.made_ms) for one in closed.ranked)
        live.auctions = (replace(closed, ranked=gone),)
        record = await call(stage, bid)
        assert record["disposition"] == "sold"
        asked = next(row for row in record["timeline"] if row["kind"] == "BidsClosed")
        assert "asked_as" not in asked["data"]
        assert (await stage.totals())["payout"] == 14_000_000


async def is_decided_alike(stage, record):
    """Tell whether the call's auction, which was held for the ping, is decided again the same."""
    base = stage.server.base
    found = await Records(base.calls).get(UUID(record["id"]))
    (held,) = history(found.start(), found.events).held
    return is_same(held, again(held, base.networks.edition(1).snapshot))


async def posts_of(stage):
    return stage.shops.posts()
