"""A sale is brought back within terms, once, in one entry; never more than was charged."""

from contextlib import suppress
from uuid import UUID

import pytest
import trio

from auctiond.money_refused import MoneyRefused
from auctiond.returns.by_hand import Adjustment
from auctiond.returns.desk import Decision, Wish
from ledger.moves import Booking, Line
from market.ids import id_at, id_for
from market.money import micros
from market.returns import ReturnRule, ReturnTerms, split_of
from tests.returns.stand import BUYER, PAYOUT, PRICE, PUBLISHER, stand

HOUR_MS = 3_600_000
MARGIN = PRICE - PAYOUT
SOLD = (micros(70), PAYOUT, MARGIN)
UNSOLD = (micros(100), 0, 0)


async def refused(doing, status, said):
    with pytest.raises(MoneyRefused) as caught:
        await doing
    assert caught.value.status == status
    assert said in str(caught.value)


async def test_a_return_is_asked_for_and_approved_in_one_entry(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        assert await here.money() == SOLD
        asked = await here.ask(call, note="he said he was called Jane Roe, +12125550123")
        assert (asked.state, asked.charged, asked.payout) == ("pending", PRICE, PAYOUT)
        assert await here.money() == SOLD
        done = await here.desk.approve(asked.id, Decision("boss"))
        assert (done.state, done.back, done.from_publisher) == ("approved", PRICE, PAYOUT)
        assert await here.money() == UNSOLD
        assert [act.act for act in await here.desk.store.acts(asked.id)] == [
            "requested",
            "approved",
        ]
        assert await here.told() == [
            ("return.requested", "operator"),
            ("return.decided", "buyer/acme"),
            ("payout.adjusted", "publisher/pub"),
        ]
        assert (await here.book.verify()).ok


async def test_a_part_goes_back_in_the_share_of_each_and_rounds_for_the_publisher(pg_url):
    async with stand(pg_url) as here:
        asked = await here.ask(await here.sale(), amount=micros(10))
        done = await here.desk.approve(asked.id, Decision("boss", micros("3.33")))
        claw = PAYOUT * micros("3.33") // PRICE
        assert (done.state, done.from_publisher) == ("partial", claw)
        wallet, publisher, margin = await here.money()
        assert (wallet, publisher) == (micros("73.33"), PAYOUT - claw)
        assert margin == MARGIN - (micros("3.33") - claw)


async def test_the_network_may_bear_all_of_it(pg_url):
    async with stand(pg_url) as here:
        asked = await here.ask(await here.sale())
        await here.desk.approve(asked.id, Decision("boss", keep_payout=True))
        assert await here.money() == (micros(100), PAYOUT, -PAYOUT)
        assert ("payout.adjusted", "publisher/pub") not in await here.told()


async def test_nothing_goes_back_when_it_is_rejected_and_it_may_be_asked_for_again(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        asked = await here.ask(call)
        assert (await here.desk.reject(asked.id, Decision("boss", reason="was_fine"))).back == 0
        assert await here.money() == SOLD
        await refused(here.desk.approve(asked.id, Decision("boss")), 409, "rejected already")
        assert (await here.ask(call, n=2)).state == "pending"


async def test_a_sale_is_brought_back_once_whoever_asks(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        asked = await here.ask(call)
        await refused(here.ask(call, n=2), 409, "brought back already")
        assert (await here.ask(call)).id == asked.id  # The same request again.
        await here.desk.approve(asked.id, Decision("boss"))
        await refused(here.ask(call, n=3), 409, "brought back already")


async def test_of_many_who_ask_and_decide_at_once_one_moves_money(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        made, decided = [], []

        async def ask(n):
            with suppress(MoneyRefused):
                made.append(await here.ask(call, n=n))

        async def decide(n):
            amount = micros(n + 1) if n % 2 else None
            with suppress(MoneyRefused):
                decided.append(await here.desk.approve(made[0].id, Decision(f"k{n}", amount)))

        async with trio.open_nursery() as nursery:
            for n in range(10):
                nursery.start_soon(ask, n)
        assert len(made) == 1
        async with trio.open_nursery() as nursery:
            for n in range(10):
                nursery.start_soon(decide, n)
        (one,) = decided
        wallet, publisher, margin = await here.money()
        assert wallet == micros(70) + one.back
        assert publisher + margin == PRICE - one.back
        assert (await here.book.verify()).ok


async def test_what_another_way_gave_back_is_not_given_back_again(pg_url):
    """The ledger itself knows what is left of a sale, whatever the desk believes."""
    async with stand(pg_url) as here:
        call = await here.sale()
        asked = await here.ask(call)
        lines = (Line(BUYER, micros(20)), Line("margin", -micros(20)))
        id_ = id_for(asked.id, "elsewhere")
        capture = id_for(call, "capture:1")
        await here.book.apply(Booking(id_, "reversal", lines, reverses=capture))
        await refused(here.desk.approve(asked.id, Decision("boss")), 409, "The ledger refused it")
        assert (await here.desk.get(asked.id)).state == "pending"
        assert (await here.desk.approve(asked.id, Decision("boss", micros(10)))).state == "partial"


async def test_an_approval_is_undone_and_the_sale_may_be_brought_back_anew(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        asked = await here.ask(call)
        await here.desk.approve(asked.id, Decision("boss"))
        undone = await here.desk.undo(asked.id, Decision("boss", reason="by_mistake"))
        assert undone.state == "undone"
        assert await here.money() == SOLD
        await refused(here.desk.undo(asked.id, Decision("boss")), 409, "is undone")
        again = await here.ask(call, n=2)
        await here.desk.approve(again.id, Decision("boss"))
        assert await here.money() == UNSOLD
        assert (await here.book.verify()).ok


async def test_an_undo_that_the_wallet_cannot_pay_changes_nothing(pg_url):
    async with stand(pg_url, funds=30) as here:
        asked = await here.ask(await here.sale())
        await here.desk.approve(asked.id, Decision("boss"))
        await here.sale(2)
        await refused(here.desk.undo(asked.id, Decision("boss")), 409, "has less than 30.00 USD")
        assert (await here.desk.get(asked.id)).state == "approved"
        here.terms(ReturnTerms(), credit=micros(30))
        assert (await here.desk.undo(asked.id, Decision("boss"))).state == "undone"


async def test_a_publisher_that_was_paid_already_owes_it(pg_url):
    async with stand(pg_url) as here:
        asked = await here.ask(await here.sale())
        lines = (Line(PUBLISHER, -PAYOUT), Line("world", PAYOUT))
        paid = id_for(asked.id, "payout")
        await here.book.apply(Booking(paid, "payout", lines, ref="payout:1:pub"))
        await here.desk.approve(asked.id, Decision("boss"))
        assert await here.money() == (micros(100), -PAYOUT, 0)


async def test_the_window_and_the_list_of_reasons_hold(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        here.terms(ReturnTerms(reasons=("spam",), note_needed=True))
        await refused(here.ask(call, "not_qualified"), 400, "reason: expected one of spam")
        await refused(here.ask(call, "spam"), 400, "the terms ask for evidence")
        for amount in (micros(0), micros("30.01")):
            wish = here.ask(call, "spam", note="x", amount=amount)
            await refused(wish, 400, "at most 30.00")
        here.clock[0] += 73 * HOUR_MS
        await refused(here.ask(call, "spam", note="x"), 409, "72 hours after the sale")
        assert (await here.ask(call, "spam", note="x", late=True)).state == "pending"
        other = UUID(int=5)
        await refused(here.ask(other, "spam"), 404, "no call")


RULES = (
    ReturnRule("approve", "duplicate", "repeat within 30 days"),
    ReturnRule("approve", "", "connect duration < 125 sec", percent=50),
    ReturnRule("reject", "hung_up", "connect duration > 10 min"),
)


@pytest.mark.parametrize(
    ("talk_s", "reason", "state", "back"),
    [
        (120, "not_qualified", "partial", 15),
        (700, "hung_up", "rejected", 0),
        (700, "spam", "pending", 0),
        (300, "duplicate", "pending", 0),  # He was not here before, so a person decides.
    ],
)
async def test_rules_decide_at_once_where_they_can(pg_url, talk_s, reason, state, back):
    async with stand(pg_url) as here:
        here.terms(ReturnTerms(rules=RULES))
        one = await here.ask(await here.sale(talk_s=talk_s), reason)
        assert (one.state, one.back) == (state, micros(back))
        by_rule = [act.by for act in await here.desk.store.acts(one.id)][1:]
        assert all(by.startswith("rule:") for by in by_rule)
        told = ("return.requested", "operator") in await here.told()
        assert told == (state == "pending")


async def test_who_asks_again_with_the_same_id_gets_what_a_rule_decided(pg_url):
    async with stand(pg_url) as here:
        here.terms(ReturnTerms(rules=RULES))
        call = await here.sale()
        for _ in range(2):
            assert (await here.ask(call)).state == "partial"


async def test_a_void_takes_a_sale_back_whatever_the_terms_say(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        here.terms(ReturnTerms(window_h=0))
        wish, id_ = Wish(call, "test_call", note="ours"), id_at(here.clock[0], b"void")
        for _ in range(2):
            done = await here.desk.void(wish, "boss", id_)
            assert (done.state, done.back) == ("approved", PRICE)
        assert await here.money() == UNSOLD


async def test_notes_are_sealed_and_go_with_the_caller(pg_url):
    words = "Jane Roe of +12125550123 hung up"
    async with stand(pg_url) as here:
        call = await here.sale()
        asked = await here.ask(call, note=words)
        assert [note["text"] for note in await here.desk.notes.of(asked.id)] == [words]
        rows = await here.pg.fetch("SELECT sealed FROM money_note")
        assert rows
        assert b"Jane" not in rows[0]["sealed"]
        dump = await here.pg.fetch("SELECT row_to_json(r)::text FROM sale_return r")
        assert "Jane" not in dump[0][0]
        record = await here.desk.sales.records.get(call)
        await here.people.erase(record.row.person_id)
        assert await here.desk.notes.of(asked.id) == []
        await here.desk.approve(asked.id, Decision("boss", note=words))  # Nothing of him is kept.
        assert await here.pg.fetch("SELECT 1 FROM money_note") == []


async def test_a_note_about_an_entry_goes_with_the_caller_too(pg_url):
    async with stand(pg_url) as here:
        call = await here.sale()
        capture, event = id_for(call, "capture:1"), id_at(here.clock[0], b"note")
        await here.by_hand.annotate(capture, "Jane Roe rang", "boss", event)
        assert [note["text"] for note in await here.desk.notes.of(capture)] == ["Jane Roe rang"]
        record = await here.desk.sales.records.get(call)
        await here.people.erase(record.row.person_id)
        assert await here.desk.notes.of(capture) == []
        await refused(here.by_hand.annotate(UUID(int=9), "x", "boss", event), 404, "no entry")


async def test_an_adjustment_has_an_actor_a_reason_and_a_note(pg_url):
    async with stand(pg_url) as here:
        id_ = id_at(here.clock[0], b"adjust")
        what = Adjustment("margin", PUBLISHER, micros(5), "goodwill", "we promised it by phone")
        move = await here.by_hand.adjust(what, "boss", id_)
        assert move == await here.by_hand.adjust(what, "boss", id_)
        assert await here.money() == (micros(100), micros(5), -micros(5))
        assert [note["by"] for note in await here.desk.notes.of(move)] == ["boss"]
        for wrong, status, said in (
            (Adjustment(BUYER, "margin", micros(500), "x"), 409, "has less than 500.00"),
            (Adjustment("pocket", "margin", micros(5), "x"), 400, "no account of money"),
            (
                Adjustment("margin", "wallet:J-Smith", micros(5), "x"),
                404,
                "no buyer 'J-Smith'",
            ),
            (Adjustment("margin", "publisher:pu", micros(5), "x"), 404, "no publisher 'pu'"),
            (Adjustment("cost:415-555-0123", "margin", micros(5), "x"), 400, "a phone number"),
            (Adjustment("slot:west", "margin", micros(5), "x"), 400, "no account of money"),
            (Adjustment("margin", "margin@eur", micros(5), "x"), 400, "of one currency"),
            (Adjustment("margin", "margin", micros(5), "x"), 400, "from one account to another"),
        ):
            await refused(
                here.by_hand.adjust(wrong, "boss", id_at(here.clock[0], b"w")), status, said
            )


@pytest.mark.parametrize("back", [1, 7, 9_999_999, 30_000_000])
def test_a_split_never_takes_more_of_anybody_than_they_had(back):
    split = split_of(PRICE, PAYOUT, back)
    assert split.from_publisher + split.from_margin == back
    assert 0 <= split.from_publisher <= PAYOUT
    assert split.from_publisher * PRICE <= PAYOUT * back
