"""A call is sold: what everybody has afterwards, and nobody has before."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from auctiond.pg.disclosures import Disclosures
from auctiond.pg.people import People
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from auctiond.sandbox.people import person
from tests.whole.networks import network_of, pinged
from tests.whole.stage import SEED, open_stage, until

LAWS = ("instant", "low_balance", "instant")  # The second one outbids the others by far.


def network(ports):
    """Return a network of these buyers, all of whom are pinged."""
    return network_of([pinged(n, port) for n, port in enumerate(ports)])


@pytest.fixture
async def shops(plan, monkeypatch):
    """A stage with three buyers who are pinged, and whose phones are answered at once."""
    monkeypatch.setattr(formats, "BILLABLE_S", 0)
    async with open_stage(replace(plan, laws=LAWS), network) as opened:
        for n in range(len(LAWS)):
            await opened.phone(destination(n))
        yield opened


async def test_the_record_tells_every_step_and_why_everybody_else_did_not_get_the_call(shops):
    record = await shops.call(talk_s=0.3)
    assert (record["disposition"], record["target"], record["talk_ms"]) == ("sold", "shop-1", 300)
    assert record["publisher"] == "pub"
    rows = {row["target"]: row for row in record["candidates"]}
    assert {name: row["reason"] for name, row in rows.items()} == {
        "shop-0": "outbid",
        "shop-1": "won",
        "shop-2": "outbid",
    }
    assert rows["shop-1"]["price_micros"] == record["price_micros"]
    assert rows["shop-1"]["price_micros"] > max(
        rows[n]["price_micros"] for n in ("shop-0", "shop-2")
    )
    assert all(row["ms"] > 0 for row in rows.values())
    kinds = [row["kind"] for row in record["timeline"] if row["kind"] != "Posted"]
    assert kinds[:7] == [
        "Cleared",
        "CallerAnswered",
        "Greeted",
        "BidsClosed",
        "HoldMade",
        "BuyerAnswered",
        "BuyerJoined",
    ]
    assert sorted(kinds[7:9]) == ["HungUp", "LegEnded"]
    assert kinds[9:] == ["leg", "payout", "ended"]


async def test_the_money_goes_to_publisher_and_margin_and_the_slot_is_free_again(shops):
    record = await shops.call(talk_s=0.3)
    price = record["price_micros"]
    payout = price * 70 // 100
    totals = await shops.totals()
    assert (totals["captured"], totals["payout"]) == (price, payout)
    assert (totals["margin"], totals["open_holds"]) == (price - payout, 0)
    book = shops.server.base.book
    assert await book.balances("wallet:buyer-1") == {"wallet:buyer-1": (500_000_000 - price, 0)}
    sums = await book.sums()
    assert (sums["publisher:pub"], sums["margin"]) == (payout, price - payout)
    assert (await shops.api.post("/v1/ledger/verify")).json() == {"verified": True, "problems": []}


async def test_the_lead_reaches_the_buyer_who_talks_only_then_and_nobody_else(shops):
    session = await shops.place(talk_s=0.3)
    record = await shops.over(session)
    (post,) = await until(lambda: posts_of(shops))
    (leg,) = (await shops.truth(session))["legs"]
    assert (post["buyer"], post["person"]) == (1, 0)
    assert set(post["fields"]) >= {"phone", "name", "email", "street"}
    assert post["at_ms"] >= leg["bridged_ms"]
    assert record["id"].replace("-", "") in post["auction"]
    seen = shops.shops.statistics()
    assert [shop["pings"] for shop in seen] == [1, 1, 1]
    assert [shop["pii_hits"] for shop in seen] == [{}, {}, {}]
    assert [shop["posts"] for shop in seen] == [0, 1, 0]


async def test_what_was_told_is_on_record_with_whom_and_when(shops):
    session = await shops.place(talk_s=0.3)
    record = await shops.over(session)
    (post,) = await until(lambda: posts_of(shops))
    (told,) = await Disclosures(shops.server.base.pg).of_call(record_id(record))
    assert (told.buyer, told.target, told.leg, told.moment) == ("buyer-1", "shop-1", 1, "connected")
    assert set(told.fields) >= {"phone", "name", "email", "street", "state"}
    assert told.at.timestamp() * 1000 <= post["at_ms"]
    assert [row["data"]["outcome"] for row in record["timeline"] if row["kind"] == "Posted"] == [
        "accepted"
    ]
    (row,) = await until(lambda: tries_of(shops, record))
    assert (row["leg"], row["try"], row["outcome"], row["by"]) == (1, 1, "accepted", "buyer")


async def test_the_person_is_kept_sealed_and_can_be_read_with_the_key(shops):
    record = await shops.call(talk_s=0.3)
    base = shops.server.base
    row = await base.calls.get(record_id(record))
    stored = await People(base.pg).get(row.person_id)
    caller = person(SEED, 0)
    known = base.vault.open_fields(
        base.vault.person(stored.person_id, stored.wrapped_key), stored.fields
    )
    assert (known["phone"], known["name"], known["email"]) == (
        caller.number,
        caller.name,
        caller.email,
    )
    assert all(caller.email.encode() not in sealed for sealed in stored.fields.values())


async def tries_of(stage, record):
    """Return what the buyers answered to the posts of a call."""
    return (await stage.get(f"/v1/calls/{record['id']}"))["posts"]


async def posts_of(stage):
    """Return the leads that the buyers got."""
    return stage.shops.posts()


def record_id(record):
    return UUID(record["id"])
