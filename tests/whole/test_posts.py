"""Leads whose post is not answered: never a no, never sold again, asked again only by a key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auctiond.calls import handing, reposting
from auctiond.sandbox.buyers import formats
from auctiond.sandbox.buyers.offers import destination
from market import flows
from tests.whole.networks import BILLABLE_S, FALLBACK, network_of, pinged, priced
from tests.whole.stage import open_stage, until

NEXT = "+15557119999"


@pytest.fixture
def one(plan, monkeypatch):
    """Return a stage of one buyer who keeps a law, and of one with a low price who takes calls."""
    monkeypatch.setattr(handing, "POST_S", 0.3)
    monkeypatch.setattr(reposting, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(flows, "POST_AGAIN_S", (0.1, 0.1))

    def open_one(law, name, **campaign):
        def make(ports):
            return network_of([pinged(0, ports[0], name), priced("next", "2", NEXT)], **campaign)

        return open_stage(replace(plan, laws=(law,)), make)

    return open_one


async def call(stage, **script):
    """Let somebody call; return the record when it is over."""
    for number in (destination(0), NEXT, FALLBACK):
        await stage.phone(number, **(script if number == destination(0) else {}))
    record = await stage.call(talk_s=BILLABLE_S + 0.6)
    await stage.no_hold_open()
    return record


async def tries(stage, record, count):
    """Return the tries of a call's posts, once there are as many."""

    async def there():
        found = (await stage.get(f"/v1/calls/{record['id']}"))["posts"]
        return found if len(found) >= count else None

    return [(row["outcome"], row["reason"]) for row in await until(there)]


async def test_an_answer_that_got_lost_is_asked_for_by_its_key_and_the_lead_is_one(
    one, monkeypatch
):
    monkeypatch.setattr(formats, "BILLABLE_S", 0)
    async with one("loses_first_post", "plain_json") as stage:
        record = await call(stage)
        assert (record["disposition"], record["target"]) == ("sold", "shop-0")
        assert await tries(stage, record, 2) == [("unknown", "timeout"), ("accepted", "")]
        (shop,) = stage.shops.shops
        assert (shop.stats.posts, shop.stats.posts_repeated) == (1, 1)
        assert len(stage.shops.posts()) == 1
        assert (await stage.get("/v1/posts"))["posts"] == []
        assert await stage.metric('auctiond_posts_total{outcome="unknown"}') == 1
        assert await stage.metric('auctiond_posts_total{outcome="accepted"}') == 1


@pytest.mark.parametrize("law", ["drips_post", "mute_after"])
async def test_without_a_key_it_is_left_unknown_until_a_person_says_what_it_was(
    one, monkeypatch, law
):
    monkeypatch.setattr(formats, "BILLABLE_S", 0)
    async with one(law, "trackdrive") as stage:
        record = await call(stage)
        assert (record["disposition"], record["target"]) == ("sold", "shop-0")
        assert await tries(stage, record, 1) == [("unknown", "timeout")]
        (doubt,) = (await stage.get("/v1/posts"))["posts"]
        assert (doubt["call"], doubt["leg"], doubt["again_ms"]) == (record["id"], 1, None)
        assert len(stage.shops.posts()) == 1
        path, finding = f"/v1/calls/{record['id']}/posts", {"leg": 1, "outcome": "accepted"}
        assert (await stage.api.post(path, json=finding)).status_code == 200
        assert (await stage.api.post(path, json=finding)).status_code == 404
        assert (await tries(stage, record, 2))[1:] == [("accepted", "by_hand")]
        assert (await stage.get("/v1/posts"))["posts"] == []


async def test_a_call_whose_lead_may_have_been_taken_is_not_sold_again(one):
    async with one("mute_after", "trackdrive") as stage:
        record = await call(stage, hang_up_after_s=0.2)
        assert (record["disposition"], record["legs"]) == ("unsold", 2)
        reasons = {row["target"]: row["reason"] for row in record["candidates"]}
        assert reasons == {"shop-0": "under_duration", "next": "post_unknown"}
        assert (await stage.totals())["captured"] == 0


async def test_a_campaign_may_have_it_sold_again(one):
    async with one("mute_after", "trackdrive", resell_unknown_posts=True) as stage:
        record = await call(stage, hang_up_after_s=0.2)
        assert (record["disposition"], record["target"]) == ("sold", "next")


async def test_a_lead_that_was_taken_and_a_talk_too_short_go_on_to_the_next_bid(one):
    async with one("instant", "trackdrive") as stage:
        record = await call(stage, hang_up_after_s=0.4)
        assert (record["disposition"], record["target"]) == ("sold", "next")


BAD = [{}, {"leg": 0, "outcome": "accepted"}, {"leg": 1, "outcome": "unknown"}, {"leg": "1"}, []]


async def test_a_finding_that_makes_no_sense_is_refused(stage):
    record = await stage.call(talk_s=BILLABLE_S)
    for body in BAD:
        reply = await stage.api.post(f"/v1/calls/{record['id']}/posts", json=body)
        assert reply.status_code == 400
    reply = await stage.api.post("/v1/calls/x/posts", json={"leg": 1, "outcome": "refused"})
    assert reply.status_code == 400
