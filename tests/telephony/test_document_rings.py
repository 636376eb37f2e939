"""A document that rings somebody, and a carrier that is slow to fetch it, or refuses to."""

from __future__ import annotations

from uuid import UUID

import pytest
import trio

from auctiond.net.carrier_link import BUDGET_S
from market.phone import CarrierError, DialAny, Transfer
from tests.telephony.test_document_link import (
    CALL,
    DIAL,
    KEYS,
    REF,
    SAY,
    Api,
    answer,
    asking,
    fetching,
    open_link,
    put,
)

TO, OURS = "+13105550111", "+12025550131"
RINGS = [
    DIAL,
    DialAny(CALL, REF, UUID(int=2), 1, (TO,), OURS),
    Transfer(CALL, REF, UUID(int=2), 1, TO, OURS),
]


@pytest.mark.parametrize("command", RINGS, ids=lambda one: type(one).__name__)
async def test_a_slow_carrier_is_told_once_to_ring_or_it_would_tear_off_its_own_ring(
    command, autojump_clock
):
    api = Api()
    async with open_link(api) as link, trio.open_nursery() as nursery:
        await answer(link, asking())  # The leg is known to this run.
        fetch = fetching(link, command)

        async def slow():
            nursery.start_soon(come_after, 3.0, fetch)
            await trio.sleep_forever()

        api.replies = [slow]
        await link.send(command)
    assert len(api.requests) == 1


async def come_after(seconds, fetch):
    await trio.sleep(seconds)
    await fetch()


async def test_who_refused_to_come_as_it_was_too_much_is_told_again(autojump_clock):
    api = Api((429, {}))
    async with open_link(api) as link:
        await answer(link, asking())
        api.replies.append(fetching(link, DIAL))
        await link.send(DIAL)
    assert len(api.requests) == 2


@pytest.mark.parametrize("then", [(503, {}), trio.sleep_forever], ids=["failed", "mute"])
async def test_who_refused_and_may_then_have_come_is_not_told_a_third_time(then, autojump_clock):
    api = Api((429, {}), then)
    async with open_link(api) as link:
        await answer(link, asking())
        with pytest.raises(CarrierError):
            await link.send(DIAL)
    assert len(api.requests) == 2


async def test_who_comes_for_a_ring_that_was_given_up_rings_nobody(autojump_clock):
    """The call has gone on to the next bid by then."""
    api, got = Api(trio.sleep_forever), []
    async with open_link(api) as link, trio.open_nursery() as nursery:
        await answer(link, asking())
        start = trio.current_time()
        with pytest.raises(CarrierError, match="unreachable"):
            await link.send(DIAL)
        assert trio.current_time() - start == pytest.approx(BUDGET_S)
        nursery.start_soon(put, got, link, asking("fetch", DIAL.command_id.int))
        await trio.testing.wait_all_tasks_blocked()
        await link.send(SAY)
    assert got == [link._documents.write_document(SAY)]


async def test_who_asks_while_he_is_told_to_come_is_not_given_the_next(autojump_clock):
    """What he has heard to its end is torn off, and so is whatever would answer him."""
    api, got = Api(), []
    async with open_link(api) as link, trio.open_nursery() as nursery:
        await answer(link, asking())
        fetch = fetching(link, SAY)

        async def told():
            nursery.start_soon(put, got, link, asking(command=8))
            await trio.testing.wait_all_tasks_blocked()
            return await fetch()

        keys = fetching(link, KEYS)
        api.replies = [told, keys]
        for command in (SAY, KEYS):
            await link.send(command)
    assert keys.document == link._documents.write_document(KEYS)
    assert all(b"k=wait" in document for document in got)
