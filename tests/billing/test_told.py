"""Notices of money are in the transaction of the money: who dies in between has done neither.

The database kills the connection in the very moment in which a notice is written, the first time.
What was to happen has not happened then; tried again, it happens once, and is told once.
"""

from contextlib import suppress
from datetime import date
from types import SimpleNamespace

import pytest
import trio

from auctiond.billing.invoice_desk import InvoiceDesk
from auctiond.billing.reconciler import Reconciler
from auctiond.calls.bank import Usage
from auctiond.logs import Log
from auctiond.money_desk import MoneyDesk
from auctiond.pg.door import open_pg
from auctiond.pg.errors import PgAway
from auctiond.pg.invoices import Invoices, Issuer
from auctiond.pg.reconciliations import Reconciliations
from billing.plans import Item
from ledger.moves import TopUp
from market.money import micros
from market.notices import wrong_with
from tests.billing.bench import ASKS, GOOD, LATER
from tests.billing.counter import WALLET, new_id, open_counter, rule

KILL = """
CREATE SEQUENCE times_told;
CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- A sequence counts on, whatever is rolled back.
    IF nextval('auctiond.times_told') = 1 THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER die AFTER INSERT ON notice FOR EACH ROW EXECUTE FUNCTION die();
"""
INVOICES = "SELECT count(*) FROM invoice"


class Case:
    """Something that is told; `doing` tries once to do it, and `done` counts how often it is."""

    kind: str
    count: str
    is_once = True  # Done again it is the same.

    def __init__(self, counter, pg_super):
        self.counter = counter
        self.super = pg_super

    async def ready(self):
        await self.counter.card(GOOD)

    async def done(self) -> int:
        return int(await self.super.fetch_value(self.count))


class TopUpByCard(Case):
    kind = "wallet.topped_up"
    count = "SELECT count(*) FROM ledger_transfer WHERE kind = 'topup'"

    async def ready(self):
        await super().ready()
        await self.counter.top_up()

    async def doing(self):
        await self.counter.collector.look()
        self.counter.later(0.02)


class TopUpByHand(Case):
    kind = "wallet.topped_up"
    count = TopUpByCard.count

    async def ready(self):
        network = SimpleNamespace(buyers=[SimpleNamespace(id="acme")])
        edition = SimpleNamespace(snapshot=SimpleNamespace(network=network))
        networks = SimpleNamespace(current=edition)
        book, now_ms = self.counter.book, self.counter.clock.now_ms
        self.desk = MoneyDesk(book, Usage(), networks, self.counter.pg, None, now_ms)

    async def doing(self):
        await self.desk.top_up("acme", micros("10"), "wire-1")


class Refund(Case):
    kind = "refund.made"
    count = "SELECT count(*) FROM money_intent WHERE kind = 'refund' AND state = 'done'"

    async def ready(self):
        await super().ready()
        paid = await self.counter.top_up()
        await self.counter.work()
        await self.counter.desk.refund(new_id(), paid.id, None, "key")

    async def doing(self):
        await self.counter.collector.look()
        self.counter.later(0.02)


class RefundByHand(Case):
    kind = "refund.made"
    count = "SELECT count(*) FROM ledger_transfer WHERE kind = 'refund'"

    async def ready(self):
        await super().ready()
        await self.counter.top_up()
        await self.counter.work()
        (made,) = self.counter.made("payment_intent")
        self.body = {"payment_intent": made["id"], "amount": 5000}

    async def doing(self):
        if self.body:
            await self.counter.bench.play("POST", "refunds", **self.body)
        self.body = {}
        await self.counter.heard()
        self.counter.later(0.02)


class Declined(Case):
    kind, card = "recharge.failed", LATER
    count = "SELECT count(*) FROM money_intent WHERE kind = 'recharge' AND state = 'failed'"

    async def ready(self):
        await self.counter.card(self.card)
        await self.counter.desk.set_rule(rule(), "key")

    async def doing(self):
        await self.counter.collector.look()
        self.counter.later(0.02)


class Paused(Declined):
    kind, card = "recharge.paused", ASKS
    count = "SELECT count(*) FROM wallet_rule_event WHERE what = 'paused'"


class Disputed(Case):
    kind = "chargeback.opened"
    count = "SELECT count(*) FROM processor_dispute"

    async def ready(self):
        await super().ready()
        await self.counter.top_up()
        await self.counter.work()
        (charge,) = self.counter.made("charge")
        self.path = f"charges/{charge['id']}/dispute"

    async def doing(self):
        if self.path:
            await self.counter.bench.play("POST", self.path)
        self.path = ""
        await self.counter.heard()
        self.counter.later(0.02)


class Invoiced(Case):
    kind, count = "invoice.issued", INVOICES
    month = date(2026, 10, 1)

    async def ready(self):
        self.invoices = Invoices(self.counter.pg, Issuer("INV-", "Ada"))

    async def doing(self):
        item = Item("capture", "Calls bought", micros("5"), "1")
        await self.invoices.issue(WALLET, self.month, "usd", (item,), "auto", 1)


class Credited(Invoiced):
    count = "SELECT count(*) FROM ledger_transfer WHERE kind = 'adjustment'"

    async def ready(self):
        await super().ready()
        self.id = new_id()
        book, now_ms = self.counter.book, self.counter.clock.now_ms
        await book.apply(TopUp(new_id(), WALLET, micros("10"), "wire-1"))
        await super().doing()
        self.desk = InvoiceDesk(self.invoices, None, book, Usage(), now_ms)

    async def doing(self):
        await self.desk.credit(self.id, 1, micros("2"), "error", "key")


class Differs(Case):
    kind, count = "reconcile.differs", "SELECT count(*) FROM reconciliation"
    is_once = False  # Each run is one.

    async def ready(self):
        order = await self.counter.bench.order(GOOD)
        await self.counter.bench.link.pay(order)
        self.reconciler = Reconciler(
            self.counter.bench.link,
            Reconciliations(self.counter.pg),
            self.counter.book,
            Log("test"),
            self.counter.clock.now_ms,
        )

    async def doing(self):
        await self.reconciler.compare(self.reconciler._now().date(), "key")


CASES = (
    TopUpByCard, TopUpByHand, Refund, RefundByHand, Declined, Paused, Disputed, Invoiced,
    Credited, Differs,
)  # fmt: skip


@pytest.mark.parametrize("case_of", CASES)
async def test_whoever_dies_while_telling_has_done_nothing_and_does_it_again_once(
    pg_url, pg_super_url, case_of
):
    async with open_counter(pg_url) as counter, open_pg(pg_super_url) as pg_super:
        case = case_of(counter, pg_super)
        await case.ready()
        before = len(await counter.kinds())
        await pg_super.run_script(KILL)
        deaths = 0
        with trio.fail_after(10):
            while not await case.done():
                with suppress(PgAway):
                    await case.doing()
                deaths = await pg_super.fetch_value("SELECT last_value FROM times_told") - 1
                assert await case.done() == len(await counter.kinds()) - before
        if case.is_once:
            await case.doing()
        assert (await case.done(), deaths) == (1, 1)
        ((kind, _, data),) = (await counter.told())[before:]
        assert kind == case.kind
        assert not wrong_with(kind, data)
