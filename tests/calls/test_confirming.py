"""The confirm: a price that moved, a no with a reason, silence; and who is told we do not come."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
import trio

from actors.shelter import open_shelter
from auctiond.calls.confirming import CANCEL_S, CONFIRM_S, Confirmer
from auctiond.logs import Log
from auctiond.net.errors import WireError
from auctiond.networks.network_book import NetworkBook, compile_edition
from buyers.library import load_library
from market.call import Confirmed, ConfirmFailed, State
from market.flows import PriceChange
from market.http import HttpReply
from market.money import micros
from tests.calls.kit import bid, call_in, now_ms
from tests.whole.networks import network_of, pinged

SILENCE = object()
URLS = {f"{stage}_url": f"https://buyer.example/{stage}" for stage in ("confirm", "cancel", "post")}


class Wire:
    """Notes paths; answers each from `answers`, by its last part: bytes, an error, or silence."""

    def __init__(self, **answers):
        self.answers = {"cancel": b"{}"} | answers
        self.asked = []

    async def send(self, request):
        stage = request.url.rpartition("/")[2]
        self.asked.append(stage)
        answer = self.answers[stage]
        if answer is SILENCE:
            await trio.sleep_forever()
        await trio.sleep(0.1)
        if isinstance(answer, Exception):
            raise answer
        return HttpReply(200, (), answer)


class Notes:
    def __init__(self):
        self.told = []

    def note(self, call_id, kind, data):
        self.told.append((kind, data["outcome"]))


@asynccontextmanager
async def open_confirmer(wire, change=None, **campaign):
    """Open a confirmer of one buyer, and yield it with a call that has its bid of 20 dollars."""
    target = pinged(0, 1, price_change=change)
    target = replace(target, ping=replace(target.ping, settings=URLS))
    network = network_of([target], **campaign)
    book = NetworkBook()
    book.put(compile_edition(1, network, load_library(), lambda name: name), current=True)
    offered = bid("shop-0", ref=("b-1",), confirm=True)
    async with open_shelter(drain_s=60) as shelter:
        yield (
            Confirmer(wire, shelter, book, Notes(), Log("test"), now_ms),
            call_in(State.CONFIRMING, bid=offered),
        )


async def confirmed(answer, change=None, **campaign):
    """Return the event after `answer`, what was asked of the buyer, and what was noted."""
    wire = Wire(confirm=answer)
    async with open_confirmer(wire, change, **campaign) as (confirmer, call):
        event = await confirmer.confirm(call)
    return event, wire.asked, confirmer.call_log.told


async def test_a_yes_is_a_yes_at_the_price_that_was_bid(autojump_clock):
    event, asked, _ = await confirmed(b'{"ok": true, "bid": 20}')
    assert (type(event), event.price, asked) == (Confirmed, None, ["confirm"])


async def test_a_lower_price_is_refused_and_the_buyer_is_told_that_we_do_not_come(autojump_clock):
    event, asked, noted = await confirmed(b'{"ok": true, "bid": 19.99}')
    assert (type(event), event.reason) == (ConfirmFailed, "price_reject:19.99")
    assert (asked, noted) == (["confirm", "cancel"], [("cancel", "told")])


@pytest.mark.parametrize(
    ("said", "price"),
    [("18", "18"), ("24", "24"), ("99", "24"), ("17.99", None), ("0", None), ('"x"', None)],
)
async def test_a_price_moves_as_far_as_the_target_lets_it(autojump_clock, said, price):
    body = b'{"ok": true, "bid": %s}' % said.encode()
    event, asked, _ = await confirmed(body, PriceChange(90, 120))
    if price is None:
        assert event.reason.startswith("price_reject")
    else:
        assert (type(event), event.price) == (Confirmed, micros(price))
    assert ("cancel" in asked) == (price is None)


async def test_the_campaign_lets_prices_move_where_the_target_says_nothing(autojump_clock):
    event, _, _ = await confirmed(b'{"ok": true, "bid": 15}', price_change=PriceChange(50))
    assert event.price == micros(15)


async def test_the_target_has_the_last_word(autojump_clock):
    loose = PriceChange(50)
    event, _, _ = await confirmed(b'{"ok": true, "bid": 15}', PriceChange(), price_change=loose)
    assert event.reason == "price_reject:15.00"


async def test_no_price_moves_below_the_reserve(autojump_clock):
    body, loose = b'{"ok": true, "bid": 15}', PriceChange(50)
    event, _, _ = await confirmed(body, loose, reserve=micros(16))
    assert event.reason == "price_reject:15.00"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("no agent", "no_target"),
        ("duplicate caller", "confirm_duplicate"),
        ("daily cap", "confirm_capacity"),
        ("not today", "confirm_refused"),
    ],
)
async def test_a_no_keeps_its_reason_and_is_not_taken_back(autojump_clock, said, reason):
    body = b'{"ok": false, "reason": "%s"}' % said.encode()
    event, asked, _ = await confirmed(body)
    assert (type(event), event.reason) == (ConfirmFailed, reason)
    assert asked == ["confirm"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (SILENCE, True),
        (b"<html>", True),
        (WireError("dropped"), True),
        (WireError("connect_error"), False),
        (WireError("throttled"), False),
    ],
)
async def test_what_is_not_answered_is_unknown_and_taken_back_if_it_may_have_arrived(
    autojump_clock, answer, told
):
    event, asked, _ = await confirmed(answer)
    assert (type(event), event.reason) == (ConfirmFailed, "confirm_unknown")
    assert ("cancel" in asked) == told
    assert trio.current_time() <= CONFIRM_S + CANCEL_S


async def test_a_caller_who_leaves_at_the_confirm_is_taken_back_too(autojump_clock):
    wire = Wire(confirm=SILENCE)
    async with open_confirmer(wire) as (confirmer, call):
        with trio.move_on_after(0.5):
            await confirmer.confirm(call)
    assert wire.asked == ["confirm", "cancel"]


async def test_a_buyer_that_does_not_answer_a_cancel_delays_nobody(autojump_clock):
    wire = Wire(confirm=b"no", cancel=SILENCE)
    async with open_confirmer(wire) as (confirmer, call):
        await confirmer.confirm(call)
        assert trio.current_time() < CONFIRM_S
    assert confirmer.call_log.told == [("cancel", "unknown")]
