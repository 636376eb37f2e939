"""Publishers are paid what they earned, each line of the ledger once, less what came back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import trio

from auctiond.logs import Log
from auctiond.money_refused import MoneyRefused
from auctiond.payouts.desk import PayoutDesk
from auctiond.pg.door import open_pg
from auctiond.pg.payouts import Payouts
from auctiond.returns.desk import Decision
from ledger.moves import Booking, Line
from market.ids import id_at, id_for
from market.money import dollars, micros
from market.network import Publisher
from tests.billing.counter import told_in
from tests.returns.stand import PAYOUT, PUBLISHER, stand

DAY_MS = 86_400_000


def desk_of(here, hold_days=0, least=0):
    terms = Publisher("pub", "Pub", payout_hold_days=hold_days, payout_least=micros(least))
    network = here.network[0]
    here.network[0] = type(network)(
        **{name: getattr(network, name) for name in network.__dataclass_fields__}
        | {"publishers": (terms,)}
    )
    clock = lambda: here.clock[0] + 60_000  # noqa: E731  What was sold just now is over.
    return PayoutDesk(Payouts(here.pg), here.desk.networks, Log("test"), clock)


def new(here, n=1):
    return id_at(here.clock[0], b"run %d" % n)


async def refused(doing, status, said):
    with pytest.raises(MoneyRefused) as caught:
        await doing
    assert caught.value.status == status
    assert said in str(caught.value)


async def paid_run(here, desk, n=1):
    run = await desk.make(None, "maker", new(here, n))
    await desk.decide(run.id, "approved", "boss")
    await desk.pay(run.id, "pub", f"wire-{n}", "boss")
    return run


async def test_a_run_is_made_approved_and_paid_and_the_ledger_says_so(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        for n in (1, 2):
            await here.sale(n)
        run = await desk.make(None, "maker", new(here))
        assert (run.no, run.state, run.items) == (1, "made", 1)
        assert run.amounts == {"USD": 2 * PAYOUT}
        assert run == await desk.make(None, "maker", new(here))  # The same request again.
        await refused(desk.pay(run.id, "pub", "wire", "boss"), 409, "approve it first")
        await desk.decide(run.id, "approved", "boss")
        await refused(desk.decide(run.id, "approved", "boss"), 409, "approved already")
        item = await desk.pay(run.id, "pub", "wire", "boss")
        assert (item.state, item.ref) == ("paid", "wire")
        assert item == await desk.pay(run.id, "pub", "wire", "boss")
        await refused(desk.pay(run.id, "pub", "other", "boss"), 409, "paid already")
        assert (await here.money())[1] == 0
        await refused(desk.make(None, "maker", new(here, 2)), 409, "Nothing is due")
        await refused(desk.decide(run.id, "cancelled", "boss"), 409, "Some of it was paid")
        assert [told for told in await here.told() if told[0].startswith("payout")] == [
            ("payout.made", "operator"),
            ("payout.paid", "publisher/pub"),
        ]
        assert (await here.book.verify()).ok


async def test_what_was_earned_in_another_currency_is_paid_in_it(pg_url):
    async with stand(pg_url) as here:
        desk, euros = desk_of(here, hold_days=3), "publisher:pub@eur"
        lines = (Line("margin@eur", -micros(5)), Line(euros, micros(5)))
        await here.book.apply(Booking(id_for(new(here), "bonus"), "accrual", lines))
        await here.sale()
        assert [(each.account, each.due) for each in await desk.due()] == [
            ("publisher:pub", 0),
            (euros, 0),
        ]  # Its terms are those of its publisher, in every currency.
        here.clock[0] += 4 * DAY_MS
        run = await desk.make(None, "maker", new(here))
        assert run.amounts == {"EUR": micros(5), "USD": PAYOUT}
        await desk.decide(run.id, "approved", "boss")
        assert (await desk.pay(run.id, "pub@eur", "wire", "boss")).state == "paid"
        assert (await here.book.sums())[euros] == 0
        told = {
            (kind, data["amount"], data["currency"])
            for kind, _, data in await told_in(here.pg)
            if kind.startswith("payout")
        }
        assert told == {
            ("payout.made", "5.00", "EUR"),
            ("payout.made", dollars(PAYOUT), "USD"),
            ("payout.paid", "5.00", "EUR"),
        }


async def test_the_export_has_a_line_for_each_sale_and_adds_up(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        calls = [await here.sale(n) for n in (1, 2, 3)]
        back = await here.ask(calls[0], amount=micros(10))
        await here.desk.approve(back.id, Decision("boss"))
        run = await desk.make(None, "maker", new(here))
        header, *rows = (await desk.export(run.id)).splitlines()
        assert header == "run,publisher,currency,call,entry,kind,at,amount,made_of,why"
        cells = [row.split(",") for row in rows]
        assert sorted(cell[3] for cell in cells) == sorted(map(str, [*calls, calls[0]]))
        assert {cell[5] for cell in cells} == {"capture", "reversal"}
        assert (
            sum(micros(cell[7].lstrip("-")) * (-1 if "-" in cell[7] else 1) for cell in cells)
            == run.amounts["USD"]
        )
        assert run.amounts["USD"] == 3 * PAYOUT - PAYOUT * micros(10) // micros(30)


async def test_a_young_sale_waits_and_so_does_what_came_back_of_it(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here, hold_days=3)
        call = await here.sale()
        await refused(desk.make(None, "maker", new(here)), 409, "Nothing is due")
        back = await here.ask(call, amount=micros(10))
        await here.desk.approve(back.id, Decision("boss"))
        rest = PAYOUT - PAYOUT * micros(10) // micros(30)
        lines = (Line("margin", -micros(5)), Line(PUBLISHER, micros(5)))
        bonus = Booking(id_for(back.id, "x"), "adjustment", lines, actor="boss", reason="goodwill")
        await here.book.apply(bonus)  # No sale: it need not wait.
        (due,) = await desk.due()
        assert (due.owed, due.due) == (rest + micros(5), micros(5))
        assert (await paid_run(here, desk)).amounts["USD"] == micros(5)
        here.clock[0] += 3 * DAY_MS + 60_000
        assert (await paid_run(here, desk, 2)).amounts["USD"] == rest
        assert (await here.money())[1] == 0


async def test_what_came_back_after_it_was_paid_is_taken_off_the_next(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        call = await here.sale()
        await paid_run(here, desk)
        back = await here.ask(call)
        await here.desk.approve(back.id, Decision("boss"))
        assert (await here.money())[1] == -PAYOUT
        await refused(desk.make(None, "maker", new(here, 2)), 409, "Nothing is due")
        for n in (2, 3):
            await here.sale(n)
        assert (await desk.make(None, "maker", new(here, 3))).amounts["USD"] == PAYOUT


async def test_a_bank_pays_whole_cents_and_the_fraction_is_rounded_off(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        await here.sale(payout=micros("7.003333"))
        run = await paid_run(here, desk)
        sums = await here.book.sums()
        assert sums[PUBLISHER] == 0
        assert sums["world"] == micros("7.00") - micros("100")  # The deposit had come in.
        assert sums["rounding"] == 3_333
        told = [data["amount"] for kind, _, data in await told_in(here.pg) if kind == "payout.paid"]
        assert told == ["7.00"]
        await desk.fail(run.id, "pub", "closed_account", "boss")
        sums = await here.book.sums()
        assert (sums[PUBLISHER], sums["rounding"]) == (micros("7.003333"), 0)
        assert (await here.book.verify()).ok


async def test_less_than_a_cent_is_not_paid_out(pg_url):
    async with stand(pg_url) as here:
        await here.sale(payout=micros("0.009"))
        await refused(desk_of(here).make(None, "maker", new(here)), 409, "Nothing is due")


async def test_too_little_waits_until_it_is_enough(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here, least=40)
        await here.sale()
        await refused(desk.make(None, "maker", new(here)), 409, "Nothing is due")
        await here.sale(2)
        assert (await desk.make(None, "maker", new(here))).amounts["USD"] == 2 * PAYOUT


async def test_a_run_up_to_a_time_leaves_what_came_later(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        await here.sale()
        before = datetime.fromtimestamp(here.clock[0] / 1000, UTC) - timedelta(hours=1)
        await refused(desk.make(before, "maker", new(here)), 409, "Nothing is due")
        assert (await desk.due(before))[0].due == 0


async def test_a_cancelled_run_and_a_payment_that_came_back_are_due_again(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        await here.sale()
        run = await desk.make(None, "maker", new(here))
        assert (await desk.decide(run.id, "cancelled", "boss")).state == "cancelled"
        await refused(desk.pay(run.id, "pub", "wire", "boss"), 409, "cancelled already")
        second = await paid_run(here, desk, 2)
        assert second.amounts["USD"] == PAYOUT
        failed = await desk.fail(second.id, "pub", "account_closed", "boss")
        assert failed.state == "failed"
        await refused(desk.fail(second.id, "pub", "again", "boss"), 409, "It is failed")
        assert (await here.money())[1] == PAYOUT
        assert (await paid_run(here, desk, 3)).amounts["USD"] == PAYOUT
        assert (await here.money())[1] == 0
        assert (await here.book.verify()).ok


async def test_lines_behind_the_mark_are_not_read_again_and_none_of_them_is_lost(
    pg_url, pg_super_url
):
    """Here the mark follows the present at once; outside it stays a week behind."""
    async with stand(pg_url) as here, open_pg(pg_super_url) as pg_super:
        await pg_super.execute(
            "CREATE OR REPLACE FUNCTION payout_margin() RETURNS interval "
            "LANGUAGE sql STABLE RETURN interval '0'"
        )
        desk = desk_of(here)
        for n in (1, 2):
            await here.sale(n)
        first = await desk.make(None, "maker", new(here, 1))
        await here.sale(3)
        assert await read(pg_super) == 1
        await desk.decide(first.id, "cancelled", "boss")
        assert await read(pg_super) == 3  # The mark has gone back.
        second = await desk.make(None, "maker", new(here, 2))
        assert second.amounts == {"USD": 3 * PAYOUT}
        assert await read(pg_super) == 0
        await desk.decide(second.id, "approved", "boss")
        await desk.pay(second.id, "pub", "wire-1", "boss")
        assert await read(pg_super) == 1  # The payout itself, which is no earning.
        await desk.fail(second.id, "pub", "closed_account", "boss")
        third = await desk.make(None, "maker", new(here, 3))
        assert third.amounts == {"USD": 3 * PAYOUT}


async def read(pg) -> int:
    """Return how many lines of the ledger are from the mark on."""
    return int(
        await pg.fetch_value(
            "SELECT count(*) FROM ledger_line l JOIN payout_mark k USING (account) "
            "WHERE l.at >= k.upto"
        )
    )


async def test_runs_and_payments_at_the_same_time_pay_each_line_once(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        for n in range(1, 4):
            await here.sale(n)
        made, paid = [], []

        async def make(n):
            with suppress(MoneyRefused):
                made.append(await desk.make(None, "maker", new(here, n)))

        async def pay(n):
            with suppress(MoneyRefused):
                paid.append(await desk.pay(made[0].id, "pub", f"wire-{n}", "boss"))

        async with trio.open_nursery() as nursery:
            for n in range(6):
                nursery.start_soon(make, n)
        assert [run.amounts for run in made] == [{"USD": 3 * PAYOUT}]
        await desk.decide(made[0].id, "approved", "boss")
        async with trio.open_nursery() as nursery:
            for n in range(6):
                nursery.start_soon(pay, n)
        assert len(paid) == 1
        assert (await here.money())[1] == 0


async def test_who_is_not_in_the_run_is_said(pg_url):
    async with stand(pg_url) as here:
        desk = desk_of(here)
        await here.sale()
        run = await desk.make(None, "maker", new(here))
        await refused(desk.pay(run.id, "nobody", "w", "boss"), 404, "it pays pub")
        await refused(desk.get(new(here, 9)), 404, "no payout run")
