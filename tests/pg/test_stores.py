"""The stores of webhooks, persons, networks, keys and disclosures."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import trio

from auctiond.pg.api_keys import ApiKeys, KeyExists
from auctiond.pg.disclosures import Disclosure, Disclosures
from auctiond.pg.inbox import Inbox, InboxRow
from auctiond.pg.networks import Act, NetworkMoved, Networks
from tests.pg.stores import NOW, VAULT, call_id, call_row, put_on_record

ANN = Act("ann")


def webhook(n: int, ref: str = "session") -> InboxRow:
    return InboxRow("telnyx", f"event-{n}", ref, b"sealed %d" % n, NOW + timedelta(hours=n))


@pytest.fixture
async def inbox(pg, nursery):
    inbox = Inbox(pg)
    nursery.start_soon(inbox.run)
    return inbox


async def test_a_repeated_webhook_is_stored_once_and_told_apart(inbox):
    assert await inbox.put(webhook(1)) is True
    assert await inbox.put(replace(webhook(1), sealed_body=b"sealed anew")) is False
    assert await inbox.of_call("session") == [webhook(1)]


async def test_ten_deliveries_at_once_are_news_once(inbox):
    news: list[bool] = []

    async def put(no: int) -> None:  # No two deliveries are sealed alike.
        news.append(await inbox.put(replace(webhook(1), sealed_body=b"seal %d" % no)))

    async with trio.open_nursery() as nursery:
        for no in range(10):
            nursery.start_soon(put, no)
    assert sorted(news) == [False] * 9 + [True]


async def test_a_webhook_whose_write_lost_its_answer_is_news_when_it_is_written_again(inbox):
    assert await inbox.put(webhook(1)) is True
    assert await inbox.put(webhook(1)) is True  # The very same seal: our own write, repeated.


async def test_webhooks_of_a_call_come_in_the_order_they_arrived(inbox):
    for n in (3, 1, 2):
        await inbox.put(webhook(n))
    await inbox.put(webhook(4, ref="another"))
    assert [row.event_id for row in await inbox.of_call("session")] == [
        "event-3",
        "event-1",
        "event-2",
    ]


async def test_pruning_takes_what_is_old_and_no_more(inbox):
    for n in range(4):
        await inbox.put(webhook(n))
    assert await inbox.prune(NOW + timedelta(hours=2)) == 2
    assert [row.event_id for row in await inbox.of_call("session")] == ["event-2", "event-3"]


async def test_a_disclosure_names_fields_and_is_recorded_once(pg):
    await put_on_record(pg, call_row(1))
    told = Disclosure(call_id(1), 1, "acme-tx", "acme", ("phone", "zip"), "post", NOW)
    disclosures = Disclosures(pg)
    assert await disclosures.add(told) is True
    assert await disclosures.add(replace(told, fields=())) is False
    assert await disclosures.of_call(call_id(1)) == [told]


async def test_networks_follow_each_other_and_the_latest_is_in_force(pg):
    networks = Networks(pg, VAULT)
    assert await networks.latest() is None
    assert await networks.add("a = 1", 0, ANN) == 1
    assert (
        await networks.add("a = 2", 1, Act("bob", "rolled_back", note="why", changes=("x",))) == 2
    )
    latest, first = await networks.latest(), await networks.get(1)
    assert (latest.no, latest.toml, latest.applied_by) == (2, "a = 2", "bob")
    assert first.toml == "a = 1"
    listed = [(one.no, one.act, one.note, one.changes) for one in await networks.list(10)]
    assert listed == [(2, "rolled_back", "why", 1), (1, "applied", "", 0)]
    assert await networks.get(3) is None


async def test_who_did_not_see_the_latest_network_is_refused(pg):
    networks = Networks(pg, VAULT)
    await networks.add("a", 0, ANN)
    for seen in (0, 2):
        with pytest.raises(NetworkMoved):
            await networks.add("b", seen, ANN)


async def test_of_ten_who_apply_at_once_one_succeeds(pg):
    networks, applied = Networks(pg, VAULT), []

    async def apply(n: int) -> None:
        with suppress(NetworkMoved):
            applied.append(await networks.add(f"a = {n}", 0, ANN))

    async with trio.open_nursery() as nursery:
        for n in range(10):
            nursery.start_soon(apply, n)
    assert applied == [1]


async def test_an_api_key_is_found_until_it_is_revoked(pg):
    keys = ApiKeys(pg)
    await keys.add("k1", "console", b"hash", ["read", "apply"])
    found = await keys.find("k1")
    assert (found.name, found.hash, found.scopes) == ("console", b"hash", {"read", "apply"})
    assert await keys.find("k2") is None
    assert await keys.revoke("k1") is True
    assert await keys.revoke("k1") is False
    assert await keys.revoke("k2") is False
    assert await keys.find("k1") is None
    assert [key.revoked_at is not None for key in await keys.list()] == [True]


async def test_an_api_key_is_never_replaced(pg):
    keys = ApiKeys(pg)
    await keys.add("k1", "console", b"hash", [])
    with pytest.raises(KeyExists):
        await keys.add("k1", "other", b"other", [])
    assert (await keys.find("k1")).hash == b"hash"
