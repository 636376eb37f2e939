"""The parts that bring money in, built on the same base; main.py puts them together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from auctiond.billing.asking import Asker
from auctiond.billing.biller import Biller
from auctiond.billing.collector import Collector
from auctiond.billing.desk import PaymentDesk
from auctiond.billing.disputes import Disputes
from auctiond.billing.hearing import Hearing
from auctiond.billing.invoice_desk import InvoiceDesk
from auctiond.billing.levels import LevelWatch
from auctiond.billing.outcomes import Outcomes
from auctiond.billing.recharging import Recharger
from auctiond.billing.reconciler import Reconciler
from auctiond.billing.stripe_link import StripeLink, open_stripe_link
from auctiond.billing.till import Till
from auctiond.config import Settings
from auctiond.notices.notices import Notices
from auctiond.parts.base import Base, new_id, now_ms
from auctiond.pg.api_keys import ApiKeys
from auctiond.pg.intents import Intents
from auctiond.pg.invoices import Invoices, Issuer
from auctiond.pg.payers import Payers
from auctiond.pg.reconciliations import Reconciliations
from auctiond.pg.wallet_rules import WalletRules
from auctiond.web.auth import Gate
from auctiond.web.billing_doors import BillingDoors
from auctiond.web.idempotency import Once
from auctiond.web.invoices import InvoicesApi
from auctiond.web.payments import PaymentsApi
from auctiond.web.reconciliations import ReconciliationsApi

Job = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Billing:
    """What billing shows the outside, and its jobs."""

    doors: BillingDoors
    desk: PaymentDesk
    jobs: tuple[Job, ...]  # Of every worker.
    once_jobs: tuple[Job, ...]  # Of one for all.
    collector: Collector | None  # None: no processor is set up.


@asynccontextmanager
async def open_processor(settings: Settings) -> AsyncIterator[StripeLink | None]:
    """Open the door to Stripe, if its key is set."""
    if not settings.stripe_api_key:
        yield None
        return
    async with open_stripe_link(settings.stripe_api_key, settings.stripe_api_url) as link:
        yield link


def make_billing(base: Base, link: StripeLink | None, once: Once, notices: Notices) -> Billing:
    """Return the parts. Without a link no card pays, and wallets are watched all the same."""
    rules = WalletRules(base.pg)
    levels = LevelWatch(rules, base.networks.credits, notices.wake, base.log, now_ms)
    invoicing = make_invoicing(base)
    gate = Gate(ApiKeys(base.pg))
    invoices = InvoicesApi(gate, invoicing, once)
    jobs: tuple[Job, ...] = (levels.run,)
    biller: Job = invoicing.biller.run  # Two at once would charge what neither invoices.
    if link is None:
        desk = make_desk(base, rules, None, lambda: None)
        api = PaymentsApi(gate, desk, once, None)
        runs = ReconciliationsApi(gate, once, Reconciliations(base.pg), None)
        return Billing(BillingDoors(api, invoices, runs), desk, jobs, (biller,), None)
    collector = make_collector(base, link, rules)
    desk = make_desk(base, rules, collector.asker, collector.wake)
    api = PaymentsApi(gate, desk, once, collector.hearing)
    nightly = Reconciler(link, Reconciliations(base.pg), base.book, base.log, now_ms)
    runs = ReconciliationsApi(gate, once, nightly.runs, nightly)
    more = (*jobs, collector.run)
    return Billing(BillingDoors(api, invoices, runs), desk, more, (biller, nightly.run), collector)


def make_invoicing(base: Base) -> InvoiceDesk:
    """Return who rates usage and issues invoices."""
    issuer = Issuer(base.settings.invoice_prefix, base.settings.invoice_seller)
    invoices, books = Invoices(base.pg, issuer), (base.book, base.usage)
    biller = Biller(invoices, *books, base.networks, base.log, now_ms)
    return InvoiceDesk(invoices, biller, *books, now_ms)


def make_desk(
    base: Base, rules: WalletRules, asker: Asker | None, wake: Callable[[], None]
) -> PaymentDesk:
    """Return who takes wishes."""
    back = base.settings.billing_return_url or base.settings.reached_at
    parts = (Intents(base.pg), Payers(base.pg), rules, asker)
    return PaymentDesk(*parts, base.networks.buyer_ids, back, now_ms, wake)


def make_collector(base: Base, link: StripeLink, rules: WalletRules) -> Collector:
    """Return what sees to payments."""
    collector: Collector
    intents, payers, log = Intents(base.pg), Payers(base.pg), base.log
    till = Till(base.book, base.usage, rules.is_booked)
    recharger = Recharger(rules, log, now_ms, new_id)
    outcomes = Outcomes(intents, payers, till, base.metrics, log, now_ms, recharger.aftermath)
    asker = Asker(link, intents, payers, outcomes, log, now_ms)
    disputes = Disputes(intents, payers, till, log, now_ms)
    settings = base.settings
    hearing = Hearing(
        link,
        intents,
        payers,
        outcomes,
        disputes,
        (settings.stripe_webhook_secret, settings.stripe_webhook_secret_old),
        base.metrics,
        now_ms,
        lambda: collector.wake(),
    )
    collector = Collector(intents, payers, asker, hearing, recharger, log, now_ms)
    return collector
