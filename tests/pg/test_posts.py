"""Posts of leads on record: begun once, ended once, and what nobody knows the end of is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from auctiond.pg.disclosures import Disclosure, Disclosures
from auctiond.pg.posts import PostEnd, Posts
from tests.pg.stores import NOW, call_id, call_row, put_on_record

LATER = NOW + timedelta(minutes=1)
ACCEPTED, UNKNOWN = PostEnd("accepted"), PostEnd("unknown", "timeout")


def told(n=1, leg=1):
    return Disclosure(call_id(n), leg, "acme-tx", "acme", ("phone",), "connected", NOW)


@pytest.fixture
async def posts(pg):
    """Posts with one call, whose lead is just being handed over."""
    await put_on_record(pg, call_row(1))
    posts = Posts(pg)
    assert await posts.begin(told(), LATER)
    return posts


async def end(posts, no, how, due=None):
    return await posts.end(call_id(1), 1, no, how, NOW, due)


async def test_a_post_is_begun_once_and_its_disclosure_is_on_record(posts, pg):
    assert not await posts.begin(told(), LATER)
    assert await Disclosures(pg).of_call(call_id(1)) == [told()]


async def test_a_post_under_way_is_due_when_its_lease_is_over_and_not_in_doubt_before(posts):
    assert await posts.due(NOW, 9) == []
    (post,) = await posts.due(LATER, 9)
    assert (post.call_id, post.leg, post.begun, post.outcome) == (call_id(1), 1, 1, None)
    assert (await posts.in_doubt(9), await posts.count_in_doubt()) == ([], 0)


async def test_an_answered_post_is_settled(posts):
    assert await end(posts, 1, ACCEPTED)
    assert not await end(posts, 1, UNKNOWN)  # The first word counts.
    assert await posts.due(LATER, 9) == []
    assert await posts.open_one(call_id(1), 1) is None
    (one,) = await posts.of_call(call_id(1))
    assert (one.no, one.target, one.end, one.at) == (1, "acme-tx", ACCEPTED, NOW)


async def test_an_unknown_post_waits_for_a_person_until_one_says_what_it_was(posts):
    await end(posts, 1, UNKNOWN)
    assert await posts.due(NOW + timedelta(days=9), 9) == []
    (doubt,) = await posts.in_doubt(9)
    assert (doubt.target, doubt.buyer, doubt.post.outcome) == ("acme-tx", "acme", "unknown")
    assert await posts.count_in_doubt() == 1
    await end(posts, 2, PostEnd("refused", "by_hand", "some-key"))
    assert (await posts.in_doubt(9), await posts.count_in_doubt()) == ([], 0)


async def test_each_try_is_begun_by_one_alone(posts):
    await end(posts, 1, UNKNOWN, LATER)
    (post,) = await posts.due(LATER, 9)
    assert post.outcome == "unknown"
    assert await posts.begin_again(post, LATER)
    assert not await posts.begin_again(post, LATER)
    (post,) = await posts.due(LATER, 9)
    assert (post.begun, post.outcome) == (2, None)  # Begun, and not ended.
    (doubt,) = await posts.in_doubt(9)
    assert doubt.post.outcome == "unknown"


async def test_after_a_start_what_was_under_way_is_due_and_what_waits_for_a_person_is_not(
    posts, pg
):
    await put_on_record(pg, call_row(2))
    await posts.begin(told(2), LATER)
    await posts.end(call_id(2), 1, 1, UNKNOWN, NOW, None)
    assert await posts.resume(NOW) == 1
    assert [post.call_id for post in await posts.due(NOW, 9)] == [call_id(1)]
