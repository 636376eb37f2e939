"""The signalling edge alone: Kamailio on real SIP, commanded as the server commands it."""

from __future__ import annotations

from functools import partial
from uuid import uuid4

import pytest
import trio

from auctiond.sandbox.sip.exact import Answerer, Leaver
from auctiond.sandbox.sip.kamailio import missing_for_kamailio
from auctiond.sandbox.sip.sipp import Buyer, Caller, Refuser, call, phone
from market.phone import (
    Arrived,
    Dial,
    Ended,
    Gather,
    Gathered,
    Hangup,
    Joined,
    Ringing,
)
from tests.sip.conftest import need
from tests.sip.proxy_desk import NUMBER, open_desk
from tests.whole.stage import until


@pytest.fixture(autouse=True)
def _installed():
    need(missing_for_kamailio())


async def test_a_command_is_done_once_the_caller_stays_hidden_and_a_limit_cuts_both(tmp_path):
    async with phone(Buyer(0.1, 60), tmp_path) as buyer, open_desk(tmp_path) as desk:
        headers = {"X-Lead-Name": "Ada", "P-Asserted-Identity": "<sip:+12125550111@10.9.9.9>"}
        caller = Caller("+12125550111", NUMBER, talk_s=60, headers=headers)
        async with trio.open_nursery() as calls:
            calls.start_soon(partial(call, caller, desk.sip, tmp_path))
            ref = await desk.held()
            assert (await desk.told(Arrived)).lead == {"name": "Ada"}
            assert await desk.give(Gather, ref) == 200
            assert (await desk.told(Gathered)).digits == ""
            once = {"command_id": uuid4(), "leg": 1, "destination": buyer, "longest_s": 1}
            assert await desk.give(Dial, ref, **once) == 200
            assert await desk.give(Dial, ref, **once) == 200, "what is repeated is no error"
            await desk.told(Joined, 1)
            assert (await desk.status(f"{ref}:1")).alive
            assert (await desk.told(Ended, 1)).cause == "max_duration"
            assert (await desk.told(Ended)).cause == "max_duration"
        status = await desk.status(ref)
        assert not status.alive
        assert status.ended_ms == (await desk.told(Ended)).at_ms
        assert await desk.give(Dial, ref, leg=2, destination=buyer) == 410, "a late command"
        unkeyed = await desk.http.get(desk.carrier.write_status_query(ref).url)
        assert unkeyed.status_code == 401
    said = [path.read_text() for path in tmp_path.glob("*.messages")]
    (at_buyer,) = (one for one in said if "INVITE sip:buyer@" in one)
    assert "BYE sip:buyer@" in at_buyer, "Kamailio itself sends it"
    assert "2125550111" not in at_buyer
    assert "Ada" not in at_buyer
    assert "2125550111" not in (tmp_path / "edge" / "kamailio.log").read_text()


async def test_a_ring_that_is_cancelled_leaves_the_caller_ringing_for_the_next(tmp_path):
    async with (
        phone(Buyer(ring_s=30), tmp_path) as slow,
        phone(Refuser(603, "Decline"), tmp_path) as declines,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as calls,
    ):
        calls.start_soon(partial(call, Caller("+12125550112", NUMBER), desk.sip, tmp_path))
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination=slow) == 200
        assert await desk.give(Hangup, f"{ref}:1", leg=1) == 200
        assert (await desk.told(Ended, 1)).cause == "cancelled"
        assert (await desk.status(ref)).alive
        assert not (await desk.status(f"{ref}:1")).alive
        assert await desk.give(Dial, ref, leg=2, destination=declines) == 200
        assert (await desk.told(Ended, 2)).cause == "declined"
        assert await desk.give(Hangup, ref) == 200
        assert (await desk.told(Ended)).cause == "completed"


async def test_who_cancels_is_answered_all_the_same_and_stays_is_parted_and_nobody_pays(tmp_path):
    buyer = Answerer(ring_s=60, stubborn=True)
    async with buyer.open(), open_desk(tmp_path) as desk:
        caller = Leaver("+12125550114", NUMBER, desk.sip, patience_s=60, talk_s=60)
        async with trio.open_nursery() as calls:
            calls.start_soon(caller.call)
            ref = await desk.held()
            assert await desk.give(Dial, ref, leg=1, destination=buyer.address) == 200
            await desk.told(Ringing, 1)
            caller.give_up()
            assert (await desk.told(Ended, 1)).cause == "cancelled"
        assert (caller.cancelled, caller.answer) == (True, 200)

        async def is_parted():
            return not buyer.living

        await until(is_parted)  # The caller's BYE may be a moment before the buyer's.
        assert buyer.living == []
        assert not [one for one in desk.news if isinstance(one, Joined)]


async def test_a_buyer_who_cannot_be_reached_fails_at_once_and_the_next_is_rung(tmp_path):
    async with (
        phone(Refuser(486), tmp_path) as busy,
        open_desk(tmp_path) as desk,
        trio.open_nursery() as calls,
    ):
        calls.start_soon(partial(call, Caller("+12125550115", NUMBER), desk.sip, tmp_path))
        ref = await desk.held()
        assert await desk.give(Dial, ref, leg=1, destination="sip:six@[::1]:5060") == 200
        assert (await desk.told(Ended, 1)).cause == "carrier_error"
        assert await desk.give(Dial, ref, leg=2, destination=busy) == 200
        assert (await desk.told(Ended, 2)).cause == "busy"
        assert await desk.give(Hangup, ref) == 200
        await desk.told(Ended)


async def test_a_server_that_dies_while_it_holds_a_call_loses_it_to_the_overflow(tmp_path):
    async with (
        phone(Buyer(0.1, 0.5), tmp_path) as desk_phone,
        open_desk(tmp_path, overflow=desk_phone, held_ms=1500) as desk,
        trio.open_nursery() as calls,
    ):
        calls.start_soon(partial(call, Caller("+12125550113", NUMBER, 30), desk.sip, tmp_path))
        ref = await desk.held()
        assert (await desk.told(Ended)).cause == "carrier_error"
        assert await desk.give(Hangup, ref) == 410
